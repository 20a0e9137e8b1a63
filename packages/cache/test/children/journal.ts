import type { Cache } from '../../src/index.ts';

/** What a player keeps: who made it, and when that began. */
export interface Made {
  /** Nanoseconds of the machine's monotonic clock, which all processes share; grows with each value of a process. */
  readonly at: number;
  readonly by: string;
  readonly how: 'set' | 'load';
}

/** One line of what a player did; times as in `Made`. */
export type JournalLine =
  | {
      readonly op: 'read';
      readonly key: string;
      readonly how: string;
      readonly from: number;
      readonly to: number;
      readonly found?: Made;
    }
  | {
      readonly op: 'set';
      readonly key: string;
      /** What others did before this instant, the process can have heard of. */
      readonly heard: number;
      readonly from: number;
      readonly to: number;
    }
  | { readonly op: 'flush'; readonly from: number; readonly isDurable: boolean; readonly to: number }
  | { readonly op: 'begin'; readonly id: number; readonly name: string; readonly from: number }
  | { readonly op: 'end'; readonly id: number; readonly to: number }
  | { readonly op: 'fault'; readonly at: number; readonly what: string }
  | { readonly op: 'hang'; readonly what: string };

/** Where a key is, and the tags that each of its entries has. */
interface Place {
  readonly namespace?: string;
  readonly name: string;
  readonly tags: readonly string[];
}

const project = 'project';

export const places: Readonly<Record<string, Place>> = Object.fromEntries(
  [
    ...['a', 'b'].flatMap((letter) =>
      [0, 1, 2].map((index) => ({ name: `${letter}${index}`, tags: [`by ${letter}`, `at ${index}`] })),
    ),
    ...[0, 1, 2].map((index) => ({ namespace: project, name: `c${index}`, tags: [`at ${index}`] })),
  ].map((place): [string, Place] => [place.name, place]),
);

export const keys: readonly string[] = Object.keys(places);

/** The part of the cache that a key is in. */
export const partOf = (cache: Cache<Made>, key: string) => {
  const namespace = places[key]?.namespace;
  return namespace === undefined ? cache : cache.namespace<Made>(namespace);
};

interface Invalidating {
  readonly covers: readonly string[];
  readonly weight: number;
  readonly run: (cache: Cache<Made>) => Promise<unknown>;
}

const keysWhere = (isCovered: (place: Place) => boolean): string[] =>
  keys.filter((key) => isCovered(places[key] as Place));

/** The ways to invalidate, by name. */
export const invalidations: Readonly<Record<string, Invalidating>> = {
  ...Object.fromEntries(
    keys.map((key): [string, Invalidating] => [
      `delete ${key}`,
      { covers: [key], weight: 4, run: (cache) => partOf(cache, key).delete(key) },
    ]),
  ),
  'tag by a': {
    covers: keysWhere(({ tags }) => tags.includes('by a')),
    weight: 4,
    run: (cache) => cache.deleteTag('by a'),
  },
  'tags at 0 and 1': {
    covers: keysWhere(({ namespace, tags }) => namespace === undefined && !tags.includes('at 2')),
    weight: 4,
    run: (cache) => cache.deleteTag('at 0', 'at 1'),
  },
  'tag in the namespace': {
    covers: ['c1'],
    weight: 4,
    run: (cache) => cache.namespace(project).deleteTag('at 1'),
  },
  'glob b[12]': { covers: ['b1', 'b2'], weight: 4, run: (cache) => cache.deleteMatching('b[12]') },
  'glob in the namespace': {
    covers: ['c0', 'c1', 'c2'],
    weight: 2,
    run: (cache) => cache.namespace(project).deleteMatching('c*'),
  },
  namespace: { covers: ['c0', 'c1', 'c2'], weight: 2, run: (cache) => cache.clear(project) },
  everything: { covers: keys, weight: 1, run: (cache) => cache.clear() },
};
