// Checked by `tsc -p tsconfig.json`, as every file here: nothing of this runs.
import { expectTypeOf } from 'vitest';
import {
  type Cache,
  type CacheError,
  type CacheNamespace,
  type CacheOptions,
  type CacheStats,
  type CacheStore,
  type Codec,
  createCache,
  type EntryOptions,
  type InvalidationLog,
  type LeaseTable,
  type LoadContext,
  type MaybePromise,
  type StandardSchema,
  type StoreCapabilities,
  type UsageLog,
} from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { redisStore } from '../src/stores/redis.ts';
import { type SqliteStore, sqliteStore } from '../src/stores/sqlite.ts';
import { createTieredCache } from '../src/tiered.ts';

interface User {
  readonly name: string;
}
declare const user: User;
const tiers = [{ store: memoryStore() }];
const cache = createCache<User>({ tiers });

// The type of the values is given, or comes from the codec or the schema; both must agree.
expectTypeOf(cache).toEqualTypeOf<Cache<User>>();
expectTypeOf(createCache({ tiers })).toEqualTypeOf<Cache<unknown>>();
declare const codec: Codec<User>;
expectTypeOf(createCache({ tiers, codec })).toEqualTypeOf<Cache<User>>();
expectTypeOf<Cache<User>>().toExtend<AsyncDisposable>();
createCache<User>({ tiers, ttlMs: undefined, graceMs: 10, now: () => 0, name: 'users' });
// @ts-expect-error: a cache has tiers, if only none
createCache<User>({ ttlMs: 10 });
// @ts-expect-error: the unit is in the name
createCache<User>({ tiers, ttl: 10 });
// @ts-expect-error: tags belong to an entry, not to all of them
createCache<User>({ tiers, tags: ['red'] });
// @ts-expect-error: a signal ends one call
createCache<User>({ tiers, signal: new AbortController().signal });
// @ts-expect-error: a codec of other values
createCache<number>({ tiers, codec });

/** As libraries declare theirs by https://standardschema.dev. */
interface LibrarySchema<Input, Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
      options?: { readonly libraryOptions?: Record<string, unknown> | undefined } | undefined,
    ) => LibraryResult<Output> | Promise<LibraryResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}
type LibraryResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly PropertyKey[] | undefined }[] };
declare const schema: LibrarySchema<{ readonly name: string; readonly age?: string }, User>;
expectTypeOf(schema).toExtend<StandardSchema<User>>();
expectTypeOf(createCache({ tiers, schema })).toEqualTypeOf<Cache<User>>();
expectTypeOf(createCache({ tiers, schema, codec })).toEqualTypeOf<Cache<User>>();
// @ts-expect-error: a schema of other values
createCache<number>({ tiers, schema });

// What is read may be absent.
expectTypeOf(cache.peek('key')).toEqualTypeOf<User | undefined>();
expectTypeOf(cache.get('key')).toEqualTypeOf<Promise<User | undefined>>();
// @ts-expect-error: it may be undefined
expectTypeOf<User>(cache.peek('key'));
// @ts-expect-error: it may be undefined
expectTypeOf<User>(await cache.get('key'));
// @ts-expect-error: keys are text
cache.peek(1);

// Many keys at once, from whatever can be walked through. There is no place in the answer for those without a value.
expectTypeOf(cache.getMany(['a', 'b'])).toEqualTypeOf<Promise<Map<string, User>>>();
expectTypeOf(cache.getMany(['a', 'b'] as const)).toEqualTypeOf<Promise<Map<string, User>>>();
expectTypeOf(cache.getMany(new Set(['a']))).toEqualTypeOf<Promise<Map<string, User>>>();
expectTypeOf(cache.getMany(new Map<string, User>().keys())).toEqualTypeOf<Promise<Map<string, User>>>();
expectTypeOf((await cache.getMany(['a'])).get('a')).toEqualTypeOf<User | undefined>();
// @ts-expect-error: keys are text
cache.getMany([1, 2]);

// What is written is a whole value.
expectTypeOf(cache.set('key', user, { ttlMs: 10, tags: ['red'], costUsd: 0.1 })).toEqualTypeOf<Promise<void>>();
// @ts-expect-error: another value
cache.set('key', { title: 'none' });
// @ts-expect-error: not part of a value
cache.set('key', undefined);
// @ts-expect-error: one tag is a list of one
cache.set('key', user, { tags: 'red' });
// @ts-expect-error: nothing slides that is being set
cache.set('key', user, { sliding: true });
expectTypeOf(cache.delete('key')).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(cache.deleteTag('red', 'blue')).toEqualTypeOf<Promise<void>>();
// @ts-expect-error: tags are arguments of their own
cache.deleteTag(['red', 'blue']);

// A loader answers now or later, and never in vain.
expectTypeOf(cache.getOrSet('key', () => user)).toEqualTypeOf<Promise<User>>();
expectTypeOf(cache.getOrSet('key', async () => user, { graceMs: 10, earlyRefresh: 1 })).toEqualTypeOf<Promise<User>>();
cache.getOrSet('key', (context) => {
  expectTypeOf(context).toEqualTypeOf<LoadContext<User>>();
  expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
  expectTypeOf(context.stale?.value).toEqualTypeOf<User | undefined>();
  expectTypeOf(context.setOptions).parameters.toEqualTypeOf<[EntryOptions]>();
  // @ts-expect-error: there may be none
  context.stale.value;
  // @ts-expect-error: too late for that
  context.setOptions({ hardTimeoutMs: 10 });
  return user;
});
// @ts-expect-error: another value
cache.getOrSet('key', () => 'text');
// @ts-expect-error: another value
cache.getOrSet('key', async () => 'text');
// @ts-expect-error: an absence is none of its values
cache.getOrSet('key', () => undefined);
// @ts-expect-error: a loader is a function
cache.getOrSet('key', user);
declare const perhaps: Cache<User | undefined>;
expectTypeOf(perhaps.getOrSet('key', () => undefined, { negativeTtlMs: 10 })).toEqualTypeOf<
  Promise<User | undefined>
>();

// A wrapped function is called as before, and always answers later.
const find = cache.wrap((_id: number, _options?: { readonly deep: boolean }) => user, { name: 'find', tags: ['red'] });
expectTypeOf(find).toEqualTypeOf<(_id: number, _options?: { readonly deep: boolean }) => Promise<User>>();
expectTypeOf(cache.wrap(async (..._ids: string[]) => user)).toEqualTypeOf<(..._ids: string[]) => Promise<User>>();
cache.wrap((_id: number, _name: string) => user, {
  key: (...args) => {
    expectTypeOf(args).toEqualTypeOf<[_id: number, _name: string]>();
    return args[1];
  },
});
// @ts-expect-error: as before
find('1');
// @ts-expect-error: another value
cache.wrap((id: number) => id);
// @ts-expect-error: keys are text
cache.wrap((_id: number) => user, { key: (id) => id });
// @ts-expect-error: who waits differs from call to call
cache.wrap((_id: number) => user, { signal: new AbortController().signal });

// A namespace holds what its cache does, or something else.
expectTypeOf(cache.namespace('part')).toEqualTypeOf<CacheNamespace<User>>();
expectTypeOf(cache.namespace<number>('part')).toEqualTypeOf<CacheNamespace<number>>();
expectTypeOf(cache.namespace<number>('part').namespace('inner')).toEqualTypeOf<CacheNamespace<number>>();
expectTypeOf(cache.namespace('part').namespace<string>('inner').peek('key')).toEqualTypeOf<string | undefined>();
expectTypeOf(cache.namespace('part').wrap((_id: number) => user)).toEqualTypeOf<(_id: number) => Promise<User>>();
expectTypeOf<Cache<User>>().not.toExtend<CacheNamespace<number>>();
// @ts-expect-error: another value
cache.namespace<number>('part').set('key', user);
// @ts-expect-error: the whole is closed, not a part of it
cache.namespace('part').close();
// @ts-expect-error: the whole is counted, not a part of it
cache.namespace('part').stats();

// The figures are for reading.
const stats = await cache.stats();
expectTypeOf(stats).toEqualTypeOf<CacheStats>();
expectTypeOf(stats.tiers[0]?.maxBytes).toEqualTypeOf<number | undefined>();
// @ts-expect-error: they are read, not written
stats.loads = 0;
// @ts-expect-error: they are read, not written
stats.tiers.pop();

// Presets by name; each tier takes what its store does, but for the clock, which all share.
const tiered = createTieredCache<User>({
  preset: 'answers',
  hot: { maxBytes: 1_000, ttlMs: 10 },
  warm: false,
  disk: { path: 'cache.db', damagePolicy: 'fail', ttlMs: 10 },
  shared: { url: 'redis://localhost' },
  graceMs: 10,
  onUnavailable: (error, tier) => {
    expectTypeOf(error).toEqualTypeOf<unknown>();
    expectTypeOf(tier).toEqualTypeOf<'disk' | 'store' | 'shared'>();
  },
});
expectTypeOf(tiered).toEqualTypeOf<Promise<Cache<User>>>();
expectTypeOf(createTieredCache()).toEqualTypeOf<Promise<Cache<unknown>>>();
expectTypeOf(createTieredCache({ schema })).toEqualTypeOf<Promise<Cache<User>>>();
// @ts-expect-error: no such preset
createTieredCache({ preset: 'pages' });
// @ts-expect-error: it makes the tiers itself
createTieredCache({ tiers });
// @ts-expect-error: there is no disk unless one is named
createTieredCache({ disk: false });
// @ts-expect-error: a disk is a file
createTieredCache({ disk: { maxBytes: 1_000_000 } });
// @ts-expect-error: one of two
createTieredCache({ disk: { path: 'cache.db', damagePolicy: 'repair' } });
// @ts-expect-error: the clock is the cache's
createTieredCache({ hot: { now: () => 0 } });

// A store says what it can do: what every store has is there, all else may be absent.
expectTypeOf(memoryStore()).toEqualTypeOf<CacheStore>();
expectTypeOf(bufferStore({ evictionPolicy: 's3-fifo' })).toEqualTypeOf<CacheStore<Uint8Array>>();
expectTypeOf(redisStore({ url: 'redis://localhost' })).toEqualTypeOf<CacheStore<Uint8Array>>();
expectTypeOf(sqliteStore({ path: 'cache.db' })).toEqualTypeOf<SqliteStore>();
expectTypeOf<SqliteStore>().toExtend<CacheStore<Uint8Array>>();
expectTypeOf<CacheStore['invalidations']>().toEqualTypeOf<InvalidationLog | undefined>();
expectTypeOf<CacheStore['leases']>().toEqualTypeOf<LeaseTable | undefined>();
expectTypeOf<CacheStore['popularity']>().toEqualTypeOf<UsageLog | undefined>();
expectTypeOf<CacheStore['flush']>().toEqualTypeOf<(() => MaybePromise<void>) | undefined>();
// The disk tier has all of it, and answers at once.
expectTypeOf<SqliteStore['invalidations']>().toEqualTypeOf<InvalidationLog>();
expectTypeOf<SqliteStore['leases']>().toEqualTypeOf<LeaseTable>();
expectTypeOf<SqliteStore['popularity']>().toEqualTypeOf<UsageLog>();
expectTypeOf<SqliteStore['keys']>().toEqualTypeOf<() => Iterable<string>>();
expectTypeOf<SqliteStore['flush']>().toEqualTypeOf<() => void>();
// @ts-expect-error: not every store can list them
memoryStore().keys();
// @ts-expect-error: not every store remembers use
redisStore({}).popularity.top(10);
// @ts-expect-error: a file has a path
sqliteStore({});
// @ts-expect-error: only bytes go to a store of bytes
bufferStore().set('key', { value: 'text', createdAt: 0, expiresAt: 1 });
// @ts-expect-error: one of two
bufferStore({ evictionPolicy: 'fifo' });

const capabilities = { sync: true, memory: true, persistent: false, shared: false, holds: 'values' } as const;
expectTypeOf(capabilities).toExtend<StoreCapabilities>();
expectTypeOf<Omit<typeof capabilities, 'holds'>>().not.toExtend<StoreCapabilities>();
expectTypeOf<Omit<typeof capabilities, 'sync'>>().not.toExtend<StoreCapabilities>();
const own: CacheStore = {
  name: 'own',
  capabilities,
  get: async () => undefined,
  set: () => {},
  delete: () => false,
  clear: () => {},
  usage: () => ({ entries: 0, bytes: 0, evictions: 0 }),
};
expectTypeOf({ tiers: [{ store: own, ttlMs: 10 }] }).toExtend<CacheOptions<User>>();
// @ts-expect-error: a tier is a store in its place
createCache({ tiers: [own] });

// Errors are told apart by codes that there are.
declare const error: CacheError;
expectTypeOf(error.code).toExtend<string>();
expectTypeOf<'CACHE_FILE_DAMAGED'>().toExtend<CacheError['code']>();
// @ts-expect-error: no such code
error.code === 'CACHE_FILE_BROKEN';
