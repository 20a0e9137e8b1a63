export type { Cache, CacheOptions } from './cache.ts';
export { createCache } from './cache.ts';
export type { Codec } from './codec.ts';
export { jsonCodec } from './codec.ts';
export type { CacheErrorCode, CacheErrorFields } from './errors.ts';
export { CacheError } from './errors.ts';
export type {
  EntryDroppedEvent,
  InvalidationEndEvent,
  LoadEndEvent,
  LoadStartEvent,
  LookupEndEvent,
  StoreFaultEvent,
  StoreOperation,
} from './events.ts';
export { channels } from './events.ts';
export { compileGlob } from './glob.ts';
export type { LoadContext, Loader } from './loads.ts';
export type { CacheNamespace } from './namespace.ts';
export type { CacheDefaults, EntryOptions, GetOrSetOptions, SetOptions } from './options.ts';
export type { StandardSchema } from './schema.ts';
export { namespaceEnd } from './scopes.ts';
export type { CacheStats, TierStats } from './statistics.ts';
export type {
  CacheEntry,
  CacheStore,
  Invalidation,
  InvalidationKind,
  InvalidationListener,
  InvalidationLog,
  LeaseTable,
  MaybePromise,
  StoreCapabilities,
  StoreUsage,
  UsageLog,
  WriteOrigin,
} from './store.ts';
export type { TierOptions } from './tier.ts';
export type { WarmOptions, WarmResult } from './warm.ts';
export type { WrapOptions } from './wrap.ts';
