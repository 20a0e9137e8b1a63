import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAlerts } from '../../src/alerts/alerts.ts';
import { readAnomalies } from '../../src/anomalies/read-anomalies.ts';
import { createCollector } from '../../src/collector/collector.ts';
import type { AlertChangeEvent, AlertSeverity } from '../../src/events.ts';
import { alertKind } from '../../src/kinds/alert.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { type EventStore, openEventStore } from '../../src/store/event-store.ts';
import { fakeClock, only } from '../alerts/support.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.UTC(2027, 0, 4);

const handOn = (store: EventStore) => ({ name: store.name, export: store.export.bind(store), close: async () => {} });

/** A store of days of steady traffic, in which hours can be added. */
const storeOf = async (days: number) => {
  const store = openEventStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  const collector = createCollector({ exporters: [handOn(store)], flushMs: 'never' });
  const requests = collector.recorder(requestKind);
  let hour = 0;
  /** An hour in which answers take so many times as long as usual. */
  const pass = (slower: number, events = 40): number => {
    for (let event = 0; event < events; event += 1) {
      requests.names.fill('');
      requests.names[requestKind.dimensionAt.outcome] = 'complete';
      requests.values[requestKind.measureAt.duration] = (100_000 + event * 100) * slower;
      requests.values[requestKind.measureAt.cost] = 1000;
      requests.push(startMs + hour * hourMs + event * 1000);
    }
    hour += 1;
    return startMs + hour * hourMs;
  };
  while (hour < days * 24) pass(1);
  await collector.flush();
  return { store, pass, flush: () => collector.flush() };
};

/** What watches such a store, and what it tells: `all` has what calls people, `log` what is only written down. */
const watching = (store: EventStore, nowMs: number, level: AlertSeverity = 'warn') => {
  const clock = fakeClock(nowMs);
  const told = { all: [] as AlertChangeEvent[], log: [] as AlertChangeEvent[] };
  const collector = createCollector({ exporters: [handOn(store)], flushMs: 'never' });
  let problem: Error | undefined;
  const alerts = createAlerts({
    collector,
    clock,
    rules: only({}),
    sinks: [
      { name: 'people', tell: (event) => void told.all.push(event) },
      { name: 'log', isLog: true, tell: (event) => void told.log.push(event) },
    ],
    anomalies: {
      level,
      judge: async (atMs) => {
        if (problem !== undefined) throw problem;
        return readAnomalies(store, { nowMs: atMs });
      },
      changes: async (fromMs, toMs) => store.list(alertKind, { fromMs, toMs, where: { rule: 'anomaly' } }),
    },
  });
  onTestFinished(() => alerts.close({ graceMs: 0 }));
  return {
    alerts,
    told,
    breakWith: (error: Error | undefined) => {
      problem = error;
    },
    /** Until it has looked at least once more. */
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 300_000) {
        clock.pass(300_000);
        await turn();
        await turn();
      }
      await collector.flush();
    },
  };
};

const states = (events: readonly AlertChangeEvent[]): readonly string[] =>
  events.map(({ subject, severity, to }) => `${subject} ${severity} ${to}`);

describe('a watch for anomalies', () => {
  it('tells once of an hour unlike others, as long as it goes on, and of the first that is as usual', async () => {
    const { store, pass, flush } = await storeOf(10);
    const watch = watching(store, startMs + 10 * dayMs);
    await watch.pass(hourMs / 2);
    expect(watch.told.all).toEqual([]);
    pass(5);
    await flush();
    await watch.pass(hourMs);
    expect(states(watch.told.all)).toEqual(['latency page firing']);
    expect(watch.told.all[0]).toMatchObject({ rule: 'anomaly', from: 'ok', isTold: true });
    expect(watch.told.all[0]?.valueText).toMatch(/ m?s$/);
    expect(watch.told.all[0]?.thresholdText).toMatch(/ m?s$/);
    expect(watch.told.all[0]?.message).toMatch(
      /^Latency, 95th percentile: 5\d\d ms from 00:00 to 01:00 UTC, where 10\d ms is usual, \d(\.\d)? times as much$/,
    );
    expect(watch.alerts.list().alerts).toMatchObject([{ rule: 'anomaly', subject: 'latency', state: 'firing' }]);
    pass(5);
    await flush();
    await watch.pass(hourMs);
    expect(watch.told.all).toHaveLength(1);
    pass(1);
    await flush();
    await watch.pass(hourMs);
    expect(states(watch.told.all)).toEqual(['latency page firing', 'latency page ok']);
    expect(watch.told.all[1]).toMatchObject({ lastedMs: 2 * hourMs });
    expect(watch.alerts.list().alerts).toEqual([]);
    expect(watch.told.log).toEqual(watch.told.all);
    expect(store.list(alertKind, { fromMs: 0, toMs: startMs + 400 * dayMs })).toHaveLength(2);
  });

  it('is not repeated by a process that was started anew, nor by another beside it, and either tells of its end', async () => {
    const { store, pass, flush } = await storeOf(10);
    pass(5);
    await flush();
    const nowMs = startMs + 10 * dayMs + hourMs;
    const first = watching(store, nowMs);
    await first.pass(600_000);
    expect(states(first.told.all)).toEqual(['latency page firing']);
    const second = watching(store, nowMs + 600_000);
    await second.pass(600_000);
    expect(second.told.all).toEqual([]);
    expect(second.alerts.list().alerts).toMatchObject([{ subject: 'latency', state: 'firing' }]);
    pass(1);
    await flush();
    await second.pass(hourMs);
    expect(states(second.told.all)).toEqual(['latency page ok']);
    await first.pass(hourMs);
    expect(states(first.told.all)).toEqual(['latency page firing']);
  });

  it('writes what can wait into logs alone, and leaves it out where only pages are wanted', async () => {
    const { store, pass, flush } = await storeOf(21);
    pass(1.4);
    await flush();
    const watch = watching(store, startMs + 21 * dayMs + hourMs);
    await watch.pass(600_000);
    expect(states(watch.told.log)).toEqual(['latency warn firing']);
    expect(watch.told.all).toEqual([]);
    const other = await storeOf(21);
    other.pass(1.4);
    await other.flush();
    const pages = watching(other.store, startMs + 21 * dayMs + hourMs, 'page');
    await pages.pass(600_000);
    expect([pages.told.log, pages.told.all]).toEqual([[], []]);
  });

  it('says nothing of hours that cannot be judged', async () => {
    const { store, pass, flush } = await storeOf(10);
    pass(5);
    await flush();
    const watch = watching(store, startMs + 10 * dayMs + hourMs);
    await watch.pass(hourMs);
    pass(1, 10);
    pass(1, 0);
    await flush();
    await watch.pass(2 * hourMs);
    expect(states(watch.told.all)).toEqual(['latency page firing']);
    expect(watch.alerts.list().alerts).toMatchObject([{ subject: 'latency', state: 'firing' }]);
    pass(1);
    await flush();
    await watch.pass(hourMs);
    expect(states(watch.told.all)).toEqual(['latency page firing', 'latency page ok']);
  });

  it('says nothing of hours that are still unlike others, where only pages are wanted', async () => {
    const { store, pass, flush } = await storeOf(21);
    pass(5);
    await flush();
    const watch = watching(store, startMs + 21 * dayMs + hourMs, 'page');
    await watch.pass(hourMs);
    const toMs = pass(1.3);
    await flush();
    expect(readAnomalies(store, { nowMs: toMs }).figures[0]?.anomalies.at(-1)).toMatchObject({
      severity: 'warn',
      atMs: toMs - hourMs,
    });
    await watch.pass(hourMs);
    expect(states(watch.told.all)).toEqual(['latency page firing']);
    pass(1);
    await flush();
    await watch.pass(hourMs);
    expect(states(watch.told.all)).toEqual(['latency page firing', 'latency page ok']);
    expect(watch.told.all.map(({ unit }) => unit)).toEqual(['microseconds', 'microseconds']);
  });

  it('goes on after a store that could not be asked', async () => {
    const { store, pass, flush } = await storeOf(10);
    pass(5);
    await flush();
    const watch = watching(store, startMs + 10 * dayMs + hourMs);
    watch.breakWith(new Error('the disk is gone'));
    await watch.pass(600_000);
    expect(watch.told.all).toEqual([]);
    watch.breakWith(undefined);
    await watch.pass(600_000);
    expect(states(watch.told.all)).toEqual(['latency page firing']);
  });
});
