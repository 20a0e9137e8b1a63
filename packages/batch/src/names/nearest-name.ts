import { nearest } from './distance.ts';

/** More are not all compared. */
const maxCompared = 200;

/** How many letters two names have in common, from both ends. */
const sharedLetters = (a: string, b: string): number => {
  const most = Math.min(a.length, b.length);
  let before = 0;
  while (before < most && a[before] === b[before]) before += 1;
  let after = 0;
  while (after < most - before && a[a.length - 1 - after] === b[b.length - 1 - after]) after += 1;
  return before + after;
};

/** Of very many names those that have most in common with one. */
const mostAlike = (name: string, known: readonly string[]): readonly string[] => {
  if (known.length <= maxCompared) return known;
  const shared = known.map((each) => sharedLetters(name, each));
  const most = shared.reduce((a, b) => Math.max(a, b), 0);
  return known.filter((_, at) => (shared[at] as number) >= most - 2).slice(0, maxCompared);
};

/** The known name that a misspelt one was probably meant to be; none where two are as near. */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  const [best] = nearest(name, mostAlike(name, known));
  return best === undefined || best.tied ? undefined : best.value;
};
