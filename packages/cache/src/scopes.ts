import { compileGlob } from './glob.ts';
import type { CacheEntry, Invalidation } from './store.ts';

/** Ends the name of each namespace in a key: `project␟user:1` is the key `user:1` in the namespace `project`. */
export const namespaceEnd = '\u001f';

const mostNames = 10_000;
const mostGlobs = 250;

/**
 * Remembers which tags, namespaces, globs and keys were invalidated last under which number. Invalidating is one entry in
 * a map however many entries it covers; those are told by the number that they carry.
 */
export interface Scopes {
  /** Number of the last invalidation. */
  readonly version: number;
  /** Whether an invalidation later than the entry's `version` covers it. */
  covers(key: string, entry: Pick<CacheEntry, 'version' | 'tags'>): boolean;
  /** Takes the next number, or the one that a shared log gave. Returns it. */
  add(invalidation: Invalidation, version?: number): number;
  /** Takes note that numbers up to this one are known, or that everything before it is uncertain. */
  advance(version: number): void;
}

const namespacesOf = function* (key: string): Generator<string> {
  for (let end = key.indexOf(namespaceEnd); end !== -1; end = key.indexOf(namespaceEnd, end + 1))
    yield key.slice(0, end);
};

export const createScopes = (): Scopes => {
  /** By kind and name; in the order of their numbers. */
  const latest = new Map<string, number>();
  let globs: { readonly name: string; readonly matches: (key: string) => boolean; readonly version: number }[] = [];
  /** Entries of a lower number are invalid. */
  let floor = 0;

  /** Forgets the oldest name; what was made before it was invalidated cannot be told from what it covered. */
  const forgetOldest = (): void => {
    const [oldest] = latest;
    if (oldest === undefined) return;
    latest.delete(oldest[0]);
    floor = Math.max(floor, oldest[1]);
  };

  // A plain field: each hit in memory reads it.
  const scopes: { -readonly [Name in keyof Scopes]: Scopes[Name] } = {
    version: 0,
    covers: (key, entry) => {
      const known = entry.version ?? 0;
      if (known >= scopes.version) return false;
      if (known < floor) return true;
      const isLater = (name: string): boolean => (latest.get(name) ?? 0) > known;
      if (latest.size > 0) {
        if (isLater(`key:${key}`)) return true;
        if (entry.tags?.some((tag) => isLater(`tag:${tag}`))) return true;
        for (const namespace of namespacesOf(key)) if (isLater(`namespace:${namespace}`)) return true;
      }
      return globs.some((glob) => glob.version > known && glob.matches(key));
    },
    add: ({ kind, name }, given) => {
      scopes.version = Math.max(scopes.version, given ?? scopes.version + 1);
      const at = given ?? scopes.version;
      if (kind === 'all') floor = Math.max(floor, at);
      else if (kind === 'glob') {
        globs = globs.filter((glob) => glob.name !== name);
        globs.push({ name, matches: compileGlob(name), version: at });
        const [oldest] = globs;
        if (globs.length > mostGlobs && oldest !== undefined) {
          floor = Math.max(floor, oldest.version);
          globs.shift();
        }
      } else {
        const scope = `${kind}:${name}`;
        latest.delete(scope);
        latest.set(scope, at);
        if (latest.size > mostNames) forgetOldest();
      }
      return at;
    },
    advance: (to) => {
      scopes.version = Math.max(scopes.version, to);
    },
  };
  return scopes;
};
