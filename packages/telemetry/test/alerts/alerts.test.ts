import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { createAlerts } from '../../src/alerts/alerts.ts';
import type { RuleSettings } from '../../src/alerts/settings.ts';
import type { AlertSink } from '../../src/alerts/sink.ts';
import { createCollector } from '../../src/collector/collector.ts';
import type { AlertChangeEvent, TelemetryFaultEvent } from '../../src/events.ts';
import { alertKind } from '../../src/kinds/alert.ts';
import { lookupKind, queryKind } from '../../src/kinds/cache.ts';
import { sampleKind } from '../../src/kinds/process.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { only, watching } from './support.ts';

const slow: RuleSettings = {
  title: 'Slow',
  kind: 'request',
  figure: 'quantile',
  quantile: 0.5,
  measure: 'duration',
  threshold: '100ms',
  recoverAt: '50ms',
  windowMs: 10_000,
  holdMs: 3_000,
  recoverMs: 2_000,
  cooldownMs: 0,
  leastEvents: 5,
};

/** Requests that all take so long, one each 250 ms. */
const requests = ({ push, clock }: ReturnType<typeof watching>, ms: number, seconds: number): void => {
  for (let time = 0; time < seconds * 4; time += 1) {
    push(requestKind, { model: 'm', outcome: 'complete' }, { duration: ms * 1000 });
    clock.pass(250);
  }
};

describe('an alert', () => {
  it('is pending, fires, recovers and is over, each told to the dashboard and the store, and the ends to people', async () => {
    const watch = watching(only({ slow }));
    const heard: AlertChangeEvent[] = [];
    const listener = (event: unknown) => void heard.push(event as AlertChangeEvent);
    subscribe('hotpath:telemetry:alert', listener);
    requests(watch, 10, 5);
    expect(watch.states('slow')).toEqual([]);
    requests(watch, 200, 20);
    expect(watch.states('slow')).toEqual(['pending', 'firing']);
    requests(watch, 10, 20);
    unsubscribe('hotpath:telemetry:alert', listener);
    expect(watch.states('slow')).toEqual(['pending', 'firing', 'recovering', 'ok']);
    expect(heard.map(({ to }) => to)).toEqual(['pending', 'firing', 'recovering', 'ok']);
    await watch.alerts.settled();
    expect(watch.told.map(({ to }) => to)).toEqual(['firing', 'ok']);
    expect(watch.told[0]?.message).toBe('Slow: 199 ms in the last 10 s, above 100 ms');
    expect(watch.told[1]?.message).toMatch(/^Slow: 10.1 ms in the last 10 s, well again after \d+ s$/);
    const recorded = watch.collector.recorded().find(({ kind }) => kind === alertKind);
    expect(recorded?.series.map(({ names }) => names)).toEqual(
      ['pending', 'firing', 'recovering', 'ok'].map((state) => ['slow', '', 'warn', state]),
    );
  });

  it('does not fire on what does not last', () => {
    const watch = watching(only({ slow: { ...slow, windowMs: 1000, leastEvents: 2 } }));
    requests(watch, 200, 2);
    requests(watch, 10, 5);
    expect(watch.states('slow')).toEqual(['pending', 'ok']);
  });

  it('goes on firing between recovery and threshold', () => {
    const watch = watching(only({ slow }));
    requests(watch, 200, 20);
    requests(watch, 70, 60);
    expect(watch.states('slow')).toEqual(['pending', 'firing']);
    requests(watch, 200, 60);
    expect(watch.states('slow')).toEqual(['pending', 'firing']);
  });

  it('fires again, and anew to nobody, where it gets worse while it recovers', async () => {
    const watch = watching(only({ slow: { ...slow, windowMs: 1000, recoverMs: 10_000, leastEvents: 2 } }));
    requests(watch, 200, 8);
    requests(watch, 10, 5);
    requests(watch, 200, 5);
    expect(watch.states('slow')).toEqual(['pending', 'firing', 'recovering', 'firing']);
    await watch.alerts.settled();
    expect(watch.told.map(({ to }) => to)).toEqual(['firing']);
  });

  it('says nothing of few events', () => {
    const watch = watching(only({ slow: { ...slow, leastEvents: 50 } }));
    requests(watch, 200, 30);
    expect(watch.states('slow')).toEqual([]);
  });

  it('leaves people in peace for its cooldown, and tells them then if it still fires', async () => {
    const watch = watching(
      only({ slow: { ...slow, windowMs: 1000, holdMs: 0, recoverMs: 0, leastEvents: 2, cooldownMs: 60_000 } }),
    );
    const toldSoFar = async () => {
      await watch.alerts.settled();
      return watch.told.map(({ to }) => to);
    };
    for (let time = 0; time < 3; time += 1) {
      requests(watch, 200, 4);
      requests(watch, 10, 4);
    }
    expect(watch.states('slow')).toEqual(['firing', 'ok', 'firing', 'ok', 'firing', 'ok']);
    expect(await toldSoFar()).toEqual(['firing', 'ok']);
    requests(watch, 200, 20);
    expect(await toldSoFar()).toEqual(['firing', 'ok']);
    requests(watch, 200, 30);
    expect(await toldSoFar()).toEqual(['firing', 'ok', 'firing']);
  });

  it('counts nothing that happened before it began to watch', () => {
    const collector = createCollector();
    const before = watching(only({}), { collector });
    before.push(requestKind, { outcome: 'complete' }, { duration: 500_000 }, 1000);
    const watch = watching(only({ slow }), { collector });
    requests(watch, 10, 20);
    expect(watch.states('slow')).toEqual([]);
  });

  it('is not held up by a clock that is put back', () => {
    const watch = watching(only({ slow }));
    requests(watch, 200, 2);
    watch.clock.putBack(3_600_000);
    requests(watch, 200, 10);
    expect(watch.states('slow')).toEqual(['pending', 'firing']);
  });

  it('recovers when nothing happens any more, after as long as its rule says', () => {
    const quick = watching(only({ slow }));
    const patient = watching(only({ slow: { ...slow, quietMs: 60_000 } }));
    for (const watch of [quick, patient]) {
      requests(watch, 200, 20);
      watch.clock.pass(30_000);
    }
    expect(quick.states('slow')).toEqual(['pending', 'firing', 'recovering', 'ok']);
    expect(patient.states('slow')).toEqual(['pending', 'firing']);
    patient.clock.pass(60_000);
    expect(patient.states('slow')).toEqual(['pending', 'firing', 'recovering', 'ok']);
  });
});

describe('the figures of alerts', () => {
  it('are told in the unit they are recorded in, and as people read them', async () => {
    const watch = watching(only({ 'budget-burn': { threshold: 0.01, holdMs: 0, leastEvents: 1 } }));
    watch.push(requestKind, {}, { cost: 5000 });
    watch.clock.pass(1000);
    await watch.alerts.settled();
    expect(watch.told).toMatchObject([
      { rule: 'budget-burn', value: 20_000, valueText: '$0.02 an hour', threshold: 10_000, unit: 'micro-dollars' },
    ]);
    expect(watch.told[0]?.thresholdText).toBe('$0.01 an hour');
  });

  it('has an alert for each of what is told apart', () => {
    const watch = watching(only({ 'cache-hit-rate': true }));
    for (let second = 0; second < 60; second += 1) {
      watch.push(lookupKind, { cache: 'answers', outcome: 'miss' }, {}, 5);
      watch.push(lookupKind, { cache: 'steps', outcome: 'hit' }, {}, 5);
      watch.clock.pass(1000);
    }
    const { alerts } = watch.alerts.list();
    expect(alerts.map(({ subject, state, value }) => [subject, state, value])).toEqual([
      ['answers', 'firing', 0],
      ['steps', 'ok', 1],
    ]);
    expect(alerts[0]).toMatchObject({ unit: 'share', threshold: 0.9, direction: 'below' });
    expect(alerts[0]?.message).toBe('Cache hit rate (answers): 0% in the last 5 min, below 90%');
  });

  it('puts what is too many to be told apart under one', () => {
    const watch = watching(only({ 'cache-hit-rate': true }));
    for (let cache = 0; cache < 200; cache += 1) watch.push(lookupKind, { cache: `c${cache}`, outcome: 'miss' });
    watch.clock.pass(60_000);
    const { alerts } = watch.alerts.list();
    expect(alerts).toHaveLength(51);
    expect(alerts.find(({ subject }) => subject === 'other')?.state).toBe('firing');
  });

  it('takes the highest of the window, whether or not exporters have taken it before', async () => {
    const collector = createCollector({
      exporters: [{ name: 'none', export: async () => {}, close: async () => {} }],
      flushMs: 'never',
    });
    const watch = watching(only({ 'database-query': { recoverMs: 0, windowMs: 5_000 } }), { collector });
    watch.push(queryKind, { database: 'cache', operation: 'write' }, { duration: 90_000, slowest: 90_000 });
    await collector.flush();
    watch.push(queryKind, { database: 'cache', operation: 'write' }, { duration: 1000, slowest: 1000 });
    watch.clock.pass(1000);
    expect(watch.states('database-query')).toEqual(['firing']);
    for (let second = 0; second < 7; second += 1) {
      watch.push(queryKind, { database: 'cache', operation: 'write' }, { duration: 1000, slowest: 1000 });
      watch.clock.pass(1000);
    }
    expect(watch.states('database-query')).toEqual(['firing', 'ok']);
  });

  it('takes a rate by the time asked for, of the whole window', () => {
    const watch = watching(only({ 'budget-burn': { threshold: 5 } }));
    const spend = (usd: number, minutes: number): void => {
      for (let minute = 0; minute < minutes; minute += 1) {
        watch.push(requestKind, { outcome: 'complete' }, { cost: usd * 1e6 });
        watch.clock.pass(60_000);
      }
    };
    spend(0.05, 60);
    expect(watch.states('budget-burn')).toEqual([]);
    spend(0.1, 15);
    expect(watch.states('budget-burn')).toEqual(['firing']);
    expect(watch.alerts.list().history[0]?.message).toMatch(
      /^Cost: \$5\.\d\d an hour in the last 15 min, above \$5.00 an hour$/,
    );
    spend(0.05, 20);
    expect(watch.states('budget-burn').at(-1)).toBe('ok');
  });

  it('finds too little only when it has watched long enough, nothing at all included', () => {
    const rule: RuleSettings = {
      kind: 'request',
      figure: 'rate',
      direction: 'below',
      threshold: 1,
      recoverAt: 1,
      windowMs: 10_000,
      leastEvents: 0,
      holdMs: 0,
      recoverMs: 0,
    };
    const watch = watching(only({ stalled: rule }));
    watch.clock.pass(9_000);
    expect(watch.states('stalled')).toEqual([]);
    watch.clock.pass(2_000);
    expect(watch.states('stalled')).toEqual(['firing']);
    watch.clock.pass(60_000);
    expect(watch.states('stalled')).toEqual(['firing']);
    requests(watch, 1, 20);
    expect(watch.states('stalled')).toEqual(['firing', 'ok']);
  });

  it('takes the mean of those events that have the figure', () => {
    const watch = watching(only({ memory: true }));
    watch.push(sampleKind, {}, { memory: 600 * 2 ** 20 }, 3);
    watch.push(sampleKind, {}, { cpu: 1 }, 30);
    watch.clock.pass(1000);
    expect(watch.alerts.list().alerts[0]).toMatchObject({ state: 'pending', value: 600 * 2 ** 20, unit: 'bytes' });
  });
});

describe('those who tell people', () => {
  const rule = { ...slow, windowMs: 1000, holdMs: 0, recoverMs: 0, leastEvents: 2 };

  it('reports one that fails once, and does not keep others from telling', async () => {
    const told: string[] = [];
    let isBroken = true;
    const broken: AlertSink = {
      name: 'broken',
      tell() {
        if (isBroken) throw new Error('no');
      },
    };
    const sink: AlertSink = { name: 'good', tell: async ({ to }) => void told.push(to) };
    const faults: TelemetryFaultEvent[] = [];
    const listener = (event: unknown) => void faults.push(event as TelemetryFaultEvent);
    subscribe('hotpath:telemetry:fault', listener);
    const watch = watching(only({ slow: rule }), { sinks: [broken, sink] });
    const round = async () => {
      requests(watch, 200, 4);
      requests(watch, 10, 4);
      await watch.alerts.settled();
    };
    await round();
    await round();
    expect(faults.map(({ where }) => where)).toEqual(['alert sink broken']);
    isBroken = false;
    await round();
    isBroken = true;
    await round();
    unsubscribe('hotpath:telemetry:fault', listener);
    expect(faults).toHaveLength(2);
    expect(told).toEqual(['firing', 'ok', 'firing', 'ok', 'firing', 'ok', 'firing', 'ok']);
  });

  it('waits for them a while when it closes, and watches no more', async () => {
    let signal: AbortSignal | undefined;
    const stuck: AlertSink = {
      name: 'stuck',
      tell(_, given) {
        signal = given;
        return new Promise(() => {});
      },
    };
    const watch = watching(only({ slow: rule }), { sinks: [stuck] });
    requests(watch, 200, 4);
    await Promise.resolve();
    const closing = watch.alerts.close({ graceMs: 500 });
    expect(signal?.aborted).toBe(false);
    watch.clock.pass(500);
    await closing;
    expect(signal?.aborted).toBe(true);
    expect(watch.clock.waiting).toBe(0);
    requests(watch, 10, 10);
    expect(watch.states('slow')).toEqual(['firing']);
  });

  it('makes one line of a name that would be two', async () => {
    const watch = watching(only({ 'cache-hit-rate': { holdMs: 0 } }));
    watch.push(lookupKind, { cache: 'a\nalert over\u001b[2J', outcome: 'miss' }, {}, 200);
    watch.clock.pass(1000);
    expect(watch.alerts.list().history[0]?.message).toBe(
      'Cache hit rate (a alert over [2J): 0% in the last 5 min, below 90%',
    );
  });
});

it('refuses rules that are not right', () => {
  expect(() => createAlerts({ collector: createCollector(), rules: { memory: { threshold: 'much' } } })).toThrow(
    'memory.threshold: expected a size. Write bytes, or a number with a unit such as "500MB" or "2GB".',
  );
});
