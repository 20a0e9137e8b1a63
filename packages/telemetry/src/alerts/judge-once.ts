import type { Collector, Recorded } from '../collector/collector.ts';
import type { AlertChangeEvent } from '../events.ts';
import { createAnnouncer } from './announce.ts';
import { rulesOf } from './check-rules.ts';
import { describeChange } from './describe.ts';
import { textsOf, unitOf } from './quantity.ts';
import type { AlertRule } from './rule.ts';
import type { AlertSettings } from './settings.ts';
import { createRuleWatch } from './watch.ts';

export interface JudgeOnceOptions {
  /** What is judged. Alerts are recorded there as well. */
  readonly collector: Collector;
  /** Changes to the default rules, and rules of one's own. @default the defaults */
  readonly rules?: AlertSettings | undefined;
  /** Judged besides, such as the memory of a process that is never sampled. @default nothing */
  readonly more?: readonly Recorded[] | undefined;
  /** When it began, milliseconds since 1970. */
  readonly startMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Asked of what fires alone: whether it was told of already, so that it is left out. */
  readonly isKnown: (rule: string) => boolean;
}

/**
 * All of it counts, and nobody waits whether it stays so. What is sampled once a second has few samples in a short time; whether there is too
 * little of something is never known of one.
 */
const forOnce = (rule: AlertRule, lastedMs: number): AlertRule => ({
  ...rule,
  holdMs: 0,
  windowMs: Math.max(rule.windowMs, lastedMs),
  leastEvents: rule.kind === 'sample' ? Math.min(1, rule.leastEvents) : rule.leastEvents,
});

const canJudge = ({ direction, figure }: AlertRule): boolean =>
  direction === 'above' || (figure !== 'rate' && figure !== 'sum');

/** Judges a process that ends by all that it recorded, and records and publishes what fires. Throws `TELEMETRY_ALERT_INVALID`. */
export const judgeOnce = (options: JudgeOnceOptions): readonly AlertChangeEvent[] => {
  const { collector, rules, more = [], startMs, nowMs, isKnown } = options;
  const recorded = new Map([...collector.recorded(), ...more].map((each) => [each.kind.name, each]));
  const { announce } = createAnnouncer(collector, [], new AbortController().signal);
  const events = rulesOf(rules)
    .filter((rule) => canJudge(rule) && recorded.has(rule.kind))
    .flatMap((given) => {
      const rule = forOnce(given, nowMs - startMs);
      const changes = createRuleWatch(rule, undefined, startMs).look(recorded.get(rule.kind), nowMs);
      return changes.flatMap(({ watched: { subject, standing, value } }): AlertChangeEvent[] => {
        if (standing.state !== 'firing' || isKnown(rule.name)) return [];
        const at = { from: 'ok', to: 'firing' } as const;
        const message = describeChange({ rule, subject, ...at, value, firedMs: 0, time: 'in this command' });
        const { name, severity, threshold } = rule;
        return [
          {
            rule: name,
            subject,
            severity,
            ...at,
            atMs: nowMs,
            lastedMs: nowMs - startMs,
            value,
            threshold,
            unit: unitOf(rule),
            ...textsOf(rule, value),
            message,
            isTold: true,
          },
        ];
      });
    });
  for (const event of events) announce(event);
  return events;
};
