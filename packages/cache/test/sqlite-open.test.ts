import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { sqliteStore } from '../src/stores/sqlite.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { entry, read, sqliteStores, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();

it('makes all the folders that are missing, for this user alone', async () => {
  const folder = newPath();
  await sqliteStore({ path: join(folder, 'deeper', 'cache.db') }).close();
  for (const made of [folder, join(folder, 'deeper')]) expect(statSync(made).mode & 0o777).toBe(0o700);
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
    start({ path }).close();
    const layout = (version: number) =>
      withDatabase(path, (database) => database.exec(`PRAGMA user_version = ${version}`));
    layout(99);
    expect(() => sqliteStore({ path })).toThrow('the layout 99 of a newer release');
    withDatabase(path, (database) => database.exec('DROP TABLE entries; CREATE TABLE entries (key, value)'));
    layout(1);
    const store = start({ path });
    store.set('key', entry('value'));
    store.flush();
    expect(read(start({ path }), 'key')).toBe('value');
  });

  it('to work after close', async () => {
    const store = start({ path: newPath() });
    await store.close();
    expect(() => store.get('key')).toThrow(expect.objectContaining({ code: 'CACHE_STORE_CLOSED' }));
    expect(() => store.set('key', entry('value'))).toThrow(expect.objectContaining({ code: 'CACHE_STORE_CLOSED' }));
  });

  it.each([{ path: '' }, { maxBytes: 1_000 }, { maxBytes: Number.NaN }, { flushMs: -1 }, { compressFromBytes: -1 }])(
    'the options %o',
    (options) => {
      expect(() => sqliteStore({ path: newPath(), ...options })).toThrow(
        expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }),
      );
    },
  );
});
