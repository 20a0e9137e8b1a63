import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache } from '@hotpath/cache';
import { bufferStore, memoryStore } from '@hotpath/cache/stores/memory';
import { sqliteStore } from '@hotpath/cache/stores/sqlite';
import { LRUCache } from 'lru-cache';
import { bench, do_not_optimize, group, run, summary } from 'mitata';

const count = 1_000;
const keys = Array.from({ length: count }, (_, index) => `user:${index}:profile`);
let turn = 0;
const nextKey = (): string => {
  turn = (turn + 1) % count;
  return keys[turn] ?? '';
};

const map = new Map<string, object>();
const bare = new LRUCache<string, object>({ max: count });
const bareWithTtl = new LRUCache<string, object>({ max: count, ttl: 3_600_000 });
const inMemory = createCache<object>({ tiers: [{ store: memoryStore({ maxEntries: count }) }] });
const withTtl = createCache<object>({ tiers: [{ store: memoryStore({ maxEntries: count }) }], ttlMs: 3_600_000 });
const inBuffers = createCache<object>({ tiers: [{ store: bufferStore({ maxEntries: count }) }] });
for (const key of keys) {
  const value = { name: key, list: [1, 2, 3] };
  map.set(key, value);
  bare.set(key, value);
  bareWithTtl.set(key, value);
  void inMemory.set(key, value);
  void withTtl.set(key, value);
  void inBuffers.set(key, value);
}
const never = (): never => {
  throw new Error('A hit must not load.');
};

group('hit in memory, 1,000 entries', () => {
  summary(() => {
    bench('Map.get', () => do_not_optimize(map.get(nextKey())));
    bench('lru-cache get', () => do_not_optimize(bare.get(nextKey()))).baseline(true);
    bench('peek', () => do_not_optimize(inMemory.peek(nextKey())));
    bench('lru-cache get with ttl', () => do_not_optimize(bareWithTtl.get(nextKey())));
    bench('peek with ttl', () => do_not_optimize(withTtl.peek(nextKey())));
    bench('peek in buffers, decoded', () => do_not_optimize(inBuffers.peek(nextKey())));
  });
});

group('awaited hit, 1,000 entries', () => {
  summary(() => {
    bench('await of a lru-cache get', async () => do_not_optimize(await bare.get(nextKey()))).baseline(true);
    bench('await get', async () => do_not_optimize(await inMemory.get(nextKey())));
    bench('await getOrSet', async () => do_not_optimize(await inMemory.getOrSet(nextKey(), never)));
    bench('await getOrSet with ttl', async () => do_not_optimize(await withTtl.getOrSet(nextKey(), never)));
  });
});

const folder = mkdtempSync(join(tmpdir(), 'hotpath-bench-'));
const disk = sqliteStore({ path: join(folder, 'cache.db') });
const value = new Uint8Array(1_024).map((_, index) => index * 7);
const entry = { value, createdAt: Date.now(), expiresAt: Date.now() + 3_600_000 };
for (const key of keys) disk.set(key, entry);
disk.flush?.();

group('sqlite, 1 KB', () => {
  bench('read', () => do_not_optimize(disk.get(nextKey())));
  bench('1,000 writes behind and their flush', () => {
    for (const key of keys) disk.set(key, entry);
    disk.flush?.();
  });
  bench('one write and its flush', () => {
    disk.set(nextKey(), entry);
    disk.flush?.();
  });
});

await run();
await disk.close?.();
rmSync(folder, { recursive: true, force: true });
