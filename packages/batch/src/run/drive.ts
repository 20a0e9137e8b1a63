import type { Clock } from '../clock.ts';
import { Attempt } from './attempt.ts';
import type { Schedule } from './schedule.ts';

/** What became of an attempt. */
export type Verdict = 'succeeded' | 'skipped' | 'failed';

export interface DriveOptions {
  readonly schedule: Schedule;
  readonly clock: Clock;
  /** Makes what `attempt` is called with. @default an `Attempt` with nothing to it */
  readonly createAttempt?: ((step: number, number: number) => Attempt) | undefined;
  /** Does the work of a step. What it returns, or what its promise resolves to, goes to `onValue`. */
  readonly attempt: (attempt: Attempt) => unknown;
  /** An attempt came to something; `postponed`: it was none, the step waits until somebody puts it back in line. Throwing here fails the attempt. */
  readonly onValue: (attempt: Attempt, value: unknown) => Verdict | 'expanded' | 'postponed';
  /** An attempt failed; `retryAtMs` where there is another. `own`: what it said itself, also where it was stopped for another reason. */
  readonly onError: (attempt: Attempt, error: unknown, retryAtMs: number | undefined, own: unknown) => void;
  /** How long to wait before the next attempt after this failure, milliseconds; `undefined`: there is none. */
  readonly retryDelay: (attempt: Attempt, error: unknown) => number | undefined;
  readonly timeoutMsOf: (step: number) => number | undefined;
  readonly timeoutError: (step: number, timeoutMs: number) => unknown;
  /** How many attempts a step had before this run. */
  readonly attemptsBefore?: ((step: number) => number) | undefined;
  /** Whether something outside will wake the driver though nothing runs. */
  readonly isHeld?: (() => boolean) | undefined;
  /** How long an attempt that was aborted may take to end, milliseconds: after it, it is not waited for. @default 5000 */
  readonly graceMs?: number | undefined;
}

export interface Driver {
  /** Resolves when nothing runs and nothing more can start. */
  readonly end: Promise<void>;
  /** Looks again for what may start: steps have been settled from outside. */
  wake(): void;
  /** Nothing more starts, and what runs is aborted with this reason. */
  stop(reason: unknown): void;
  /** Of these steps nothing more starts, and what runs is aborted with this reason and not tried again. */
  halt(steps: readonly number[], reason: unknown): void;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

/** Runs what a schedule lets start until there is nothing left. */
export const drive = (options: DriveOptions): Driver => {
  const { schedule, clock, timeoutMsOf, graceMs = 5000 } = options;
  const { promise: end, resolve: finish } = Promise.withResolvers<void>();
  /** What runs now, each at its `place`. */
  const current: Attempt[] = [];
  /** How many attempts steps had that are to be tried again. */
  const tried = new Map<number, number>();
  const halted = new Set<number>();
  let cancelWake: (() => void) | undefined;
  let isStopped = false;

  const settle = (attempt: Attempt, verdict: Verdict | 'expanded' | 'postponed'): void => {
    const { step } = attempt;
    if (verdict === 'postponed') schedule.delay(step, Number.POSITIVE_INFINITY);
    else if (verdict === 'succeeded') schedule.succeed(step);
    else if (verdict === 'failed') schedule.fail(step);
    else if (verdict === 'skipped') schedule.skip(step);
  };
  const leave = (attempt: Attempt): boolean => {
    if (attempt.isOver) return false;
    attempt.isOver = true;
    attempt.stopTimer?.();
    const last = current.pop() as Attempt;
    if (last !== attempt) {
      current[attempt.place] = last;
      last.place = attempt.place;
    }
    return true;
  };
  const onFailure = (attempt: Attempt, error: unknown): void => {
    if (!leave(attempt)) return;
    const { step } = attempt;
    // What was stopped is no failure that another attempt could mend; a time limit is.
    const cause = attempt.isAborted ? attempt.reason : error;
    const delayMs = isStopped || halted.has(step) ? undefined : options.retryDelay(attempt, cause);
    const retryAtMs = delayMs === undefined ? undefined : clock.now() + delayMs;
    options.onError(attempt, cause, retryAtMs, error);
    if (retryAtMs === undefined) schedule.fail(step);
    else {
      tried.set(step, attempt.number);
      schedule.delay(step, retryAtMs);
    }
  };
  const onSuccess = (attempt: Attempt, value: unknown): void => {
    if (attempt.isOver) return;
    let verdict: Verdict | 'expanded' | 'postponed';
    try {
      verdict = options.onValue(attempt, value);
    } catch (error) {
      onFailure(attempt, error);
      return;
    }
    leave(attempt);
    settle(attempt, verdict);
  };
  const abort = (attempt: Attempt, reason: unknown): void => {
    if (!attempt.abort(reason)) return;
    attempt.stopTimer?.();
    attempt.stopTimer = clock.after(graceMs, () => {
      onFailure(attempt, reason);
      pump();
    });
  };
  const begin = (step: number): Attempt => {
    const before = tried.size === 0 ? undefined : tried.get(step);
    const number = (before ?? options.attemptsBefore?.(step) ?? 0) + 1;
    const attempt = options.createAttempt?.(step, number) ?? new Attempt(step, number);
    attempt.place = current.length;
    current.push(attempt);
    const timeoutMs = timeoutMsOf(step);
    if (timeoutMs !== undefined)
      attempt.stopTimer = clock.after(timeoutMs, () => abort(attempt, options.timeoutError(step, timeoutMs)));
    return attempt;
  };
  const take = (): number => schedule.take(schedule.isTimed ? clock.now() : 0);
  /** Runs one step after another, as long as there are some: an `await` costs a third of what a promise's `then` does. */
  const run = async (first: number): Promise<void> => {
    for (let step = first; step >= 0; step = take()) {
      const attempt = begin(step);
      let value: unknown;
      try {
        value = options.attempt(attempt);
        if (isThenable(value)) {
          // What may start beside it does so before it is waited for.
          spread();
          value = await value;
        }
      } catch (error) {
        onFailure(attempt, error);
        continue;
      }
      onSuccess(attempt, value);
    }
    pump();
  };
  const spread = (): void => {
    for (let step = take(); step >= 0; step = take()) void run(step);
  };
  const pump = (): void => {
    cancelWake?.();
    cancelWake = undefined;
    spread();
    if (schedule.running > 0) return;
    if (schedule.wakeAtMs !== Number.POSITIVE_INFINITY)
      cancelWake = clock.after(Math.max(0, schedule.wakeAtMs - clock.now()), pump);
    // What is still open waits for somebody outside.
    else if (options.isHeld?.() !== true) finish();
  };

  // Whoever drives has the driver in hand before the first step runs.
  queueMicrotask(pump);
  return {
    end,
    wake: pump,
    halt(steps, reason) {
      for (const step of steps) halted.add(step);
      for (const step of steps) schedule.cancel(step);
      const meant = new Set(steps);
      for (const attempt of [...current]) if (meant.has(attempt.step)) abort(attempt, reason);
      pump();
    },
    stop(reason) {
      if (isStopped) return;
      isStopped = true;
      schedule.stop();
      // One that ends at once takes the last into its place.
      for (const attempt of [...current]) abort(attempt, reason);
      pump();
    },
  };
};
