import type { AlertState } from '../events.ts';
import type { AlertRule } from './rule.ts';
import type { Reading } from './window.ts';

/** An alert as it stands. */
export interface Standing {
  readonly state: AlertState;
  /** When it came into this state, milliseconds. */
  readonly sinceMs: number;
  /** When it began to fire, where it fires or recovers. */
  readonly firedAtMs: number | undefined;
  /** When something was last heard of it that its figure could be taken of. */
  readonly heardAtMs: number;
}

export const calm = (atMs: number): Standing => ({ state: 'ok', sinceMs: atMs, firedAtMs: undefined, heardAtMs: atMs });

type Verdict = 'beyond' | 'between' | 'well';

/** Between threshold and recovery nothing changes for the better. */
const judge = ({ direction, threshold, recoverAt }: AlertRule, value: number): Verdict => {
  const sign = direction === 'above' ? 1 : -1;
  if (sign * value > sign * threshold) return 'beyond';
  return sign * value <= sign * recoverAt ? 'well' : 'between';
};

/**
 * Goes on from one state to the next by what is read now. It takes `leastEvents` to begin, and any to recover; where there are none,
 * a firing alert goes on for `quietMs` and recovers then.
 */
export const advance = (rule: AlertRule, standing: Standing, { value, events }: Reading, atMs: number): Standing => {
  const { state, sinceMs, firedAtMs } = standing;
  const isFired = state === 'firing' || state === 'recovering';
  const isHeard = value !== undefined;
  const heardAtMs = isHeard ? atMs : standing.heardAtMs;
  const to = (next: AlertState): Standing =>
    next === state
      ? { ...standing, heardAtMs }
      : {
          state: next,
          sinceMs: atMs,
          heardAtMs,
          firedAtMs: next === 'firing' ? (firedAtMs ?? atMs) : next === 'recovering' ? firedAtMs : undefined,
        };

  if (!isFired) {
    const isBeyond = value !== undefined && events >= rule.leastEvents && judge(rule, value) === 'beyond';
    if (!isBeyond) return to('ok');
    const pendingMs = state === 'pending' ? atMs - sinceMs : 0;
    return to(pendingMs >= rule.holdMs ? 'firing' : 'pending');
  }
  const isWell = isHeard ? judge(rule, value) === 'well' : atMs - heardAtMs >= rule.quietMs;
  if (!isWell) return to('firing');
  const wellMs = state === 'recovering' ? atMs - sinceMs : 0;
  return to(wellMs >= rule.recoverMs ? 'ok' : 'recovering');
};
