import { type AlertChangeEvent, createCollector, faultKind } from '@hotpath/telemetry';
import { expect, it, vi } from 'vitest';
import { alertsWithDefaults } from '../src/alerts-config.ts';
import { openAlerts } from '../src/open-alerts.ts';
import { tellingSink } from '../src/telling-sink.ts';

it('a sink that fails is told of once, and once more when it works again', async () => {
  let works = false;
  const told: unknown[] = [];
  const sink = tellingSink(
    {
      name: 'webhook',
      tell() {
        if (!works) throw new Error('nobody is there');
      },
    },
    {
      onSilent: (name, error) => told.push(`${name}: ${(error as Error).message}`),
      onHeard: (name) => told.push(`${name} works`),
    },
  );
  const tell = async () => sink.tell({} as AlertChangeEvent, new AbortController().signal);
  await expect(tell()).rejects.toThrow('nobody is there');
  await expect(tell()).rejects.toThrow('nobody is there');
  works = true;
  await tell();
  await tell();
  works = false;
  await expect(tell()).rejects.toThrow('nobody is there');
  expect(told).toEqual(['webhook: nobody is there', 'webhook works', 'webhook: nobody is there']);
});

it('a webhook of the configuration that takes nothing is told of', async () => {
  vi.stubGlobal('fetch', async () => new Response('', { status: 404 }));
  const told: string[] = [];
  const collector = createCollector({ flushMs: 'never' });
  const rules = {
    lost: { title: 'Lost', kind: 'fault', figure: 'sum', measure: 'lost', threshold: 0, leastEvents: 1, holdMs: 0 },
  } as const;
  const alerts = await openAlerts({
    config: alertsWithDefaults({ rules, webhook: 'https://hooks.example.com/secret', profiles: false }),
    collector,
    folders: { state: '/nowhere' },
    sinks: [],
    origin: 'test',
    faults: {
      onSilent: (sink, error) => told.push(`${sink}: ${(error as Error).message}`),
      onHeard: () => {},
    },
  });
  const { values, push } = collector.recorder(faultKind);
  values[faultKind.measureAt.lost] = 1;
  push(Date.now());
  alerts?.evaluate();
  await alerts?.close();
  await collector.close();
  vi.unstubAllGlobals();
  expect(told).toEqual([
    'webhook: The webhook at hooks.example.com was not told of "lost": it answered 404. See that it is there, and that its address is right.',
  ]);
});
