import { type AnomalyWatchOptions, watchAnomalies } from '../anomalies/watch-anomalies.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Collector } from '../collector/collector.ts';
import type { AlertChangeEvent, AlertState } from '../events.ts';
import { createAnnouncer } from './announce.ts';
import { rulesOf } from './check-rules.ts';
import { describeChange } from './describe.ts';
import type { Evidence } from './evidence.ts';
import { textsOf, unitOf } from './quantity.ts';
import type { AlertSettings } from './settings.ts';
import type { AlertSink } from './sink.ts';
import type { AlertStatus } from './status.ts';
import { type Change, createRuleWatch, type Watched } from './watch.ts';

export interface AlertsOptions {
  /** Whose events are watched. Alerts are recorded there as well. */
  readonly collector: Collector;
  /** Changes to the default rules, and rules of one's own. @default the defaults */
  readonly rules?: AlertSettings | undefined;
  /** Who tells people. @default nobody */
  readonly sinks?: readonly AlertSink[] | undefined;
  /** Takes profiles of what fires. @default nobody */
  readonly evidence?: Evidence | undefined;
  /** Hours that are unlike hours like them are told of, too. @default they are not */
  readonly anomalies?: AnomalyWatchOptions | undefined;
  /** How often they are evaluated, milliseconds; `never`: when `evaluate` is called. @default 1000 */
  readonly everyMs?: number | 'never' | undefined;
  /** @default the clock of the process */
  readonly clock?: Clock | undefined;
}

export interface AlertList {
  /** What is not well first. */
  readonly alerts: readonly AlertStatus[];
  /** The last changes of state, the newest first; 200 at most. */
  readonly history: readonly AlertChangeEvent[];
}

/** Watches figures, and tells when they are not as they should be. Nothing it does can fail those who are watched. */
export interface Alerts {
  /** The present states and what has changed of late. */
  list(): AlertList;
  /** Looks now, as a command does before it ends: nothing else may be looking then. */
  evaluate(): void;
  /** Resolves when those who tell people have told what there is until now. Never rejects. */
  settled(): Promise<void>;
  /** Watches no more. What is being told goes on for `graceMs` at most, 2,000 by default. Idempotent. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Spreads of a rule that are added up in one tick, which takes 1.4 µs each: who serves requests is not held up for longer. */
const mostAtOnce = 700;
const states: readonly AlertState[] = ['firing', 'recovering', 'pending', 'ok'];

/** Begins to watch. Throws `TELEMETRY_ALERT_INVALID` for rules that are not right. */
export const createAlerts = (options: AlertsOptions): Alerts => {
  const { collector, sinks = [], evidence, everyMs = 1000, clock = systemClock } = options;
  const ending = new AbortController();
  const announcer = createAnnouncer(collector, sinks, ending.signal);
  /** The clock of the wall may be put back; what is measured here goes on. */
  let lastMs = clock.now();
  let putBackMs = 0;
  let closing: Promise<void> | undefined;
  let stop: (() => void) | undefined;

  const recordedOf = () => new Map(collector.recorded().map((recorded) => [recorded.kind.name, recorded]));
  const start = recordedOf();
  const watches = rulesOf(options.rules).map((rule) => ({
    rule,
    watch: createRuleWatch(rule, start.get(rule.kind), lastMs),
  }));

  /** Whether people are told, which they are of what fires, as often as the cooldown lets, and of the end of what they know of. */
  const isTold = (watched: Watched, atMs: number): boolean => {
    const { rule, standing } = watched;
    if (standing.state === 'ok') return watched.isKnown;
    return standing.state === 'firing' && !watched.isKnown && atMs - watched.toldAtMs >= rule.cooldownMs;
  };

  const announce = ({ watched, from, before }: Change, atMs: number): void => {
    const { rule, subject, standing, value } = watched;
    const { state: to } = standing;
    const told = isTold(watched, atMs);
    if (told && to === 'firing') {
      watched.isKnown = true;
      watched.toldAtMs = atMs;
    } else if (to === 'ok') watched.isKnown = false;
    const isNew = to === 'firing' && (from === 'ok' || from === 'pending');
    const file = isNew && rule.profile ? evidence?.take(rule.name) : undefined;
    if (isNew) watched.evidence = file;
    const firedMs = before.firedAtMs === undefined ? 0 : atMs - before.firedAtMs;
    announcer.announce({
      rule: rule.name,
      subject,
      severity: rule.severity,
      from,
      to,
      atMs: atMs - putBackMs,
      lastedMs: atMs - before.sinceMs,
      value,
      threshold: rule.threshold,
      unit: unitOf(rule),
      ...textsOf(rule, value),
      message: describeChange({ rule, subject, from, to, value, firedMs }),
      isTold: told,
      ...(to === 'firing' && watched.evidence !== undefined && { evidence: watched.evidence }),
    });
  };

  // Who looks once sees all of it.
  const most = everyMs === 'never' ? undefined : mostAtOnce;

  const evaluate = (): void => {
    const wallMs = clock.now();
    if (wallMs + putBackMs < lastMs) putBackMs = lastMs - wallMs;
    const atMs = wallMs + putBackMs;
    lastMs = atMs;
    const recorded = recordedOf();
    for (const { rule, watch } of watches) {
      for (const change of watch.look(recorded.get(rule.kind), atMs, most)) announce(change, atMs);
      for (const watched of watch.alerts) {
        // It fired while people were to be left in peace, and fires still.
        const { state } = watched.standing;
        if (state === 'firing' && isTold(watched, atMs))
          announce({ watched, from: state, before: watched.standing }, atMs);
      }
    }
  };

  const again = (): void => {
    if (everyMs === 'never') return;
    stop = clock.after(everyMs, () => {
      evaluate();
      again();
    });
  };
  again();

  const anomalies = options.anomalies && watchAnomalies({ clock, ...options.anomalies, announcer });

  const statusOf = (watched: Watched): AlertStatus => {
    const { rule, subject, standing, value, evidence: file } = watched;
    const { name, title, severity, threshold, direction } = rule;
    return {
      rule: name,
      title,
      subject,
      severity,
      state: standing.state,
      sinceMs: standing.sinceMs - putBackMs,
      value,
      threshold,
      direction,
      unit: unitOf(rule),
      message: describeChange({ rule, subject, from: standing.state, to: standing.state, value, firedMs: 0 }),
      evidence: file,
    };
  };

  return {
    list: () => ({
      alerts: [...(anomalies?.list() ?? []), ...watches.flatMap(({ watch }) => [...watch.alerts].map(statusOf))].sort(
        (one, other) => states.indexOf(one.state) - states.indexOf(other.state),
      ),
      history: [...announcer.history],
    }),
    evaluate,
    settled: announcer.settled,
    close({ graceMs = 2_000 } = {}) {
      closing ??= (async () => {
        stop?.();
        stop = undefined;
        anomalies?.close();
        let hurry: (() => void) | undefined;
        const late = new Promise<void>((resolve) => {
          hurry = clock.after(graceMs, resolve);
        });
        await Promise.race([announcer.settled(), late]);
        hurry?.();
        ending.abort();
        await evidence?.close();
      })();
      return closing;
    },
  };
};
