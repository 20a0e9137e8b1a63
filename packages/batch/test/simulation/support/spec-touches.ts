import type { Spec } from './scenario.ts';

export interface Touches {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

const within = (above: string, path: string): boolean => path === above || path.startsWith(`${above}/`);

const samePlace = (a: string, b: string): boolean => {
  const [[pathA = '', placeA = ''], [pathB = '', placeB = '']] = [a.split('#'), b.split('#')];
  if (pathA !== pathB) return within(pathA, pathB) || within(pathB, pathA);
  return placeA === '' || placeB === '' || within(placeA, placeB) || within(placeB, placeA);
};

const some = (left: readonly string[], right: readonly string[]): boolean =>
  left.some((a) => right.some((b) => samePlace(a, b)));

/** Whether the order of two steps matters. */
export const meet = (a: Touches, b: Touches): boolean =>
  some(a.writes, b.writes) || some(a.writes, b.reads) || some(a.reads, b.writes);

/** Whether the engine knows what a step touches. */
export const isInferred = ({ kind, isDeclared, inner }: Pick<Spec, 'kind' | 'isDeclared' | 'inner'>): boolean =>
  kind === 'workflow' ? inner.every((each) => isInferred(each)) : kind === 'file' || kind === 'json' || isDeclared;
