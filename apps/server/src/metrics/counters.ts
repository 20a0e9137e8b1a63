import { type Labels, labelsOf, type Sample } from './exposition.ts';

/** Counts by a few labels, each combination written out once, when it is first counted. */
export interface Counters extends Iterable<Sample> {
  /** `values` in the order of the names. */
  add(amount: number, ...values: readonly string[]): void;
}

interface Count {
  readonly labels: Labels;
  value: number;
}

/** The counts whose labels begin alike. Walking down costs a fraction of what making one key of all values would. */
interface Branch {
  readonly branches: Map<string, Branch>;
  count: Count | undefined;
}

const createBranch = (): Branch => ({ branches: new Map(), count: undefined });

export const createCounters = (...names: readonly string[]): Counters => {
  const root = createBranch();
  const all: Count[] = [];

  const create = (values: readonly string[]): Count => {
    const labels = labelsOf(Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])));
    const count = { labels, value: 0 };
    all.push(count);
    return count;
  };

  return {
    add(amount, ...values) {
      let branch = root;
      for (const value of values) {
        let next = branch.branches.get(value);
        if (!next) {
          next = createBranch();
          branch.branches.set(value, next);
        }
        branch = next;
      }
      branch.count ??= create(values);
      branch.count.value += amount;
    },
    *[Symbol.iterator]() {
      for (const { labels, value } of all) yield [labels, value] as const;
    },
  };
};
