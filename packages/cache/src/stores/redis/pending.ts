import { createScopes } from '../../scopes.ts';
import type { CacheEntry, Invalidation } from '../../store.ts';

/** Invalidations of this process that are not known to be in Redis. */
export interface Pending {
  /** For `covers`: what was settled when a read began. */
  mark(): number;
  /**
   * Whether one of them covers the entry, which is then not to be believed whatever its number; also one that was settled
   * while the entry was on its way.
   */
  covers(key: string, entry: Pick<CacheEntry, 'tags'>, mark: number): boolean;
  /** Returns a handle. */
  begin(items: readonly Invalidation[]): number;
  /** They are in Redis, and this process goes by their number. */
  settle(handle: number): void;
  /** They did not get there: they are to be sent again. */
  postpone(handle: number): void;
  /** What is to be sent again, in order. */
  postponed(): readonly (readonly [handle: number, items: readonly Invalidation[]])[];
}

/** Beyond this, everything in Redis counts as invalidated instead. */
export const mostPostponed = 1_000;

const everything: readonly Invalidation[] = [{ kind: 'all', name: '' }];

export const createPending = (): Pending => {
  /** In numbers of its own: what is up to `settled` is in Redis. */
  const scopes = createScopes();
  let settled = 0;
  /** By their first number, in order. */
  const open = new Map<number, readonly Invalidation[]>();
  const again = new Map<number, readonly Invalidation[]>();

  const settle = (handle: number): void => {
    open.delete(handle);
    again.delete(handle);
    const [first] = open.keys();
    settled = first === undefined ? scopes.version : first - 1;
  };

  const begin = (items: readonly Invalidation[]): number => {
    const handle = scopes.version + 1;
    for (const item of items) scopes.add(item);
    open.set(handle, items);
    return handle;
  };

  return {
    mark: () => settled,
    covers: (key, entry, mark) => mark < scopes.version && scopes.covers(key, { version: mark, tags: entry.tags }),
    begin,
    settle,
    postpone: (handle) => {
      const items = open.get(handle);
      if (items === undefined) return;
      again.set(handle, items);
      let count = 0;
      for (const each of again.values()) count += each.length;
      if (count <= mostPostponed) return;
      // Its replacement first, so that there is no moment in which an old entry could be believed.
      const all = begin(everything);
      for (const each of [...again.keys()]) settle(each);
      again.set(all, everything);
    },
    postponed: () => [...again],
  };
};
