import type { Clock } from './clock.ts';

// A timer that comes later than this came late because the thread was held up, by whomever.
const lateMs = 50;

/**
 * Rejects with what `onTimeout` makes when a task takes too long; what becomes of it afterwards is nobody's concern. Time for which the
 * thread was blocked is given back: a plugin is not blamed for what another one did.
 */
export const withTimeLimit = <Value>(
  task: Promise<Value>,
  limitMs: number,
  clock: Clock,
  onTimeout: () => Error,
): Promise<Value> => {
  if (limitMs === Number.POSITIVE_INFINITY) return task;
  return new Promise<Value>((resolve, reject) => {
    let cancel: () => void;
    const arm = (ms: number): void => {
      const dueAt = clock.now() + ms;
      cancel = clock.after(ms, () => {
        const late = clock.now() - dueAt;
        if (late > lateMs) arm(late);
        else reject(onTimeout());
      });
    };
    arm(limitMs);
    task.then(resolve, reject).finally(() => cancel());
  });
};
