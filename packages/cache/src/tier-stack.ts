import type { Codec } from './codec.ts';
import { type EntryHead, entryOf, type Stamp } from './entry.ts';
import { checkAgainst, type StandardSchema } from './schema.ts';
import type { CacheEntry, MaybePromise, WriteOrigin } from './store.ts';
import type { Ticket } from './tickets.ts';
import type { Tier } from './tier.ts';

export interface TierStackOptions<Value> {
  readonly tiers: readonly Tier[];
  readonly codec: Codec<Value>;
  readonly schema: StandardSchema<Value> | undefined;
  readonly now: () => number;
  /** The clock by which hits are judged. */
  readonly freshNow: () => number;
  /** Called for each entry that answers a lookup. */
  readonly onHit: (tier: Tier, key: string, entry: CacheEntry) => void;
}

/** A stale entry met on the way, good for callers that accept one. */
export interface Seen<Value> {
  stale: CacheEntry<Value> | undefined;
}

/** The tiers as one: reads go down until one answers and copy upwards, writes reach all. Values are live, times absolute. */
export interface TierStack<Value> {
  /** All of them; none once closed. */
  readonly tiers: readonly Tier[];
  /** Tiers before this one answer from memory at once. */
  readonly memoryEnd: number;
  /** Tiers before this one answer at once. */
  readonly syncEnd: number;
  isFresh(entry: CacheEntry): boolean;
  /** The fresh entry in tiers `from` to `to`, all of them `sync`; a stale one is a miss. */
  readNow(from: number, to: number, key: string, countsMiss: boolean): CacheEntry<Value> | undefined;
  /** Counts a miss in tiers `from` to `to`. */
  countMisses(from: number, to: number): void;
  /** Like `readNow` over all memory tiers, also those behind a slower one. */
  peek(key: string): CacheEntry<Value> | undefined;
  /**
   * The fresh entry in the tiers that answer later. What is found is not copied upwards once `ticket` is superseded; the
   * newest stale one is left in `seen`.
   */
  readLater(
    key: string,
    ticket: Ticket,
    stamps: readonly Stamp[],
    seen?: Seen<Value>,
  ): Promise<CacheEntry<Value> | undefined>;
  /** Like `readLater`, for many keys. */
  readManyLater(
    keys: readonly string[],
    tickets: readonly Ticket[],
    stamps: readonly Stamp[],
  ): Promise<readonly (CacheEntry<Value> | undefined)[]>;
  /** The newest entry in the tiers that answer at once, stale or not. Counts nothing. */
  findNow(key: string): CacheEntry<Value> | undefined;
  /** Writes to all tiers, encoding at most once. `stamps`: what was known when the work began. */
  write(
    key: string,
    value: Value | undefined,
    head: EntryHead,
    origin: WriteOrigin,
    stamps?: readonly Stamp[],
  ): MaybePromise<void>;
  /** Writes to the memory tiers in front of all others. */
  writeMemory(key: string, value: Value | undefined, head: EntryHead, stamps: readonly Stamp[]): void;
  /**
   * Copies what tier `index` holds to those before it, tier `from` on, without decoding where none of them holds values.
   * `false`: it does not decode.
   */
  lift(key: string, index: number, entry: CacheEntry, from: number, stamps: readonly Stamp[]): boolean;
  remove(key: string): MaybePromise<boolean>;
  /** From now on there are no tiers. */
  empty(): void;
}

const noBytes = new Uint8Array(0);
const noStamps: readonly Stamp[] = [];

export const createTierStack = <Value>(options: TierStackOptions<Value>): TierStack<Value> => {
  const { tiers: all, codec, schema, now, freshNow, onHit } = options;
  let tiers: readonly Tier[] = all;
  let peekable: readonly Tier[] = all.filter((tier) => tier.sync && tier.memory);
  const leading = (holds: (tier: Tier) => boolean): number => {
    const end = all.findIndex((tier) => !holds(tier));
    return end === -1 ? all.length : end;
  };
  const memoryEnd = leading((tier) => tier.sync && tier.memory);
  const syncEnd = leading((tier) => tier.sync);

  const isFresh = (entry: CacheEntry): boolean => entry.staleAt === undefined || entry.staleAt > freshNow();

  const writeTo = (
    from: number,
    to: number,
    key: string,
    value: Value | undefined,
    head: EntryHead,
    origin: WriteOrigin,
    stamps: readonly Stamp[] = noStamps,
    encoded?: Uint8Array,
  ): MaybePromise<void> => {
    const at = now();
    let slow: Promise<unknown>[] | undefined;
    let bytes = head.absent === true ? noBytes : encoded;
    let encodeError: unknown;
    for (let index = from; index < to; index += 1) {
      const tier = tiers[index];
      if (tier === undefined) break;
      if (tier.holdsBytes && bytes === undefined && encodeError === undefined) {
        try {
          bytes = codec.encode(value as Value);
        } catch (error) {
          encodeError = error ?? new TypeError('The codec failed.');
        }
      }
      const expiresAt = Math.min(head.expiresAt, at + tier.ttlMs);
      const stamp = stamps[index];
      const written =
        tier.holdsBytes && bytes === undefined
          ? tier.rejectValue(key, encodeError)
          : tier.write(
              key,
              entryOf<unknown>(
                tier.holdsBytes ? bytes : value,
                head,
                expiresAt,
                stamp === undefined ? tier.version() : stamp.version,
                stamp?.fence,
              ),
              origin,
            );
      if (written instanceof Promise) {
        slow ??= [];
        slow.push(written);
      }
    }
    return slow === undefined ? undefined : Promise.all(slow).then(() => undefined);
  };

  const remove = (key: string): MaybePromise<boolean> => {
    let removed = false;
    let slow: Promise<boolean>[] | undefined;
    for (const tier of tiers) {
      const had = tier.delete(key);
      if (had instanceof Promise) {
        slow ??= [];
        slow.push(had);
      } else if (had) removed = true;
    }
    return slow === undefined ? removed : Promise.all(slow).then((answers) => removed || answers.includes(true));
  };

  /** The entry with its live value, or `undefined` when its bytes are damaged. */
  const decode = (tier: Tier, entry: CacheEntry): CacheEntry<Value> | undefined => {
    if (!tier.holdsBytes) return entry as CacheEntry<Value>;
    if (entry.absent === true) return entryOf(undefined as Value, entry, entry.expiresAt, 0, undefined);
    try {
      const decoded = codec.decode(entry.value as Uint8Array);
      const value = schema === undefined ? decoded : checkAgainst(schema, decoded);
      if (value !== undefined) return entryOf(value, entry, entry.expiresAt, 0, undefined);
      tier.countDamage(new TypeError('The codec decoded undefined.'));
    } catch (error) {
      tier.countDamage(error);
    }
    return undefined;
  };

  const newer = (one: CacheEntry<Value> | undefined, other: CacheEntry<Value> | undefined) =>
    one === undefined || (other !== undefined && other.createdAt > one.createdAt) ? other : one;

  const promote = (
    key: string,
    index: number,
    found: CacheEntry,
    live: CacheEntry<Value>,
    stamps?: readonly Stamp[],
  ) => {
    const bytes = tiers[index]?.holdsBytes === true ? (found.value as Uint8Array) : undefined;
    void writeTo(0, index, key, live.value, live, 'copy', stamps, bytes);
  };

  const readNow = (
    among: readonly Tier[],
    from: number,
    to: number,
    key: string,
    countsMiss: boolean,
  ): CacheEntry<Value> | undefined => {
    for (let index = from; index < to; index += 1) {
      const tier = among[index];
      if (tier === undefined) break;
      const entry = tier.readNow(key, countsMiss);
      if (entry === undefined) continue;
      const live = isFresh(entry) ? decode(tier, entry) : undefined;
      if (live === undefined) {
        if (countsMiss) tier.counts.misses += 1;
        if (isFresh(entry)) void tier.delete(key);
        continue;
      }
      onHit(tier, key, entry);
      if (tier !== tiers[0]) promote(key, tiers.indexOf(tier), entry, live);
      return live;
    }
    return undefined;
  };

  /** What becomes of an entry that tier `index` gave later. */
  const accept = (
    key: string,
    index: number,
    entry: CacheEntry | undefined,
    ticket: Ticket,
    stamps: readonly Stamp[],
    seen?: Seen<Value>,
  ): CacheEntry<Value> | undefined => {
    const tier = tiers[index];
    if (tier === undefined || entry === undefined) return undefined;
    const fresh = isFresh(entry);
    const live = fresh || seen !== undefined ? decode(tier, entry) : undefined;
    if (live === undefined || !fresh) {
      tier.counts.misses += 1;
      if (fresh && !ticket.superseded) void tier.delete(key);
      if (!fresh && seen !== undefined) seen.stale = newer(seen.stale, live);
      return undefined;
    }
    onHit(tier, key, entry);
    if (!ticket.superseded) promote(key, index, entry, live, stamps);
    return live;
  };

  return {
    get tiers() {
      return tiers;
    },
    memoryEnd,
    syncEnd,
    isFresh,
    readNow: (from, to, key, countsMiss) => readNow(tiers, from, to, key, countsMiss),
    countMisses: (from, to) => {
      for (const { counts } of tiers.slice(from, to)) counts.misses += 1;
    },
    peek: (key) => readNow(peekable, 0, peekable.length, key, false),
    readLater: async (key, ticket, stamps, seen) => {
      for (let index = syncEnd; index < tiers.length; index += 1) {
        const found = accept(key, index, await tiers[index]?.readLater(key), ticket, stamps, seen);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    readManyLater: async (keys, tickets, stamps) => {
      const found = new Map<string, CacheEntry<Value>>();
      const ticketOf = new Map(keys.map((key, position) => [key, tickets[position]]));
      for (let index = syncEnd; index < tiers.length; index += 1) {
        const missing = keys.filter((key) => !found.has(key));
        if (missing.length === 0) break;
        const entries = await (tiers[index]?.readManyLater(missing) ?? []);
        for (const [position, key] of missing.entries()) {
          const ticket = ticketOf.get(key);
          const live = ticket && accept(key, index, entries[position], ticket, stamps);
          if (live !== undefined) found.set(key, live);
        }
      }
      return keys.map((key) => found.get(key));
    },
    findNow: (key) => {
      let best: CacheEntry<Value> | undefined;
      for (let index = 0; index < syncEnd; index += 1) {
        const tier = tiers[index];
        const entry = tier?.readNow(key, false);
        if (tier !== undefined && entry !== undefined && entry.absent !== true) best = newer(best, decode(tier, entry));
      }
      return best;
    },
    write: (key, value, head, origin, stamps) => writeTo(0, tiers.length, key, value, head, origin, stamps),
    writeMemory: (key, value, head, stamps) => void writeTo(0, memoryEnd, key, value, head, 'copy', stamps),
    lift: (key, index, entry, from, stamps) => {
      const tier = tiers[index];
      if (tier === undefined) return false;
      const needsValue = !tier.holdsBytes || tiers.slice(from, index).some(({ holdsBytes }) => !holdsBytes);
      const live = needsValue ? decode(tier, entry) : undefined;
      if (needsValue && live === undefined) return false;
      const bytes = tier.holdsBytes ? (entry.value as Uint8Array) : undefined;
      void writeTo(from, index, key, live?.value, entry, 'copy', stamps, bytes);
      return true;
    },
    remove,
    empty: () => {
      tiers = [];
      peekable = [];
    },
  };
};
