import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { type CacheError, createCache } from '../src/index.ts';
import type { SqliteStoreOptions } from '../src/stores/sqlite.ts';
import { createTieredCache } from '../src/tiered.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { entry, noise, read, sqliteStores, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();
const damagePolicy = 'fail';
const damaged = expect.objectContaining({ code: 'CACHE_FILE_DAMAGED', store: 'sqlite' });

const fill = async (path: string): Promise<void> => {
  const store = start({ path });
  for (let index = 0; index < 500; index += 1) store.set(`key ${index}`, entry(noise(1_000, index)));
  await store.popularity.record(new Map([['key 1', 1]]));
  await store.close();
};

/** Makes a page of the file unreadable: the one in which this table begins. */
const spoil = (path: string, table: string): Buffer => {
  const { page, bytes } = withDatabase(path, (database) => ({
    page: Number(database.prepare('SELECT rootpage AS page FROM sqlite_schema WHERE name = ?').get(table)?.page),
    bytes: Number(database.prepare('PRAGMA page_size').get()?.page_size),
  }));
  const file = readFileSync(path).fill(0xff, (page - 1) * bytes, page * bytes);
  writeFileSync(path, file);
  return file;
};

const expectUntouched = (path: string, file: Buffer): void => {
  expect(readFileSync(path).equals(file)).toBe(true);
  expect(readdirSync(dirname(path))).toEqual(['cache.db']);
};

describeHeardAndUnheard('sqliteStore with the damage policy "fail"', () => {
  it('throws from each call that meets damage behind the beginning of the file, which stays as it is', async () => {
    const path = newPath();
    await fill(path);
    const file = spoil(path, 'entries');
    const errors: CacheError[] = [];
    const store = start({ path, damagePolicy, onError: (error) => errors.push(error) });
    for (let round = 0; round < 2; round += 1) {
      expect(() => store.get('key 1')).toThrow(damaged);
      expect(() => store.getMany?.(['key 1', 'key 2'])).toThrow(damaged);
      expect(() => [...store.keys()]).toThrow(damaged);
    }
    await store.close();
    expect(errors).toEqual([]);
    expectUntouched(path, file);

    // Another, whose it is, moves it aside.
    start({ path, now: () => 77 }).get('key 1');
    expect(readdirSync(dirname(path))).toContain('cache.db.corrupt-77');
  });

  it('answers what the damage does not concern', async () => {
    const path = newPath();
    await fill(path);
    const file = spoil(path, 'usage');
    const store = start({ path, damagePolicy });
    expect(store.get('key 1')).toMatchObject({ value: noise(1_000, 1) });
    expect(() => store.popularity.top(10)).toThrow(damaged);
    expect(store.get('key 2')).toMatchObject({ value: noise(1_000, 2) });
    await store.close();
    expectUntouched(path, file);
  });

  it.each([
    ['its beginning', (path: string) => writeFileSync(path, readFileSync(path).fill(0x07, 0, 100))],
    ['what is read when it is opened', (path: string) => spoil(path, 'scopes')],
  ])('throws when it is opened, for damage to %s', async (_what, damage) => {
    const path = newPath();
    await fill(path);
    damage(path);
    const file = readFileSync(path);
    expect(() => start({ path, damagePolicy })).toThrow(damaged);
    const disk = { path, damagePolicy } as const;
    await expect(createTieredCache({ disk })).rejects.toEqual(damaged);
    const told: unknown[] = [];
    await using cache = await createTieredCache<string>({ disk, onUnavailable: (error) => told.push(error) });
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded');
    expect(told).toEqual([damaged]);
    expectUntouched(path, file);
  });

  it('leaves an entry that is damaged in the file, and tells of it', async () => {
    const path = newPath();
    const first = start({ path });
    first.set('key', entry('value'));
    first.set('other', entry('fine'));
    await first.close();
    withDatabase(path, (database) => database.exec(`UPDATE entries SET sealed = x'00' WHERE key = 'key'`));
    const file = readFileSync(path);
    const errors: CacheError[] = [];
    const store = start({ path, damagePolicy, onError: (error) => errors.push(error) });
    expect(store.get('key')).toBeUndefined();
    expect(read(store, 'other')).toBe('fine');
    store.flush();
    expect(store.usage()).toMatchObject({ entries: 2, damaged: 1 });
    await store.close();
    expect(errors.map(({ code }) => code)).toEqual(['CACHE_ENTRY_DAMAGED']);
    expectUntouched(path, file);
  });

  it('fails no caller of a cache above it', async () => {
    const path = newPath();
    await fill(path);
    spoil(path, 'entries');
    await using cache = createCache<string>({ tiers: [{ store: start({ path, damagePolicy }) }] });
    expect(await cache.getOrSet('key 1', () => 'loaded')).toBe('loaded');
    expect((await cache.stats()).tiers[0]?.errors).toBeGreaterThan(0);
    expect(readdirSync(dirname(path)).filter((name) => name.includes('corrupt'))).toEqual([]);
  });

  it('is one of two', () => {
    const path = newPath();
    mkdirSync(dirname(path), { recursive: true });
    const options = { path, damagePolicy: 'repair' } as unknown as SqliteStoreOptions;
    expect(() => start(options)).toThrow("damagePolicy is repair: give 'move-aside' or 'fail'.");
    expect(readdirSync(dirname(path))).toEqual([]);
  });
});
