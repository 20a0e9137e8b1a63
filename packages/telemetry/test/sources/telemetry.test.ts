import { channel } from 'node:diagnostics_channel';
import { expect, it, onTestFinished } from 'vitest';
import { type Collector, createCollector } from '../../src/collector/collector.ts';
import type { EventBatch, Exporter } from '../../src/exporter.ts';
import { refusalKind } from '../../src/kinds/refusal.ts';
import { telemetrySource } from '../../src/sources/telemetry.ts';

/** A collector that listens to its own faults, and what it has recorded of them. */
const listening = (exporter: Exporter) => {
  const collector = createCollector({ exporters: [exporter], flushMs: 'never' });
  const stop = telemetrySource({ now: () => 5 }).start(collector);
  onTestFinished(async () => {
    stop();
    await collector.close();
  });
  const faults = () =>
    collector
      .recorded()
      .find(({ kind }) => kind.name === 'fault')
      ?.series.map(({ names, count, totals }) => [...names, count, totals[0]]);
  return { collector, faults };
};
const refuse = (collector: Collector): void => {
  const { names, push } = collector.recorder(refusalKind);
  names.fill('');
  push(1);
};

it('records what an exporter loses, and no faults of losing faults', async () => {
  const kinds: string[] = [];
  const { collector, faults } = listening({
    name: 'failing',
    export({ kind }: EventBatch) {
      kinds.push(kind.name);
      return Promise.reject(new Error('no disk'));
    },
    async close() {},
  });
  refuse(collector);
  refuse(collector);
  for (let flush = 0; flush < 5; flush += 1) await collector.flush();
  expect(faults()).toEqual([['telemetry', 'failing', 1, 2]]);
  expect(kinds).toEqual(['refusal', 'fault']);
  expect(collector.lost().get('failing')).toBe(3);
});

it('records the code of what went wrong, and no message', async () => {
  const { faults } = listening({ name: 'nothing', async export() {}, async close() {} });
  const error = Object.assign(new Error('a secret'), { code: 'TELEMETRY_WEBHOOK_FAILED' });
  channel('hotpath:telemetry:fault').publish({ where: 'alert sink webhook', error, lost: 0 });
  channel('hotpath:telemetry:fault').publish({ where: 'hotpath:telemetry:fault', error, lost: 1 });
  expect(faults()).toEqual([['telemetry', 'TELEMETRY_WEBHOOK_FAILED', 1, 0]]);
});
