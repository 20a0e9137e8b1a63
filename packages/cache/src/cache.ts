import { turnNow } from './clock.ts';
import { type Codec, jsonCodec } from './codec.ts';
import { createCoherence } from './coherence.ts';
import { describeEntry, endOf, isDueEarly, type Stamp, staleMs } from './entry.ts';
import { optionInvalid } from './errors.ts';
import { channels } from './events.ts';
import { createLoads, type Loader } from './loads.ts';
import { type CacheNamespace, inNamespace } from './namespace.ts';
import { type CacheDefaults, createPolicy, type GetOrSetOptions, type Policy, type SetOptions } from './options.ts';
import { createPopularity } from './popularity.ts';
import { createRemoval } from './removal.ts';
import type { StandardSchema } from './schema.ts';
import { createScopes } from './scopes.ts';
import { createSoftTimeout } from './soft-timeout.ts';
import { type CacheStats, collectStats } from './statistics.ts';
import type { CacheEntry, MaybePromise } from './store.ts';
import { createSuperseding } from './superseding.ts';
import { createTickets } from './tickets.ts';
import { createTier, stampsOf, type Tier, type TierOptions } from './tier.ts';
import { createTierStack } from './tier-stack.ts';
import { type WarmOptions, type WarmResult, warmTiers } from './warm.ts';
import { type WrapOptions, type WrappedNames, wrapFunction } from './wrap.ts';

/** What `createCache` is made of. The defaults for entries can be set otherwise in each call. */
export interface CacheOptions<Value> extends Omit<CacheDefaults, 'ttlMs'> {
  /** Where entries live, fastest first. Without any, nothing is kept and `getOrSet` still shares loads under way. */
  readonly tiers: readonly TierOptions[];
  /** How values become bytes for the tiers that hold bytes. @default JSON */
  readonly codec?: Codec<Value> | undefined;
  /** Checks each value that comes back from bytes, and may transform it. One that does not fit is a miss and is deleted. @default none */
  readonly schema?: StandardSchema<Value> | undefined;
  /** The longest that any entry is fresh, milliseconds. @default Infinity */
  readonly ttlMs?: number | undefined;
  /**
   * For how long a load holds its key among the processes that share a tier, milliseconds; prolonged while it runs, freed
   * when its process dies. 0: processes load each for itself. @default 30,000
   */
  readonly leaseMs?: number | undefined;
  /** Current time, epoch milliseconds; give the stores the same one. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** A number from 0 to 1, for jitter, early refresh and sampling. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Names this cache in what it announces. @default "cache" */
  readonly name?: string | undefined;
}

/**
 * A cache of several tiers. `undefined` means "absent" everywhere and is never stored; `null` is a value like any other.
 * A store that fails is bypassed, counted and announced: no method rejects because of it.
 */
export interface Cache<Value> extends AsyncDisposable {
  /** Asks the memory tiers alone and answers at once. Counts a hit; a miss is left to the `get` that follows. */
  peek(key: string): Value | undefined;
  /** Asks every tier, fastest first, and copies what it finds into the faster ones. Answers nothing stale. */
  get(key: string): Promise<Value | undefined>;
  /** The values of those keys that have one. A store that can is asked for all of them in one go. */
  getMany(keys: Iterable<string>): Promise<Map<string, Value>>;
  /**
   * Writes to every tier, to those that answer at once before it returns. Resolves when all have taken it. Setting
   * `undefined` deletes. A tier that holds values keeps this very object and freezes it, plain objects and arrays, deeply.
   */
  set(key: string, value: Value, options?: SetOptions): Promise<void>;
  /**
   * Answers from the tiers, or runs `loader` and keeps its value. Callers that miss the same key at the same time share
   * one load, also those of other processes that share a tier. A loader's failure rejects all of them and is not kept.
   */
  getOrSet(key: string, loader: Loader<Value>, options?: GetOrSetOptions): Promise<Value>;
  /** Removes the key everywhere. Resolves to whether any tier had it, when other processes can see that it is gone. */
  delete(key: string): Promise<boolean>;
  /**
   * Invalidates every key that the glob matches: `*` any run of characters, `?` any one, `[a-z]` one of a set. Costs the
   * same however many they are. A bracket that is never closed is refused with `CACHE_OPTION_INVALID`.
   */
  deleteMatching(glob: string): Promise<void>;
  /** Invalidates every entry that has one of these tags. Costs the same however many they are. */
  deleteTag(...tags: readonly string[]): Promise<void>;
  /** Invalidates a namespace with all below it, or everything. Costs the same however much it is. */
  clear(namespace?: string): Promise<void>;
  /** A part of this cache with keys and tags of its own, that can be cleared alone. Holds nothing itself: make one whenever needed. */
  namespace<Other = Value>(name: string): CacheNamespace<Other>;
  /** A function that answers from the cache or calls `fn`. Arguments make the key; they must be plain data. */
  wrap<Arguments extends readonly unknown[]>(
    fn: (...args: Arguments) => MaybePromise<Value>,
    options?: WrapOptions<Arguments>,
  ): (...args: Arguments) => Promise<Value>;
  /** Brings the keys used most, also before the last restart, back into memory. Needs a tier that remembers use. */
  warm(options?: WarmOptions): Promise<WarmResult>;
  /** What was counted since the cache was created, by tier, with advice on tiers that do not earn their place. */
  stats(): Promise<CacheStats>;
  /** Makes everything set so far durable where tiers can. Resolves to whether it is. */
  flush(): Promise<boolean>;
  /** Flushes and closes the stores; safe to call twice. Afterwards the cache is as one without tiers. */
  close(): Promise<void>;
}

const { lookupEnd } = channels;
const absent = Promise.resolve(undefined);
const nothing = Promise.resolve();

/** A cache over these tiers. Throws `CACHE_OPTION_INVALID` for an option out of its range. */
export const createCache = <Value>(options: CacheOptions<Value>): Cache<Value> => {
  const { name = 'cache', leaseMs = 30_000, random = Math.random } = options;
  const now = options.now ?? Date.now;
  const freshNow = options.now ?? turnNow;
  if (!(leaseMs === 0 || leaseMs >= 100)) throw optionInvalid('leaseMs', leaseMs, '0, or 100 milliseconds or more');
  if (!Array.isArray(options.tiers))
    throw optionInvalid('tiers', options.tiers, 'a list, as in [{ store: memoryStore() }]');
  for (const [index, tier] of options.tiers.entries()) {
    if (typeof tier?.store?.get !== 'function')
      throw optionInvalid(`tiers[${index}].store`, tier?.store, 'a store, as in { store: memoryStore() }');
  }
  const policyOf = createPolicy(options);
  const base = policyOf();
  /** Whether a hit has more to do than to answer. */
  const attends = (given: GetOrSetOptions | undefined): boolean =>
    (given?.earlyRefresh ?? base.earlyRefresh) > 0 || (given?.sliding ?? base.sliding);

  const scopes = createScopes();
  const allTiers = options.tiers.map((tier) => createTier(tier, now, scopes));
  const [first] = allTiers;
  const tickets = createTickets();
  const wrapped: WrappedNames = new Map();
  let coalesced = 0;

  const announce = (outcome: 'hit' | 'miss' | 'coalesced' | 'stale', tier?: string): void => {
    if (lookupEnd.hasSubscribers) lookupEnd.publish({ cache: name, outcome, tier });
  };
  const remembering = allTiers.find(({ store }) => store.popularity !== undefined);
  const popularity =
    remembering?.store.popularity && createPopularity(remembering, remembering.store.popularity, random);

  const onHit = (tier: Tier, key: string, entry: CacheEntry): void => {
    const { counts } = tier;
    counts.hits += 1;
    if (entry.loadMs !== undefined) counts.savedLoadMs += entry.loadMs;
    if (entry.costUsd !== undefined) counts.savedUsd += entry.costUsd;
    if (popularity !== undefined) popularity.note(key, entry, tier === first);
    if (lookupEnd.hasSubscribers) announce('hit', tier.name);
  };
  const stack = createTierStack<Value>({
    tiers: allTiers,
    codec: options.codec ?? (jsonCodec as Codec<Value>),
    schema: options.schema,
    now,
    freshNow,
    onHit,
  });
  const { memoryEnd, syncEnd } = stack;
  /** The fastest tier, where a hit needs neither decoding nor promotion. Assigning it anywhere makes a hit 5 ns slower. */
  const hottest = first?.sync && first.memory && !first.holdsBytes ? first : undefined;

  const loads = createLoads<Value>({
    name,
    tiers: allTiers,
    stack,
    scopes,
    tickets,
    policyOf,
    now,
    random,
    leaseMs,
    announceMiss: () => announce('miss'),
    onUse: (key, entry, call, stamps) => {
      const policy = policyOf(call);
      if (policy.sliding) slide(key, entry, policy, stamps);
    },
    catchUp: () => coherence.catchUp(),
  });

  const superseding = createSuperseding({ name, loads, tickets });
  const coherence = createCoherence({ tiers: allTiers, scopes, onInvalidated: superseding.covered });
  const isClosed = (): boolean => closing !== undefined;
  const removal = createRemoval({ stack, tickets, coherence, superseding, isClosed });

  /** Gives the entry a whole life when less than half of one is left. */
  const slide = (key: string, entry: CacheEntry<Value>, policy: Policy, stamps?: readonly Stamp[]): void => {
    const at = now();
    const endsAt = endOf(entry);
    const { ttlMs, jitter } = policy;
    if (entry.absent === true || endsAt === Number.POSITIVE_INFINITY || endsAt - at > ttlMs / 2) return;
    // It was given a shorter life on purpose.
    if (endsAt - entry.createdAt < ttlMs * (1 - jitter)) return;
    const staleAt = at + ttlMs;
    void stack.write(key, entry.value, { ...entry, staleAt, expiresAt: staleAt + staleMs(policy) }, 'copy', stamps);
  };
  const used = (key: string, entry: CacheEntry<Value>): Value => {
    if (base.sliding) slide(key, entry, base);
    return entry.value;
  };

  /** Loads anew while the entry is still good, or gives it a longer life. */
  const attend = (key: string, entry: CacheEntry<Value>, loader: Loader<Value>, given?: GetOrSetOptions): void => {
    const policy = given === undefined ? base : policyOf(given);
    if (policy.earlyRefresh > 0 && entry.absent !== true && loads.find(key) === undefined) {
      if (isDueEarly(entry, policy.earlyRefresh, now(), random)) loads.start(key, loader, given, entry).hold();
    }
    if (policy.sliding) slide(key, entry, policy);
  };

  const keep = (key: string, value: Value, given: SetOptions | undefined): MaybePromise<unknown> => {
    const policy = policyOf(given);
    // What others invalidated before now is older than this value.
    if (!coherence.isChecked) coherence.check();
    loads.supersede(key);
    if (value === undefined || policy.ttlMs === 0) return removal.remove(key);
    const { origin = 'set' } = given ?? {};
    if (origin !== 'set' && origin !== 'load') throw optionInvalid('origin', origin, '"set" or "load"');
    return stack.write(key, value, describeEntry(policy, now(), random), origin);
  };

  const answerStale = (value: Value): Value => {
    loads.counts.stale += 1;
    announce('stale');
    return value;
  };
  const waitSoftly = createSoftTimeout<Value>({ loads, answerStale });

  const getOrSetSlowly = (key: string, loader: Loader<Value>, given: GetOrSetOptions | undefined): Promise<Value> => {
    const policy = policyOf(given);
    const underWay = loads.find(key);
    if (underWay === undefined) {
      // Who joins a load under way asks no tier for what it could have had.
      stack.countMisses(0, memoryEnd);
      const entry = stack.readNow(memoryEnd, syncEnd, key, true);
      if (entry !== undefined) {
        if (attends(given)) attend(key, entry, loader, given);
        return Promise.resolve(entry.value);
      }
    }
    const found = staleMs(policy) > 0 ? stack.findNow(key) : undefined;
    const known = found !== undefined && !stack.isFresh(found) ? found : undefined;
    const load = underWay ?? loads.start(key, loader, given, known);
    if (known !== undefined && loads.mayRevalidate(known, policy)) {
      load.hold();
      return Promise.resolve(answerStale(known.value));
    }
    if (underWay !== undefined) {
      coalesced += 1;
      announce('coalesced');
    }
    return waitSoftly(load, policy, given?.signal);
  };

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    popularity?.stop();
    coherence.stop();
    stack.empty();
    for (const tier of allTiers) tier.suspend(true);
    await Promise.all([popularity?.save(), loads.close(), coherence.saveMarks()]);
    await Promise.all(allTiers.map((tier) => tier.close()));
  };

  const peekSlowly = (key: string): Value | undefined => {
    const entry = stack.peek(key);
    return entry === undefined ? undefined : used(key, entry);
  };

  const cache: Cache<Value> = {
    peek: (key) => {
      if (!coherence.isChecked) coherence.check();
      if (hottest === undefined) return peekSlowly(key);
      // The loop behind `stack.peek` would double what a hit costs.
      const entry = hottest.readNow(key, false) as CacheEntry<Value> | undefined;
      if (entry === undefined || !(entry.staleAt === undefined || entry.staleAt > freshNow())) return peekSlowly(key);
      onHit(hottest, key, entry);
      return used(key, entry);
    },
    get: (key) => {
      if (!coherence.isChecked) coherence.check();
      const entry = stack.readNow(0, syncEnd, key, true);
      if (entry !== undefined) return Promise.resolve(used(key, entry));
      if (syncEnd >= stack.tiers.length) {
        announce('miss');
        return absent;
      }
      const ticket = tickets.take(key);
      const stamps = stampsOf(stack.tiers);
      return stack.readLater(key, ticket, stamps).then((found) => {
        tickets.release(key, ticket);
        if (found === undefined) announce('miss');
        else if (base.sliding && !ticket.superseded) slide(key, found, base, stamps);
        return found?.value;
      });
    },
    getMany: async (keys) => {
      if (!coherence.isChecked) coherence.check();
      const unique = [...new Set(keys)];
      const found = new Map<string, CacheEntry<Value>>();
      for (const key of unique) {
        const entry = stack.readNow(0, syncEnd, key, true);
        if (entry === undefined) continue;
        found.set(key, entry);
        used(key, entry);
      }
      const missing = unique.filter((key) => !found.has(key));
      if (syncEnd < stack.tiers.length && missing.length > 0) {
        const held = missing.map((key) => tickets.take(key));
        const stamps = stampsOf(stack.tiers);
        const later = await stack.readManyLater(missing, held, stamps);
        for (const [index, key] of missing.entries()) {
          const ticket = held[index];
          if (ticket !== undefined) tickets.release(key, ticket);
          const entry = later[index];
          if (entry === undefined) continue;
          found.set(key, entry);
          if (base.sliding && ticket?.superseded === false) slide(key, entry, base, stamps);
        }
      }
      const values = new Map<string, Value>();
      for (const key of unique) {
        const entry = found.get(key);
        if (entry === undefined) announce('miss');
        else if (entry.absent !== true) values.set(key, entry.value);
      }
      return values;
    },
    set: (key, value, given) => {
      try {
        const written = keep(key, value, given);
        return written instanceof Promise ? written.then(() => undefined) : nothing;
      } catch (error) {
        return Promise.reject(error);
      }
    },
    getOrSet: (key, loader, given) => {
      if (given?.signal?.aborted) return Promise.reject(given.signal.reason);
      if (!coherence.isChecked) coherence.check();
      const entry = stack.readNow(0, memoryEnd, key, false);
      try {
        if (entry === undefined) return getOrSetSlowly(key, loader, given);
        if (attends(given)) attend(key, entry, loader, given);
      } catch (error) {
        return Promise.reject(error);
      }
      return Promise.resolve(entry.value);
    },
    delete: async (key) => removal.remove(key),
    deleteMatching: (glob) => removal.invalidate('glob', [glob]),
    deleteTag: (...tags) => removal.invalidate('tag', tags),
    clear: (namespace) => removal.clear(namespace),
    namespace: (namespace) => inNamespace(cache, namespace),
    wrap: (fn, wrapOptions) => wrapFunction(cache, wrapped, fn, wrapOptions),
    warm: (warmOptions) => warmTiers(stack, tickets, warmOptions),
    stats: () => collectStats(allTiers, loads.counts, coalesced),
    flush: async () => {
      await popularity?.save();
      return !(await Promise.all(stack.tiers.map((tier) => tier.flush()))).includes(false);
    },
    close: () => {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => cache.close(),
  };
  return cache;
};
