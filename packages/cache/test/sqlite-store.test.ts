import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import type { CacheEntry } from '../src/index.ts';
import { sqliteStore } from '../src/stores/sqlite.ts';
import { testCacheStore } from '../src/testing.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { entry, noise, read, sqliteStores, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();

describeHeardAndUnheard('sqliteStore as a store', () => {
  testCacheStore('sqliteStore', ({ now }) => sqliteStore({ path: newPath(), now }));
  testCacheStore('sqliteStore writing at once', ({ now }) => sqliteStore({ path: newPath(), now, flushMs: 0 }));
  testCacheStore('sqliteStore with encryption', ({ now }) =>
    sqliteStore({ path: newPath(), now, encryption: { keys: { one: new Uint8Array(32).fill(7) }, current: 'one' } }),
  );
});

describeHeardAndUnheard('sqliteStore as a file', () => {
  it('is there again for the next process', async () => {
    const path = newPath();
    const first = start({ path });
    first.set('key', entry('value', { expiresAt: 9e15 }));
    await first.close();
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
    one.flush();
    expect(read(other, 'key')).toBe('one');
    other.delete('key');
    other.flush();
    expect(read(one, 'key')).toBeUndefined();
  });

  it('makes values over 4 KB smaller, and only those that get smaller', async () => {
    const path = newPath();
    const store = start({ path });
    const text = 'hotpath '.repeat(2_000);
    store.set('text', entry(text));
    store.set('short', entry('hotpath '.repeat(100)));
    store.set('noise', entry(noise(16_000)));
    store.flush();
    withDatabase(path, (database) => {
      const rows = database.prepare('SELECT key, length(sealed) AS bytes FROM entries ORDER BY key').all();
      const bytes = Object.fromEntries(rows.map((row) => [row.key, Number(row.bytes)]));
      expect(bytes.text).toBeLessThan(1_000);
      expect(bytes.short).toBeGreaterThan(800);
      expect(bytes.noise).toBeGreaterThan(16_000);
    });
    const found = store.get('text') as CacheEntry<Uint8Array>;
    expect(Buffer.from(found.value).toString()).toBe(text);
    expect(found.value.byteLength).toBe(found.value.buffer.byteLength);
  });

  it('compresses from the size that it is given', () => {
    const bytesOf = (compressFromBytes: number): number => {
      const path = newPath();
      const store = start({ path, compressFromBytes });
      store.set('text', entry('hotpath '.repeat(2_000)));
      store.flush();
      return withDatabase(path, (database) =>
        Number(database.prepare('SELECT length(sealed) AS bytes FROM entries').get()?.bytes),
      );
    };
    expect(bytesOf(Number.POSITIVE_INFINITY)).toBeGreaterThan(16_000);
    expect(bytesOf(1_000)).toBeLessThan(1_000);
  });

  it('gives back all fields of an entry, from memory and from the file', () => {
    const store = start({ path: newPath(), now: () => 1_000 });
    const fields = {
      expiresAt: 9e15,
      staleAt: 5_000,
      loadMs: 12.5,
      costUsd: 0.002,
      tags: ['a', 'b'],
      absent: false,
      fence: 7,
    };
    store.set('key', entry('value', fields));
    expect(store.get('key')).toMatchObject(fields);
    store.flush();
    expect(store.get('key')).toMatchObject(fields);
  });

  it('hides the values of an encrypted file, reads on after a rotation and leaves what it has no key for', () => {
    const path = newPath();
    const [old, fresh] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const first = start({ path, encryption: { keys: { old }, current: 'old' } });
    first.set('key', entry('nobody may read this'));
    first.flush();
    expect(readFileSync(path).includes('nobody may read')).toBe(false);
    expect(readFileSync(`${path}-wal`).includes('nobody may read')).toBe(false);
    const rotated = start({ path, encryption: { keys: { old, fresh }, current: 'fresh' } });
    expect(read(rotated, 'key')).toBe('nobody may read this');
    const errors: string[] = [];
    const stranger = start({ path, onError: ({ code }) => errors.push(code) });
    expect(read(stranger, 'key')).toBeUndefined();
    expect(errors).toEqual([]);
    expect(stranger.usage()).toMatchObject({ damaged: 0, faults: 1 });
    stranger.flush();
    // A wrong configuration is put right again, and nothing is lost.
    expect(read(rotated, 'key')).toBe('nobody may read this');
  });

  it('lists its live keys, those that wait too', () => {
    let time = 1_000;
    const store = start({ path: newPath(), now: () => time });
    for (let index = 0; index < 700; index += 1) store.set(`key ${index}`, entry('value'));
    store.set('dies', entry('value', { expiresAt: 2_000 }));
    store.set('a\ud800b', entry('value'));
    store.flush();
    store.delete('key 0');
    store.set('key 1', entry('newer'));
    store.set('waits', entry('value'));
    time = 3_000;
    const keys = [...store.keys()];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.sort()).toEqual(
      [...Array.from({ length: 699 }, (_, index) => `key ${index + 1}`), 'a\ud800b', 'waits'].sort(),
    );
  });

  it('counts on while others write', async () => {
    const path = newPath();
    const [one, other] = [start({ path }), start({ path })];
    one.set('a', entry('1'));
    one.flush();
    expect((await one.usage()).entries).toBe(1);
    other.set('b', entry('2'));
    other.flush();
    one.set('c', entry('3'));
    one.flush();
    one.delete('a');
    expect(await one.usage()).toMatchObject({ entries: 2, maxBytes: 1024 ** 3 });
    one.flush();
    expect((await one.usage()).entries).toBe(2);
    expect((await other.usage()).entries).toBe(2);
  });
});
