import { type Cache, type CacheOptions, type CacheStore, createCache } from '../../src/index.ts';
import { memoryStore } from '../../src/stores/memory.ts';
import { type Clock, testClock } from './clock.ts';

/** A cache of one memory tier, with a clock that the test moves; draws are 0 unless said otherwise. */
export const expiringCache = (
  options: Partial<CacheOptions<string>> = {},
): Clock & { readonly cache: Cache<string>; readonly store: CacheStore } => {
  const clock = testClock();
  const store = memoryStore({ now: clock.now });
  const cache = createCache<string>({ tiers: [{ store }], now: clock.now, random: () => 0, ...options });
  return { ...clock, store, cache };
};

export const failing = (): Promise<string> => Promise.reject(new Error('upstream'));
