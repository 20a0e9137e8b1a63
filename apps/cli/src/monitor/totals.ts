/** Counts that never fall, made of counters that begin anew with each start of their server. */
export interface Totals {
  /** Takes the counters of a reading; returns all totals as they are then. */
  add(counts: ReadonlyMap<string, number>, startedAt: number | undefined): ReadonlyMap<string, number>;
  of(name: string): number;
  names(): Iterable<string>;
}

/** Starts that lie closer together are one, whose clock was corrected; seconds. */
const sameStart = 1;

/**
 * The first reading counts as it is. A counter that fell began anew, and all of them did where the server says so, even those
 * that have overtaken what they were: what they show then is added to what was counted.
 */
export const createTotals = (): Totals => {
  let before: ReadonlyMap<string, number> = new Map();
  let totals: ReadonlyMap<string, number> = new Map();
  let start: number | undefined;
  return {
    add(counts, startedAt) {
      const isNew = start !== undefined && startedAt !== undefined && Math.abs(startedAt - start) > sameStart;
      const next = new Map(totals);
      for (const [name, value] of counts) {
        const known = isNew ? 0 : (before.get(name) ?? 0);
        next.set(name, (totals.get(name) ?? 0) + (value >= known ? value - known : value));
      }
      // A counter that is missing for once (a cache that did not answer in time) goes on from where it was.
      before = isNew ? counts : new Map([...before, ...counts]);
      totals = next;
      start = startedAt ?? start;
      return totals;
    },
    of: (name) => totals.get(name) ?? 0,
    names: () => totals.keys(),
  };
};
