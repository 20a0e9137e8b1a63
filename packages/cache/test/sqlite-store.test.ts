import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it, vi } from 'vitest';
import type { CacheEntry, CacheError, CacheStore } from '../src/index.ts';
import { type SqliteStoreOptions, sqliteStore } from '../src/stores/sqlite.ts';
import { testCacheStore } from '../src/testing.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';

const newPath = temporaryPaths();
const open: CacheStore[] = [];
const start = (options: Partial<SqliteStoreOptions> & { path: string }): CacheStore<Uint8Array> => {
  const store = sqliteStore(options);
  open.push(store);
  return store;
};

afterEach(async () => {
  vi.useRealTimers();
  for (const store of open.splice(0)) await store.close?.();
});

describeHeardAndUnheard('sqliteStore as a store', () => {
  testCacheStore('sqliteStore', ({ now }) => sqliteStore({ path: newPath(), now }));
});
testCacheStore('sqliteStore writing at once', ({ now }) => sqliteStore({ path: newPath(), now, flushMs: 0 }));

const entry = (value: Uint8Array | string, expiresAt = Number.POSITIVE_INFINITY): CacheEntry<Uint8Array> => ({
  value: typeof value === 'string' ? new Uint8Array(Buffer.from(value)) : value,
  createdAt: 1_000,
  expiresAt,
});
const read = (store: CacheStore<Uint8Array>, key: string): string | undefined => {
  const found = store.get(key) as CacheEntry<Uint8Array> | undefined;
  return found === undefined ? undefined : Buffer.from(found.value).toString();
};
/** Bytes that no compression makes smaller, the same every time. */
const noise = (length: number, seed = 1): Uint8Array => {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
};
const withDatabase = (path: string, work: (database: DatabaseSync) => void): void => {
  const database = new DatabaseSync(path);
  try {
    work(database);
  } finally {
    database.close();
  }
};

describeHeardAndUnheard('sqliteStore as a file', () => {
  it('is there again for the next process', async () => {
    const path = newPath();
    const first = start({ path });
    first.set('key', entry('value', 9e15));
    await first.close?.();
    expect(read(start({ path }), 'key')).toBe('value');
  });

  it('creates its folder and file for this user alone', () => {
    const path = newPath();
    start({ path }).set('key', entry('value'));
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('shows what another store on the same file has flushed', () => {
    const path = newPath();
    const [one, other] = [start({ path }), start({ path })];
    one.set('key', entry('one'));
    one.flush?.();
    expect(read(other, 'key')).toBe('one');
    other.delete('key');
    other.flush?.();
    expect(read(one, 'key')).toBeUndefined();
  });

  it('makes values over 4 KB smaller, and only those that get smaller', async () => {
    const path = newPath();
    const store = start({ path });
    const text = 'hotpath '.repeat(2_000);
    store.set('text', entry(text));
    store.set('short', entry('hotpath '.repeat(100)));
    store.set('noise', entry(noise(16_000)));
    store.flush?.();
    withDatabase(path, (database) => {
      const rows = database.prepare('SELECT key, compressed, length(value) AS bytes FROM entries ORDER BY key').all();
      expect(rows).toMatchObject([
        { key: 'noise', compressed: 0, bytes: 16_000 },
        { key: 'short', compressed: 0, bytes: 800 },
        { key: 'text', compressed: 1 },
      ]);
      expect(Number(rows[2]?.bytes)).toBeLessThan(1_000);
    });
    const found = store.get('text') as CacheEntry<Uint8Array>;
    expect(Buffer.from(found.value).toString()).toBe(text);
    expect(found.value.byteLength).toBe(found.value.buffer.byteLength);
  });
});

describeHeardAndUnheard('sqliteStore writes behind', () => {
  it('after flushMs at the latest, in one transaction', () => {
    vi.useFakeTimers();
    const path = newPath();
    const [store, other] = [start({ path, flushMs: 20 }), start({ path })];
    store.set('a', entry('1'));
    store.set('b', entry('2'));
    expect(read(store, 'a')).toBe('1');
    vi.advanceTimersByTime(19);
    expect(read(other, 'a')).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(read(other, 'a')).toBe('1');
    expect(read(other, 'b')).toBe('2');
  });

  it('as soon as 500 entries wait', () => {
    const path = newPath();
    const [store, other] = [start({ path, flushMs: 60_000 }), start({ path })];
    for (let index = 0; index < 499; index += 1) store.set(`key ${index}`, entry('value'));
    expect(read(other, 'key 0')).toBeUndefined();
    store.set('key 499', entry('value'));
    expect(read(other, 'key 0')).toBe('value');
    expect(read(other, 'key 499')).toBe('value');
  });

  it('the last state of a key, a deletion too', () => {
    const path = newPath();
    const [store, other] = [start({ path }), start({ path })];
    store.set('changed', entry('1'));
    store.set('changed', entry('2'));
    store.set('gone', entry('1'));
    store.flush?.();
    store.delete('gone');
    expect(read(store, 'gone')).toBeUndefined();
    expect(read(other, 'gone')).toBe('1');
    store.flush?.();
    expect(read(other, 'gone')).toBeUndefined();
    expect(read(other, 'changed')).toBe('2');
  });

  it('again after a failure, without losing anything', async () => {
    vi.useFakeTimers();
    const path = newPath();
    const onError = vi.fn();
    const store = start({ path, onError });
    withDatabase(path, (locker) => {
      locker.exec('BEGIN IMMEDIATE');
      store.set('key', entry('value'));
      vi.advanceTimersByTime(200);
      expect(read(store, 'key')).toBe('value');
      expect(locker.prepare('SELECT count(*) AS entries FROM entries').get()).toMatchObject({ entries: 0 });
      locker.exec('ROLLBACK');
      vi.advanceTimersByTime(2_000);
      expect(locker.prepare('SELECT count(*) AS entries FROM entries').get()).toMatchObject({ entries: 1 });
    });
    expect(onError).not.toHaveBeenCalled();
    expect((await store.usage()).faults).toBeGreaterThan(0);
  });

  it('gives up after bounded retries, says so, and lets no older value come back', () => {
    vi.useFakeTimers();
    const path = newPath();
    const errors: CacheError[] = [];
    const store = start({ path, onError: (error) => errors.push(error) });
    store.set('key', entry('old'));
    store.flush?.();
    withDatabase(path, (locker) => {
      locker.exec('BEGIN IMMEDIATE');
      store.set('key', entry('new'));
      vi.advanceTimersByTime(10_000);
      locker.exec('ROLLBACK');
    });
    expect(errors.map((error) => error.code)).toEqual(['CACHE_WRITE_FAILED']);
    expect(read(store, 'key')).toBeUndefined();
    vi.advanceTimersByTime(2_000);
    expect(read(start({ path }), 'key')).toBeUndefined();
    store.set('key', entry('newer'));
    store.flush?.();
    expect(read(start({ path }), 'key')).toBe('newer');
  });
});

describeHeardAndUnheard('sqliteStore holds its bound', () => {
  it('by dropping what was written longest ago', async () => {
    const maxBytes = 1024 * 1024;
    const store = start({ path: newPath(), maxBytes });
    for (let index = 0; index < 3_000; index += 1) {
      store.set(`key ${index}`, entry(noise(1_000, index)));
      if (index % 100 === 99) store.flush?.();
    }
    const { bytes, entries, evictions } = await store.usage();
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(entries).toBeGreaterThan(500);
    expect(evictions).toBe(3_000 - entries);
    expect(store.get('key 2999')).toBeDefined();
    expect(store.get(`key ${3_000 - entries}`)).toBeDefined();
    expect(store.get(`key ${3_000 - entries - 1}`)).toBeUndefined();
  });

  it('by dropping expired entries before any other', async () => {
    let time = 1_000;
    const maxBytes = 1024 * 1024;
    const store = start({ path: newPath(), maxBytes, now: () => time });
    for (let index = 0; index < 250; index += 1) store.set(`stays ${index}`, entry(noise(1_000, index)));
    for (let index = 0; index < 450; index += 1) store.set(`dies ${index}`, entry(noise(1_000, index), 2_000));
    store.flush?.();
    time = 3_000;
    for (let index = 0; index < 450; index += 1) {
      store.set(`new ${index}`, entry(noise(1_000, index)));
    }
    store.flush?.();
    const { bytes, evictions } = await store.usage();
    expect(evictions).toBe(0);
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(store.get('new 449')).toBeDefined();
    expect(store.get('stays 0')).toBeDefined();
  });

  it('by refusing an entry larger than a quarter of it', async () => {
    const store = start({ path: newPath(), maxBytes: 400_000 });
    store.set('key', entry('small'));
    store.set('key', entry(noise(100_001)));
    expect(store.get('key')).toBeUndefined();
    store.flush?.();
    expect(store.get('key')).toBeUndefined();
    expect(await store.usage()).toMatchObject({ entries: 0, refused: 1 });
  });
});

describeHeardAndUnheard('sqliteStore tidies up when idle', () => {
  it('copying its log into the file, and giving back the room of what was cleared', { timeout: 30_000 }, async () => {
    const path = newPath();
    const store = start({ path });
    const fileBytes = (): number => statSync(path).size;
    for (let index = 0; index < 12; index += 1) store.set(`key ${index}`, entry(noise(1024 * 1024, index)));
    store.flush?.();
    await vi.waitFor(() => expect(fileBytes()).toBeGreaterThan(12 * 1024 * 1024), { timeout: 10_000 });
    store.clear();
    store.set('key', entry('value'));
    store.flush?.();
    await vi.waitFor(() => expect(fileBytes()).toBeLessThan(9 * 1024 * 1024), { timeout: 10_000 });
    expect(read(store, 'key')).toBe('value');
    expect(await store.usage()).toMatchObject({ entries: 1, faults: 0 });
  });
});

describeHeardAndUnheard('sqliteStore survives damage', () => {
  it('in a value: the row is dropped, reported and a miss', async () => {
    const path = newPath();
    const errors: CacheError[] = [];
    const store = start({ path, onError: (error) => errors.push(error) });
    store.set('key', entry('value'));
    store.set('other', entry('fine'));
    store.flush?.();
    withDatabase(path, (database) => database.exec(`UPDATE entries SET value = x'00' WHERE key = 'key'`));
    expect(store.get('key')).toBeUndefined();
    expect(read(store, 'other')).toBe('fine');
    expect(errors.map((error) => error.code)).toEqual(['CACHE_ENTRY_DAMAGED']);
    store.flush?.();
    expect(await store.usage()).toMatchObject({ entries: 1, damaged: 1 });
  });

  it.each([
    ['its times', `UPDATE entries SET expires_at = 9e15`],
    ['its key', `UPDATE entries SET key = 'key' WHERE key = 'other'`],
    ['its compression', `UPDATE entries SET compressed = 1`],
  ])('in a row by %s', (_what, statement) => {
    const path = newPath();
    const store = start({ path });
    store.set(statement.includes("'other'") ? 'other' : 'key', entry('value', 8e15));
    store.flush?.();
    withDatabase(path, (database) => database.exec(statement));
    expect(store.get('key')).toBeUndefined();
  });

  it('of the whole file at opening: it is moved aside and a new one is used', async () => {
    const path = newPath();
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'this is no database, '.repeat(1_000));
    const errors: CacheError[] = [];
    const store = start({ path, now: () => 77, onError: (error) => errors.push(error) });
    store.set('key', entry('value'));
    await store.close?.();
    expect(readFileSync(`${path}.corrupt-77`, 'utf8')).toContain('this is no database');
    expect(errors.map((error) => error.code)).toEqual(['CACHE_FILE_DAMAGED']);
    expect(read(start({ path }), 'key')).toBe('value');
  });

  it('of the file in use: it goes on in a new one', async () => {
    const path = newPath();
    const first = start({ path });
    for (let index = 0; index < 500; index += 1) first.set(`key ${index}`, entry(noise(1_000, index)));
    await first.close?.();
    const file = readFileSync(path);
    // The header and the schema stay readable, the pages behind them do not.
    file.fill(0xff, 4096 * 3);
    writeFileSync(path, file);
    const errors: CacheError[] = [];
    const store = start({ path, onError: (error) => errors.push(error) });
    for (let index = 0; index < 500; index += 1) expect(store.get(`key ${index}`)).toBeUndefined();
    store.set('key', entry('value'));
    store.flush?.();
    expect(read(store, 'key')).toBe('value');
    expect(errors.some((error) => error.code === 'CACHE_FILE_DAMAGED')).toBe(true);
    expect(readdirSync(dirname(path)).some((file) => file.includes('.corrupt-'))).toBe(true);
  });

  it('of a file that others have open too: its log moves with it, and they follow', async () => {
    const path = newPath();
    const first = start({ path });
    for (let index = 0; index < 500; index += 1) first.set(`key ${index}`, entry(noise(1_000, index)));
    await first.close?.();
    const [one, other] = [start({ path, now: () => 77 }), start({ path })];
    one.set('in the log', entry('value'));
    one.flush?.();
    expect(read(other, 'in the log')).toBe('value');
    const file = readFileSync(path);
    file.fill(0xff, 4096 * 3);
    writeFileSync(path, file);
    for (let index = 0; index < 500; index += 1) one.get(`key ${index}`);
    expect(existsSync(`${path}.corrupt-77-wal`)).toBe(true);
    one.set('new', entry('of one'));
    one.flush?.();
    other.set('newer', entry('of the other'));
    other.flush?.();
    expect(read(one, 'newer')).toBe('of the other');
    expect(read(other, 'new')).toBe('of one');
    expect(await other.usage()).toMatchObject({ entries: 2 });
  });

  it('of a file that somebody deleted: it goes on in a new one', () => {
    const path = newPath();
    const store = start({ path });
    store.set('key', entry('value'));
    store.flush?.();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    store.set('other', entry('value'));
    store.flush?.();
    expect(existsSync(path)).toBe(true);
    expect(read(start({ path }), 'other')).toBe('value');
  });
});

describeHeardAndUnheard('sqliteStore refuses', () => {
  it('a path that cannot be opened, saying what to do', () => {
    const path = newPath();
    mkdirSync(path, { recursive: true });
    expect(() => sqliteStore({ path })).toThrow(
      expect.objectContaining({
        code: 'CACHE_STORE_UNAVAILABLE',
        path,
        message: expect.stringContaining('Choose another path'),
      }),
    );
    for (const unusable of ['/dev/null/cache.db', '/proc/nobody/makes/this/cache.db']) {
      expect(() => sqliteStore({ path: unusable })).toThrow(
        expect.objectContaining({ code: 'CACHE_STORE_UNAVAILABLE' }),
      );
    }
  });

  it('the database of another application, which it leaves alone', () => {
    const path = newPath();
    mkdirSync(dirname(path), { recursive: true });
    withDatabase(path, (database) =>
      database.exec('CREATE TABLE customers (name); INSERT INTO customers VALUES (1); PRAGMA user_version = 1'),
    );
    const before = readFileSync(path);
    expect(() => sqliteStore({ path })).toThrow('a database of another application');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('a file of a newer release, but not one of an older, which it makes anew', () => {
    const path = newPath();
    start({ path }).close?.();
    const layout = (version: number) =>
      withDatabase(path, (database) => database.exec(`PRAGMA user_version = ${version}`));
    layout(99);
    expect(() => sqliteStore({ path })).toThrow('the layout 99 of a newer release');
    withDatabase(path, (database) => database.exec('DROP TABLE entries; CREATE TABLE entries (key, value)'));
    layout(1);
    const store = start({ path });
    store.set('key', entry('value'));
    store.flush?.();
    expect(read(start({ path }), 'key')).toBe('value');
  });

  it('to work after close', async () => {
    const store = start({ path: newPath() });
    await store.close?.();
    expect(() => store.get('key')).toThrow(expect.objectContaining({ code: 'CACHE_STORE_CLOSED' }));
    expect(() => store.set('key', entry('value'))).toThrow(expect.objectContaining({ code: 'CACHE_STORE_CLOSED' }));
  });

  it.each([{ path: '' }, { maxBytes: 1_000 }, { maxBytes: Number.NaN }, { flushMs: -1 }])(
    'the options %o',
    (options) => {
      expect(() => sqliteStore({ path: newPath(), ...options })).toThrow(
        expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }),
      );
    },
  );
});
