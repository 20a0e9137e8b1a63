import { type AlertsOptions, createAlerts } from '../../src/alerts/alerts.ts';
import { defaultRules } from '../../src/alerts/default-rules.ts';
import type { AlertSettings } from '../../src/alerts/settings.ts';
import type { Clock } from '../../src/clock.ts';
import { createCollector } from '../../src/collector/collector.ts';
import type { AlertChangeEvent } from '../../src/events.ts';
import type { EventKind } from '../../src/kind.ts';

/** A clock that goes on when it is told to. */
export const fakeClock = (startMs = 1_800_000_000_000) => {
  let nowMs = startMs;
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const clock: Clock = {
    now: () => nowMs,
    after(ms, run) {
      const timer = { atMs: nowMs + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
  };
  return {
    ...clock,
    get waiting() {
      return timers.length;
    },
    /** Runs what is due meanwhile, in its order. */
    pass(ms: number): void {
      const endMs = nowMs + ms;
      for (;;) {
        const due = timers.filter(({ atMs }) => atMs <= endMs).sort((one, other) => one.atMs - other.atMs)[0];
        if (due === undefined) break;
        timers = timers.filter((each) => each !== due);
        nowMs = due.atMs;
        due.run();
      }
      nowMs = endMs;
    },
    putBack(ms: number): void {
      nowMs -= ms;
      timers = timers.map(({ atMs, run }) => ({ atMs: atMs - ms, run }));
    },
  };
};

/** All default rules but these switched off. */
export const only = (rules: AlertSettings): AlertSettings => ({
  ...Object.fromEntries(Object.keys(defaultRules).map((name) => [name, false])),
  ...rules,
});

/** Alerts of a collector, with a clock of one's own, and what people are told by them. */
export const watching = (rules: AlertSettings, options: Partial<AlertsOptions> = {}) => {
  const clock = fakeClock();
  const collector = options.collector ?? createCollector();
  const told: AlertChangeEvent[] = [];
  const sink = { name: 'test', tell: (event: AlertChangeEvent) => void told.push(event) };
  const alerts = createAlerts({ collector, rules, clock, sinks: [sink], ...options });
  const push = (
    kind: EventKind,
    names: Readonly<Record<string, string>>,
    figures: Readonly<Record<string, number>> = {},
    times = 1,
  ): void => {
    const recorder = collector.recorder(kind);
    for (let time = 0; time < times; time += 1) {
      kind.dimensionNames.forEach((name, place) => {
        recorder.names[place] = names[name] ?? '';
      });
      for (const [name, value] of Object.entries(figures)) recorder.values[kind.measureAt[name] as number] = value;
      recorder.push(clock.now());
    }
  };
  const states = (rule: string): readonly string[] =>
    alerts
      .list()
      .history.filter((event) => event.rule === rule)
      .map(({ to }) => to)
      .reverse();
  return { clock, collector, alerts, told, push, states };
};
