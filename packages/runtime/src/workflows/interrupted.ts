import type { Journal, RunRecord } from '@hotpath/batch';
import { isAbandoned, itemRunOf } from '@hotpath/batch/items';
import type { Locks } from '@hotpath/batch/lock';

const isOpen = ({ state }: Pick<RunRecord, 'state'>): boolean => state === 'running' || state === 'undoing';

/** Ids of those runs that ended with their process in the middle: nobody runs them. Empty where the locks cannot tell. */
export const interruptedAmong = (
  runs: readonly RunRecord[],
  journal: Pick<Journal, 'runs'>,
  locks: Pick<Locks, 'holding'>,
): ReadonlySet<string> => {
  const open = runs.filter(isOpen);
  if (open.length === 0) return new Set();
  let held: readonly string[];
  try {
    held = locks.holding();
  } catch {
    return new Set();
  }
  const isIdle = (run: RunRecord): boolean =>
    itemRunOf(run) === undefined ? !held.includes(run.id) : isAbandoned(run);
  // What ended before the locks were looked at has an end by now.
  const isStillOpen = ({ id }: RunRecord): boolean => journal.runs({ idPrefix: id, limit: 1 }).some(isOpen);
  return new Set(open.filter((run) => isIdle(run) && isStillOpen(run)).map(({ id }) => id));
};
