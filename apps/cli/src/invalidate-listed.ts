import type { CacheStore } from '@hotpath/runtime';

/** What is to go: entries with one of the tags, of one of the namespaces, or whose key matches one of the patterns. */
export interface Listed {
  readonly tags: readonly string[];
  readonly patterns: readonly string[];
  readonly namespaces: readonly string[];
}

/** Without a log, the cache could only clear the store: the entries that are meant are removed one by one. */
const deleteListed = async (store: CacheStore<Uint8Array>, { tags, patterns, namespaces }: Listed): Promise<void> => {
  const { compileGlob, namespaceEnd } = await import('@hotpath/runtime');
  const matchers = patterns.map(compileGlob);
  const prefixes = namespaces.map((name) => name + namespaceEnd);
  const isTagged = async (key: string): Promise<boolean> =>
    tags.length > 0 && (await store.get(key))?.tags?.some((tag) => tags.includes(tag)) === true;
  const found: string[] = [];
  for await (const key of store.keys?.() ?? []) {
    const isMeant = matchers.some((matches) => matches(key)) || prefixes.some((prefix) => key.startsWith(prefix));
    if (isMeant || (await isTagged(key))) found.push(key);
  }
  // Afterwards: a store need not bear changes while it lists its keys.
  for (const key of found) await store.delete(key);
};

/** Invalidates in a store that keeps no log of invalidations but lists its keys, and in the one behind it, which has a log. */
export const invalidateListed = async (
  store: CacheStore<Uint8Array>,
  shared: CacheStore<Uint8Array> | undefined,
  listed: Listed,
): Promise<void> => {
  await deleteListed(store, listed);
  await shared?.invalidations?.add([
    ...listed.patterns.map((name) => ({ kind: 'glob' as const, name })),
    ...listed.tags.map((name) => ({ kind: 'tag' as const, name })),
    ...listed.namespaces.map((name) => ({ kind: 'namespace' as const, name })),
  ]);
  await shared?.invalidations?.settled();
};
