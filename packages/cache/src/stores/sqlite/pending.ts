import type { CacheEntry } from '../../store.ts';
import { keyHash } from './key.ts';

/** What waits to be written under a key: an entry, or its deletion. */
export interface PendingWrite {
  readonly key: string;
  readonly hash: number;
  readonly entry: CacheEntry<Uint8Array> | undefined;
  /** The last change known when work on it began. */
  readonly version: number;
  /** What a caller set, which only what others change later outdoes; not loaded, and no copy. */
  readonly isSet: boolean;
  /** Others have to hear that the key changed. */
  readonly isLogged: boolean;
  /** Written at the end of the turn: somebody waits until others see it. */
  readonly isUrgent: boolean;
  /** The entry as bytes, made once however often the write is tried. */
  sealed: Uint8Array | undefined;
}

/** The writes that wait, one a key. */
export interface PendingWrites {
  readonly size: number;
  /** Those that are no deletions. */
  readonly values: number;
  /** Of the values. */
  readonly bytes: number;
  readonly hasUrgent: boolean;
  get(key: string): PendingWrite | undefined;
  all(): Iterable<PendingWrite>;
  /** Takes the place of what waited under the key; who had to hear of that hears of this. */
  put(
    key: string,
    entry: CacheEntry<Uint8Array> | undefined,
    version: number,
    as: { readonly isSet: boolean; readonly isUrgent: boolean },
  ): void;
  /** Others have changed the key since: a value gives way, a deletion stays. */
  yield(key: string): void;
  /** Gives the values up but keeps their keys as deletions: an older value must not come back in their place. Returns how many. */
  giveUp(): number;
  /** Has been written, unless another write took its place meanwhile. */
  remove(write: PendingWrite): void;
  clear(): void;
  /** The first `most` of them, in the order in which they are best written. */
  sorted(urgentOnly: boolean, most?: number): PendingWrite[];
}

export const createPendingWrites = (): PendingWrites => {
  const writes = new Map<string, PendingWrite>();
  const urgent = new Set<string>();
  let values = 0;
  let bytes = 0;

  const replace = (key: string, write: PendingWrite | undefined): void => {
    const { entry } = writes.get(key) ?? {};
    if (entry !== undefined) {
      values -= 1;
      bytes -= entry.value.byteLength;
    }
    if (write?.entry !== undefined) {
      values += 1;
      bytes += write.entry.value.byteLength;
    }
    if (write === undefined) writes.delete(key);
    else writes.set(key, write);
    if (write?.isUrgent === true) urgent.add(key);
    else if (urgent.size > 0) urgent.delete(key);
  };

  return {
    get size() {
      return writes.size;
    },
    get values() {
      return values;
    },
    get bytes() {
      return bytes;
    },
    get hasUrgent() {
      return urgent.size > 0;
    },
    get: (key) => writes.get(key),
    all: () => writes.values(),
    put: (key, entry, version, { isSet, isUrgent }) => {
      const before = writes.get(key);
      replace(key, {
        key,
        hash: before?.hash ?? keyHash(key),
        entry,
        version,
        isSet,
        isLogged: isSet || before?.isLogged === true,
        isUrgent: isUrgent || before?.isUrgent === true,
        sealed: undefined,
      });
    },
    yield: (key) => {
      const write = writes.get(key);
      if (write?.entry === undefined) return;
      replace(key, write.isUrgent ? { ...write, entry: undefined, sealed: undefined } : undefined);
    },
    giveUp: () => {
      let count = 0;
      for (const [key, write] of writes) {
        if (write.entry === undefined) continue;
        count += 1;
        replace(key, { ...write, entry: undefined, sealed: undefined });
      }
      return count;
    },
    remove: (write) => {
      if (writes.get(write.key) === write) replace(write.key, undefined);
    },
    clear: () => {
      writes.clear();
      urgent.clear();
      values = 0;
      bytes = 0;
    },
    sorted: (urgentOnly, most = Number.POSITIVE_INFINITY) => {
      const chosen: PendingWrite[] = [];
      for (const key of urgentOnly ? urgent : writes.keys()) {
        const write = writes.get(key);
        if (write !== undefined) chosen.push(write);
        if (chosen.length >= most) break;
      }
      // Neighbours in the index share its pages: each page is logged by one transaction, not by all of them.
      return chosen.sort((one, other) => one.hash - other.hash);
    },
  };
};
