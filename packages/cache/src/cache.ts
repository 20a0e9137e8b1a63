import { type Codec, jsonCodec } from './codec.ts';
import { optionInvalid } from './errors.ts';
import { channels } from './events.ts';
import { type Flight, startFlight } from './flight.ts';
import type { CacheEntry, MaybePromise } from './store.ts';
import { createTickets, type Ticket } from './tickets.ts';
import { createTier, type Tier, type TierOptions, type TierStats } from './tier.ts';

/** What `createCache` is made of. */
export interface CacheOptions<Value> {
  /** Where entries live, fastest first. Without any, nothing is kept and `getOrSet` still shares loads under way. */
  readonly tiers: readonly TierOptions[];
  /** How values become bytes for the tiers that hold bytes. @default JSON */
  readonly codec?: Codec<Value> | undefined;
  /** The longest that any entry lives, milliseconds. @default Infinity */
  readonly ttlMs?: number | undefined;
  /** Current time, epoch milliseconds; give the stores the same one. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Names this cache in what it announces. @default "cache" */
  readonly name?: string | undefined;
}

export interface SetOptions {
  /**
   * How long this entry lives, milliseconds; the cache's own `ttlMs` still holds. 0 keeps nothing and removes what was
   * there. @default the cache's `ttlMs`
   */
  readonly ttlMs?: number | undefined;
}

export interface GetOrSetOptions extends SetOptions {
  /** Ends this caller's wait. The load goes on while anybody else waits for it. */
  readonly signal?: AbortSignal | undefined;
}

/** Handed to a loader. */
export interface LoadContext {
  /** Aborts when nobody waits for the value any more. */
  readonly signal: AbortSignal;
}

/** Makes the value of a missing key. What it returns is kept, except `undefined`. */
export type Loader<Value> = (context: LoadContext) => MaybePromise<Value>;

/** What a cache did since it was created. */
export interface CacheStats {
  /** Fastest first. */
  readonly tiers: readonly TierStats[];
  /** Loaders run. */
  readonly loads: number;
  /** Loaders that failed. */
  readonly loadErrors: number;
  /** Calls that joined a load under way instead of starting one. */
  readonly coalesced: number;
  /** Time spent in loaders, milliseconds, all loads together. */
  readonly loadMs: number;
}

/**
 * A cache of several tiers. `undefined` means "absent" everywhere and is never stored; `null` is a value like any other.
 * A store that fails is bypassed, counted and announced: no method rejects because of it.
 */
export interface Cache<Value> extends AsyncDisposable {
  /** Asks the memory tiers alone and answers at once. Counts a hit; a miss is left to the `get` that follows. */
  peek(key: string): Value | undefined;
  /** Asks every tier, fastest first, and copies what it finds into the faster ones. */
  get(key: string): Promise<Value | undefined>;
  /**
   * Writes to every tier, to those that answer at once before it returns. Resolves when all have taken it. Setting
   * `undefined` deletes. A tier that holds values keeps this very object and freezes it, plain objects and arrays, deeply.
   */
  set(key: string, value: Value, options?: SetOptions): Promise<void>;
  /**
   * Answers from the tiers, or runs `loader` and keeps its value. Callers that miss the same key at the same time share
   * one load. A loader's failure rejects all of them and is not kept.
   */
  getOrSet(key: string, loader: Loader<Value>, options?: GetOrSetOptions): Promise<Value>;
  /** Removes the key from every tier. Resolves to whether any of them had it. */
  delete(key: string): Promise<boolean>;
  /** Empties every tier. */
  clear(): Promise<void>;
  stats(): Promise<CacheStats>;
  /** Makes everything set so far durable where tiers can. Resolves to whether it is. */
  flush(): Promise<boolean>;
  /** Flushes and closes the stores; safe to call twice. Afterwards the cache is as one without tiers. */
  close(): Promise<void>;
}

const { lookupEnd, loadStart, loadEnd } = channels;
const absent = Promise.resolve(undefined);

export const createCache = <Value>(options: CacheOptions<Value>): Cache<Value> => {
  const { name = 'cache', ttlMs: longestMs = Number.POSITIVE_INFINITY } = options;
  const now = options.now ?? (() => Date.now());
  const codec = options.codec ?? (jsonCodec as Codec<Value>);
  if (!(longestMs > 0)) throw optionInvalid('ttlMs', longestMs, 'a number of milliseconds above 0');

  const allTiers = options.tiers.map((tier) => createTier(tier, now));
  let tiers: readonly Tier[] = allTiers;
  let peekable: readonly Tier[] = tiers.filter((tier) => tier.sync && tier.memory);
  /** The fastest tier, where a hit needs neither decoding nor promotion. Assigning it anywhere makes a hit 5 ns slower. */
  const hottest = tiers[0] === peekable[0] && tiers[0]?.holdsBytes === false ? tiers[0] : undefined;
  const leading = (holds: (tier: Tier) => boolean): number => {
    const end = allTiers.findIndex((tier) => !holds(tier));
    return end === -1 ? allTiers.length : end;
  };
  /** Tiers before this one answer from memory at once. */
  const memoryEnd = leading((tier) => tier.sync && tier.memory);
  /** Tiers before this one answer at once. */
  const syncEnd = leading((tier) => tier.sync);

  const tickets = createTickets();
  const flights = new Map<string, Flight<Value>>();
  let loads = 0;
  let loadErrors = 0;
  let coalesced = 0;
  let loadMs = 0;

  const announce = (outcome: 'hit' | 'miss' | 'coalesced', tier: string | undefined): void => {
    if (lookupEnd.hasSubscribers) lookupEnd.publish({ cache: name, outcome, tier });
  };

  /** Work on these keys that began before now must not write any more. */
  const supersede = (key: string): void => {
    tickets.supersede(key);
    flights.delete(key);
  };

  /** Writes to the first `count` tiers, encoding at most once. */
  const writeTo = (
    count: number,
    key: string,
    value: Value,
    encoded: Uint8Array | undefined,
    createdAt: number,
    expiresAt: number,
  ): Promise<void> => {
    const at = now();
    const slow: Promise<unknown>[] = [];
    let bytes = encoded;
    let encodeError: unknown;
    for (let index = 0; index < count; index += 1) {
      const tier = tiers[index];
      if (tier === undefined) break;
      if (tier.holdsBytes && bytes === undefined && encodeError === undefined) {
        try {
          bytes = codec.encode(value);
        } catch (error) {
          encodeError = error ?? new TypeError('The codec failed.');
        }
      }
      const written =
        tier.holdsBytes && bytes === undefined
          ? tier.rejectValue(key, encodeError)
          : tier.write(key, {
              value: tier.holdsBytes ? bytes : value,
              createdAt,
              expiresAt: Math.min(expiresAt, at + tier.ttlMs),
            });
      if (written instanceof Promise) slow.push(written);
    }
    return slow.length === 0 ? (absent as Promise<undefined>) : Promise.all(slow).then(() => undefined);
  };

  const removeFrom = (key: string): Promise<boolean> => {
    let removed = false;
    const slow: Promise<boolean>[] = [];
    for (const tier of tiers) {
      const had = tier.delete(key);
      if (had instanceof Promise) slow.push(had);
      else if (had) removed = true;
    }
    return slow.length === 0
      ? Promise.resolve(removed)
      : Promise.all(slow).then((answers) => removed || answers.includes(true));
  };

  /** The live value of an entry, or `undefined` when its bytes are damaged. */
  const decode = (tier: Tier, entry: CacheEntry): Value | undefined => {
    if (!tier.holdsBytes) return entry.value as Value;
    try {
      const value = codec.decode(entry.value as Uint8Array);
      if (value !== undefined) return value;
      tier.countDamage(new TypeError('The codec decoded undefined.'));
    } catch (error) {
      tier.countDamage(error);
    }
    return undefined;
  };

  const promote = (key: string, value: Value, found: Tier, entry: CacheEntry): void => {
    const bytes = found.holdsBytes ? (entry.value as Uint8Array) : undefined;
    void writeTo(tiers.indexOf(found), key, value, bytes, entry.createdAt, entry.expiresAt);
  };

  /** Asks tiers `from` to `to`, all of them `sync`. The hot path: a hit in the first allocates nothing. */
  const readNow = (among: readonly Tier[], from: number, to: number, key: string, countsMiss: boolean) => {
    for (let index = from; index < to; index += 1) {
      const tier = among[index];
      if (tier === undefined) break;
      const entry = tier.readNow(key, countsMiss);
      if (entry === undefined) continue;
      const value = decode(tier, entry);
      if (value === undefined) {
        if (countsMiss) tier.misses += 1;
        void tier.delete(key);
        continue;
      }
      tier.hits += 1;
      if (tier !== tiers[0]) promote(key, value, tier, entry);
      announce('hit', tier.name);
      return value;
    }
    return undefined;
  };

  /** Asks the tiers from the first that answers later. */
  const readLater = async (key: string, ticket: Ticket): Promise<Value | undefined> => {
    for (let index = syncEnd; index < tiers.length; index += 1) {
      const tier = tiers[index];
      if (tier === undefined) break;
      const entry = await tier.readLater(key);
      if (entry === undefined) continue;
      const value = decode(tier, entry);
      if (value === undefined) {
        tier.misses += 1;
        if (!ticket.superseded) void tier.delete(key);
        continue;
      }
      tier.hits += 1;
      if (!ticket.superseded) promote(key, value, tier, entry);
      announce('hit', tier.name);
      return value;
    }
    return undefined;
  };

  const keep = (key: string, value: Value, ttlMs: number | undefined): Promise<unknown> => {
    supersede(key);
    const createdAt = now();
    const expiresAt = createdAt + Math.min(ttlMs ?? longestMs, longestMs);
    if (value === undefined || expiresAt <= createdAt) return removeFrom(key);
    return writeTo(tiers.length, key, value, undefined, createdAt, expiresAt);
  };

  const load = async (
    key: string,
    loader: Loader<Value>,
    ttlMs: number | undefined,
    ticket: Ticket,
    signal: AbortSignal,
  ): Promise<Value> => {
    if (syncEnd < tiers.length) {
      let found: Value | undefined = await readLater(key, ticket);
      // A value set while the slow tiers were read is in the fast ones by now.
      if (found === undefined && ticket.superseded) found = readNow(tiers, 0, syncEnd, key, false);
      if (found !== undefined) return found;
      signal.throwIfAborted();
    }
    announce('miss', undefined);
    if (loadStart.hasSubscribers) loadStart.publish({ cache: name });
    const startedAt = performance.now();
    let outcome: 'loaded' | 'failed' | 'aborted' = 'failed';
    loads += 1;
    try {
      const value: Value = await (loader({ signal }) as Promise<Value>);
      outcome = 'loaded';
      if (!ticket.superseded && value !== undefined && ttlMs !== 0) void keep(key, value, ttlMs);
      return value;
    } catch (error) {
      loadErrors += 1;
      throw error;
    } finally {
      const durationMs = performance.now() - startedAt;
      loadMs += durationMs;
      if (signal.aborted) outcome = 'aborted';
      if (loadEnd.hasSubscribers) loadEnd.publish({ cache: name, outcome, durationMs });
    }
  };

  const launch = (key: string, loader: Loader<Value>, ttlMs: number | undefined): Flight<Value> => {
    const ticket = tickets.take(key);
    const flight = startFlight<Value>(
      (signal) => {
        const landing = load(key, loader, ttlMs, ticket, signal);
        const land = (): void => {
          tickets.release(key, ticket);
          if (flights.get(key) === flight) flights.delete(key);
        };
        landing.then(land, land);
        return landing;
      },
      () => {
        if (flights.get(key) === flight) supersede(key);
      },
    );
    // A loader that set its own key before its first await has superseded this flight already.
    if (!ticket.superseded) flights.set(key, flight);
    return flight;
  };

  const invalidTtl = (ttlMs: number | undefined): boolean => ttlMs !== undefined && !(ttlMs >= 0);
  const rejectTtl = (ttlMs: unknown): Promise<never> =>
    Promise.reject(optionInvalid('ttlMs', ttlMs, 'a number of milliseconds, 0 or more'));

  let closing: Promise<void> | undefined;

  const cache: Cache<Value> = {
    peek: (key) => {
      if (hottest === undefined) return readNow(peekable, 0, peekable.length, key, false);
      // The loop of readNow would double what a hit costs.
      const entry = hottest.readNow(key, false);
      if (entry === undefined) return readNow(peekable, 1, peekable.length, key, false);
      hottest.hits += 1;
      if (lookupEnd.hasSubscribers) announce('hit', hottest.name);
      return entry.value as Value;
    },
    get: (key) => {
      const value = readNow(tiers, 0, syncEnd, key, true);
      if (value !== undefined) return Promise.resolve(value);
      if (syncEnd >= tiers.length) {
        announce('miss', undefined);
        return absent;
      }
      const ticket = tickets.take(key);
      return readLater(key, ticket).then((found) => {
        tickets.release(key, ticket);
        if (found === undefined) announce('miss', undefined);
        return found;
      });
    },
    set: (key, value, setOptions) => {
      const ttlMs = setOptions?.ttlMs;
      if (invalidTtl(ttlMs)) return rejectTtl(ttlMs);
      return keep(key, value, ttlMs) as Promise<void>;
    },
    getOrSet: (key, loader, loadOptions) => {
      const signal = loadOptions?.signal;
      const ttlMs = loadOptions?.ttlMs;
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (invalidTtl(ttlMs)) return rejectTtl(ttlMs);
      let value = readNow(tiers, 0, memoryEnd, key, true);
      if (value !== undefined) return Promise.resolve(value);
      const underWay = flights.get(key);
      if (underWay !== undefined) {
        coalesced += 1;
        announce('coalesced', undefined);
        return underWay.join(signal);
      }
      value = readNow(tiers, memoryEnd, syncEnd, key, true);
      if (value !== undefined) return Promise.resolve(value);
      return launch(key, loader, ttlMs).join(signal);
    },
    delete: (key) => {
      supersede(key);
      return removeFrom(key);
    },
    clear: async () => {
      tickets.supersedeAll();
      flights.clear();
      await Promise.all(tiers.map((tier) => tier.clear()));
    },
    stats: async () => ({
      tiers: await Promise.all(allTiers.map((tier) => tier.stats())),
      loads,
      loadErrors,
      coalesced,
      loadMs,
    }),
    flush: async () => !(await Promise.all(tiers.map((tier) => tier.flush()))).includes(false),
    close: () => {
      if (closing === undefined) {
        const open = tiers;
        tiers = [];
        peekable = [];
        closing = Promise.all(open.map((tier) => tier.close())).then(() => undefined);
      }
      return closing;
    },
    [Symbol.asyncDispose]: () => cache.close(),
  };
  return cache;
};
