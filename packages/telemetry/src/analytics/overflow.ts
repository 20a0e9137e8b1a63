import { overflowName } from '../collector/series-table.ts';
import type { Group } from '../store/query.ts';

/** Dimensions of requests in which `other` is a name like any. */
const withOther: ReadonlySet<string> = new Set(['finish']);

/** Events whose names in any of these dimensions are not told apart, for want of room: they stand under `other`. */
export const overflowedIn = (groups: readonly Group[], by: readonly string[]): number => {
  const told = by.filter((name) => !withOther.has(name));
  return groups.reduce(
    (sum, { names, count }) => (told.some((name) => names[name] === overflowName) ? sum + count : sum),
    0,
  );
};
