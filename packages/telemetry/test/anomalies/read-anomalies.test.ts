import { describe, expect, it } from 'vitest';
import { readAnomalies } from '../../src/anomalies/read-anomalies.ts';
import { createCollector } from '../../src/collector/collector.ts';
import { lookupKind } from '../../src/kinds/cache.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { openEventStore } from '../../src/store/event-store.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2027, 0, 4);

/** A store of so many days of 80 requests and lookups an hour; the last hour is worse in every way by so many times. */
const storeOf = async (days: number, worse: number) => {
  const store = openEventStore({ path: ':memory:' });
  let nowMs = startMs;
  const collector = createCollector({
    exporters: [{ ...store, close: async () => {} }],
    flushMs: 'never',
    now: () => nowMs,
  });
  const requests = collector.recorder(requestKind);
  const lookups = collector.recorder(lookupKind);
  for (let hour = 0; hour < days * 24; hour += 1) {
    const times = hour === days * 24 - 1 ? worse : 1;
    for (let event = 0; event < 80; event += 1) {
      const atMs = startMs + hour * hourMs + event * 1000;
      nowMs = atMs;
      requests.names.fill('');
      requests.names[requestKind.dimensionAt.outcome] = event < 4 * times ? 'failed' : 'complete';
      requests.values[requestKind.measureAt.duration] = 100_000 * times;
      requests.values[requestKind.measureAt.cost] = 1000 * times;
      requests.push(atMs);
      lookups.names.fill('');
      lookups.names[lookupKind.dimensionAt.outcome] = event < 40 / times ? 'hit' : 'miss';
      lookups.push(atMs);
    }
    await collector.flush();
  }
  await collector.close();
  return { store, nowMs: startMs + days * 24 * hourMs + 60_000 };
};

describe('the anomalies of a store', () => {
  it('are found in each figure, by its hourly sums', async () => {
    const { store, nowMs } = await storeOf(9, 8);
    const { figures, toMs } = readAnomalies(store, { nowMs });
    await store.close();
    expect(toMs).toBe(nowMs - 60_000);
    const told = figures.map(({ figure, unit, anomalies }) => ({ figure, unit, anomalies }));
    const anomaly = (value: number, expected: number) => [
      {
        severity: 'page',
        atMs: toMs - hourMs,
        value: expect.closeTo(value, -5),
        expected: expect.closeTo(expected, -4),
      },
    ];
    expect(told).toMatchObject([
      { figure: 'latency', unit: 'microseconds', anomalies: anomaly(0.8e6, 0.1e6) },
      { figure: 'cost', unit: 'micro-dollars', anomalies: anomaly(640_000, 80_000) },
      { figure: 'errors', unit: 'share', anomalies: [{ severity: 'page', value: expect.closeTo(0.4, 1) }] },
      {
        figure: 'hits',
        unit: 'share',
        anomalies: [{ value: expect.closeTo(0.06, 1), expected: expect.closeTo(0.5, 1) }],
      },
    ]);
  });

  it('are none where all is as always, nor before seven days', async () => {
    const usual = await storeOf(9, 1);
    expect(readAnomalies(usual.store, { nowMs: usual.nowMs }).figures.flatMap(({ anomalies }) => anomalies)).toEqual(
      [],
    );
    await usual.store.close();
    const young = await storeOf(3, 4);
    for (const { anomalies, missing } of readAnomalies(young.store, { nowMs: young.nowMs }).figures) {
      expect(anomalies).toEqual([]);
      expect(missing).toMatch('It takes 7 days');
    }
    await young.store.close();
  });
});
