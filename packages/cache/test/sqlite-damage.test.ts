import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import type { CacheError } from '../src/index.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { entry, noise, read, sqliteStores, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();

describeHeardAndUnheard('sqliteStore survives damage', () => {
  it('in a value: the row is dropped, reported and a miss', async () => {
    const path = newPath();
    const errors: CacheError[] = [];
    const store = start({ path, onError: (error) => errors.push(error) });
    store.set('key', entry('value'));
    store.set('other', entry('fine'));
    store.flush();
    withDatabase(path, (database) => database.exec(`UPDATE entries SET sealed = x'00' WHERE key = 'key'`));
    expect(store.get('key')).toBeUndefined();
    expect(read(store, 'other')).toBe('fine');
    expect(errors.map((error) => error.code)).toEqual(['CACHE_ENTRY_DAMAGED']);
    store.flush();
    expect(await store.usage()).toMatchObject({ entries: 1, damaged: 1 });
  });

  it.each([
    ['its key', `UPDATE entries SET key = 'key' WHERE key = 'other'`],
    ['its bytes', `UPDATE entries SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB)`],
  ])('in a row by %s', (_what, statement) => {
    const path = newPath();
    const store = start({ path });
    store.set(statement.includes("'other'") ? 'other' : 'key', entry('value', { expiresAt: 8e15 }));
    store.flush();
    withDatabase(path, (database) => database.exec(statement));
    expect(store.get('key')).toBeUndefined();
  });

  it('in the time of expiry that SQL goes by: it lengthens no life', () => {
    const path = newPath();
    let time = 1_000;
    const store = start({ path, now: () => time });
    store.set('key', entry('value', { expiresAt: 2_000 }));
    store.flush();
    withDatabase(path, (database) => database.exec('UPDATE entries SET expires_at = 9e15'));
    expect(read(store, 'key')).toBe('value');
    time = 2_000;
    expect(store.get('key')).toBeUndefined();
  });

  it('of the whole file at opening: it is moved aside and a new one is used', async () => {
    const path = newPath();
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'this is no database, '.repeat(1_000));
    const errors: CacheError[] = [];
    const store = start({ path, now: () => 77, onError: (error) => errors.push(error) });
    store.set('key', entry('value'));
    await store.close();
    expect(readFileSync(`${path}.corrupt-77`, 'utf8')).toContain('this is no database');
    expect(errors.map((error) => error.code)).toEqual(['CACHE_FILE_DAMAGED']);
    expect(read(start({ path }), 'key')).toBe('value');
  });

  it('of the file again and again: only the newest of those moved aside is kept', async () => {
    const path = newPath();
    for (const time of [77, 78, 79]) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'this is no database, '.repeat(1_000));
      await start({ path, now: () => time }).close();
    }
    expect(readdirSync(dirname(path)).sort()).toEqual(['cache.db', 'cache.db.corrupt-79']);
  });

  it('of the file in use: it goes on in a new one', async () => {
    const path = newPath();
    const first = start({ path });
    for (let index = 0; index < 500; index += 1) first.set(`key ${index}`, entry(noise(1_000, index)));
    await first.close();
    const file = readFileSync(path);
    // The header and the schema stay readable, the pages behind them do not.
    file.fill(0xff, 4096 * 3);
    writeFileSync(path, file);
    const errors: CacheError[] = [];
    const store = start({ path, onError: (error) => errors.push(error) });
    for (let index = 0; index < 500; index += 1) expect(store.get(`key ${index}`)).toBeUndefined();
    store.set('key', entry('value'));
    store.flush();
    expect(read(store, 'key')).toBe('value');
    expect(errors.some((error) => error.code === 'CACHE_FILE_DAMAGED')).toBe(true);
    expect(readdirSync(dirname(path)).some((file) => file.includes('.corrupt-'))).toBe(true);
  });

  it('of a file that others have open too: its log moves with it, and they follow', async () => {
    const path = newPath();
    const first = start({ path });
    for (let index = 0; index < 500; index += 1) first.set(`key ${index}`, entry(noise(1_000, index)));
    await first.close();
    const [one, other] = [start({ path, now: () => 77 }), start({ path })];
    one.set('in the log', entry('value'));
    one.flush();
    expect(read(other, 'in the log')).toBe('value');
    const file = readFileSync(path);
    file.fill(0xff, 4096 * 3);
    writeFileSync(path, file);
    for (let index = 0; index < 500; index += 1) one.get(`key ${index}`);
    expect(existsSync(`${path}.corrupt-77-wal`)).toBe(true);
    one.set('new', entry('of one'));
    one.flush();
    other.set('newer', entry('of the other'));
    other.flush();
    expect(read(one, 'newer')).toBe('of the other');
    expect(read(other, 'new')).toBe('of one');
    expect(await other.usage()).toMatchObject({ entries: 2 });
  });

  it('of a file that somebody deleted: it goes on in a new one', () => {
    const path = newPath();
    const store = start({ path });
    store.set('key', entry('value'));
    store.flush();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    store.set('other', entry('value'));
    store.flush();
    expect(existsSync(path)).toBe(true);
    expect(read(start({ path }), 'other')).toBe('value');
  });
});
