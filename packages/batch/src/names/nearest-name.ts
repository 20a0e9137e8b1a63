import { nearest } from './distance.ts';

/** More are not all compared. */
const maxCompared = 200;
/** Of very many names, how many on either side of where one would stand among them are looked at. */
const maxBeside = 50;

/** How many letters two names have in common, from both ends. */
const sharedLetters = (a: string, b: string): number => {
  const most = Math.min(a.length, b.length);
  let before = 0;
  while (before < most && a[before] === b[before]) before += 1;
  let after = 0;
  while (after < most - before && a[a.length - 1 - after] === b[b.length - 1 - after]) after += 1;
  return before + after;
};

const reversed = (name: string): string => [...name].reverse().join('');
const inOrder = (name: string): string => [...name].sort().join('');

/** Names by texts made of them, in the order of these. */
interface Sorted {
  readonly keys: readonly string[];
  readonly names: readonly string[];
}

const sortBy = (names: readonly string[], keyOf: (name: string) => string): Sorted => {
  const pairs = names.map((name): readonly [string, string] => [keyOf(name), name]);
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { keys: pairs.map(([key]) => key), names: pairs.map(([, name]) => name) };
};

/** Names whose keys stand next to one. */
const beside = ({ keys, names }: Sorted, key: string): readonly string[] => {
  let [from, to] = [0, keys.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((keys[middle] as string) < key) from = middle + 1;
    else to = middle;
  }
  return names.slice(Math.max(0, from - maxBeside), from + maxBeside);
};

interface Index {
  readonly byBeginning: Sorted;
  readonly byEnd: Sorted;
  /** By the letters that they have: letters that were swapped are the same ones. */
  readonly byLetters: Sorted;
}

/** A list is asked for again and again, once for each name that is not in it. */
const indexes = new WeakMap<readonly string[], Index>();
const indexOf = (known: readonly string[]): Index => {
  const found = indexes.get(known);
  if (found !== undefined) return found;
  const index = {
    byBeginning: sortBy(known, (name) => name),
    byEnd: sortBy(known, reversed),
    byLetters: sortBy(known, inOrder),
  };
  indexes.set(known, index);
  return index;
};

/** Of very many names those that have most in common with one: what is misspelt in one place begins or ends alike. */
const mostAlike = (name: string, known: readonly string[]): readonly string[] => {
  if (known.length <= maxCompared) return known;
  const { byBeginning, byEnd, byLetters } = indexOf(known);
  const close = [
    ...new Set([...beside(byBeginning, name), ...beside(byEnd, reversed(name)), ...beside(byLetters, inOrder(name))]),
  ];
  const shared = close.map((each) => sharedLetters(name, each));
  const most = shared.reduce((a, b) => Math.max(a, b), 0);
  return close.filter((_, at) => (shared[at] as number) >= most - 2).slice(0, maxCompared);
};

/**
 * The known name that a misspelt one was probably meant to be, `other` than one that it cannot be; none where two are as near. Of one list,
 * which stays as it is, many names can be asked for.
 */
export const nearestName = (name: string, known: readonly string[], other?: string): string | undefined => {
  const [best] = nearest(
    name,
    mostAlike(name, known).filter((each) => each !== other),
  );
  return best === undefined || best.tied ? undefined : best.value;
};
