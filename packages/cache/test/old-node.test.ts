import zlib from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { inspectSqlite, sqliteStore } from '../src/stores/sqlite.ts';

const { zstdCompress } = zlib;
const { getBuiltinModule } = process;
afterEach(() => {
  Object.assign(zlib, { zstdCompress });
  Object.assign(process, { getBuiltinModule });
});

const coded = (message: RegExp) =>
  expect.objectContaining({ code: 'CACHE_STORE_UNAVAILABLE', message: expect.stringMatching(message) });

it('a Node without zstd has tiers in memory, and is told what the others take', async () => {
  Object.assign(zlib, { zstdCompress: undefined });
  const tiers = [{ store: memoryStore({ maxEntries: 10 }) }, { store: bufferStore({ maxEntries: 10 }) }];
  const cache = createCache<number>({ tiers });
  await cache.set('key', 1);
  expect(await cache.get('key')).toBe(1);
  await cache.close();
  expect(() => sqliteStore({ path: 'never-made.sqlite' })).toThrow(
    coded(/need Node\.js 22\.18 or newer.*in memory work/),
  );
});

it.each([
  ['that has no SQLite', () => undefined],
  ['too old to be asked for it', undefined],
])('a Node %s is told where a file cannot be looked into', (_, getBuiltinModule) => {
  Object.assign(process, { getBuiltinModule });
  expect(() => inspectSqlite(import.meta.filename)).toThrow(coded(/without SQLite/));
});
