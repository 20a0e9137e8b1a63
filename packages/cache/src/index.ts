export type {
  Cache,
  CacheOptions,
  CacheStats,
  GetOrSetOptions,
  LoadContext,
  Loader,
  SetOptions,
} from './cache.ts';
export { createCache } from './cache.ts';
export type { Codec } from './codec.ts';
export { jsonCodec } from './codec.ts';
export type { CacheErrorCode, CacheErrorFields } from './errors.ts';
export { CacheError } from './errors.ts';
export type {
  EntryDroppedEvent,
  LoadEndEvent,
  LoadStartEvent,
  LookupEndEvent,
  StoreFaultEvent,
  StoreOperation,
} from './events.ts';
export { channels } from './events.ts';
export type { CacheEntry, CacheStore, MaybePromise, StoreCapabilities, StoreUsage } from './store.ts';
export type { TierOptions, TierStats } from './tier.ts';
