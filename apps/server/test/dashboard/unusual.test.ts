import type { AnomalyReport } from '@hotpath/runtime/telemetry';
import { describe, expect, it } from 'vitest';
import { createAnomalies } from '../../src/dashboard/anomalies.ts';
import { startObserved } from './observed-server.ts';

const report = (toMs: number): AnomalyReport => ({
  version: 1,
  fromMs: 0,
  toMs,
  figures: [
    {
      figure: 'latency',
      unit: 'microseconds',
      days: 20,
      missing: undefined,
      hourly: [],
      anomalies: [
        { severity: 'warn', atMs: 1, value: 2_500_000, expected: 1_900_000, hours: 3, deviations: 4 },
        { severity: 'page', atMs: 2, value: 4_900_000, expected: 1_900_000, hours: 1, deviations: 7 },
      ],
    },
    { figure: 'cost', unit: 'micro-dollars', days: 3, missing: 'It takes 7 days.', hourly: [], anomalies: [] },
  ],
});

describe('unusual hours', () => {
  it('are told in the units of a page, the newest first', async () => {
    const anomalies = createAnomalies(() => 5);
    const { figures } = await anomalies((async () => report(5)) as never);
    expect(figures).toMatchObject([
      {
        figure: 'latency',
        unit: 'milliseconds',
        missing: null,
        anomalies: [
          { at: 2, severity: 'page', value: 4_900, expected: 1_900, hours: 1, deviations: 7 },
          { at: 1, severity: 'warn' },
        ],
      },
      { figure: 'cost', unit: 'dollars', days: 3, missing: 'It takes 7 days.' },
    ]);
  });

  it('are asked for once a minute, and again after a failure', async () => {
    let now = 1_000_000;
    let asked = 0;
    let fails = false;
    const anomalies = createAnomalies(() => now);
    const ask = (async () => {
      asked += 1;
      if (fails) throw new Error('busy');
      return report(now);
    }) as never;
    await Promise.all([anomalies(ask), anomalies(ask)]);
    expect(asked).toBe(1);
    now += 60_000;
    fails = true;
    await expect(anomalies(ask)).rejects.toThrow('busy');
    fails = false;
    expect((await anomalies(ask)).to).toBe(now);
    expect(asked).toBe(3);
  });

  it('are not known of a gateway that has just begun, which says what it takes', async () => {
    const observed = await startObserved();
    const { body } = await observed.get('/anomalies');
    expect(body.figures.map(({ figure }: { figure: string }) => figure)).toEqual(['latency', 'cost', 'errors', 'hits']);
    for (const figure of body.figures) {
      expect(figure).toMatchObject({ anomalies: [], missing: expect.stringContaining('7 days') });
    }
    await observed.close();
  });
});
