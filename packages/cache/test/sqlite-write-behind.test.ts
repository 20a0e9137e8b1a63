import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import type { CacheError } from '../src/index.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { entry, read, sqliteStores, until, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();

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

  it('as soon as 500 entries wait, a slice in each turn of the event loop', async () => {
    const path = newPath();
    const [store, other] = [start({ path, flushMs: 60_000 }), start({ path })];
    const keys = Array.from({ length: 500 }, (_, index) => `key ${index}`);
    const written = (): number => keys.filter((key) => read(other, key) !== undefined).length;
    // Long enough to be compressed, so that one slice never holds them all.
    const value = 'v'.repeat(5_000);
    for (const key of keys.slice(1)) store.set(key, entry(value));
    await nextTurn();
    expect(written()).toBe(0);
    store.set('key 0', entry(value));
    expect(written()).toBe(0);
    const seen = new Set<number>();
    while (written() < 500) {
      seen.add(written());
      await nextTurn();
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  it('keeps the newest state of a key that changes between two slices', async () => {
    const path = newPath();
    const [store, other] = [start({ path, flushMs: 60_000 }), start({ path })];
    const keys = Array.from({ length: 600 }, (_, index) => `key ${index}`);
    for (const key of keys) store.set(key, entry('old'));
    await nextTurn();
    for (const key of keys) store.set(key, entry('new'));
    store.delete('key 7');
    for (const key of keys) expect(read(store, key)).toBe(key === 'key 7' ? undefined : 'new');
    await store.invalidations.settled();
    store.flush();
    for (const key of keys) expect(read(other, key)).toBe(key === 'key 7' ? undefined : 'new');
  });

  it('loses nothing to a flush between two slices', async () => {
    const path = newPath();
    const [store, other] = [start({ path, flushMs: 60_000 }), start({ path })];
    const keys = Array.from({ length: 600 }, (_, index) => `key ${index}`);
    for (const key of keys) store.set(key, entry(key));
    await nextTurn();
    expect(keys.filter((key) => read(other, key) === undefined).length).toBeGreaterThan(0);
    store.flush();
    for (const key of keys) expect(read(other, key)).toBe(key);
    expect(await store.usage()).toMatchObject({ entries: 600, faults: 0 });
  });

  it('forgets the rest of a batch with clear', async () => {
    const path = newPath();
    const [store, other] = [start({ path, flushMs: 60_000 }), start({ path })];
    for (let index = 0; index < 600; index += 1) store.set(`key ${index}`, entry('value'));
    await nextTurn();
    store.clear();
    await nextTurn();
    await nextTurn();
    expect([...other.keys()]).toEqual([]);
  });

  it('writes along where a caller never lets a turn end, so that what waits stays bounded', () => {
    const path = newPath();
    const [store, other] = [start({ path }), start({ path })];
    for (let index = 0; index < 12_000; index += 1) store.set(`key ${index}`, entry('value'));
    let count = 0;
    for (const _key of other.keys()) count += 1;
    expect(count).toBeGreaterThan(1_000);
  });

  it('seals large values in other threads, and at once where that is asked for', async () => {
    const path = newPath();
    const [store, other] = [start({ path, flushMs: 1 }), start({ path })];
    const text = 'hotpath '.repeat(20_000);
    store.set('later', entry(text));
    await until(() => read(other, 'later') !== undefined);
    expect(read(other, 'later')).toBe(text);
    store.set('now', entry(text));
    store.flush();
    expect(read(other, 'now')).toBe(text);
    store.set('changed', entry(text));
    await nextTurn();
    store.set('changed', entry('short'));
    await until(() => read(other, 'changed') === 'short');
    await store.close();
    expect(read(other, 'changed')).toBe('short');
  });

  it('the last state of a key, and a deletion at the end of the turn', async () => {
    const path = newPath();
    const [store, other] = [start({ path, flushMs: 60_000 }), start({ path })];
    store.set('changed', entry('1'));
    store.set('changed', entry('2'));
    store.set('gone', entry('1'));
    store.flush();
    store.set('waits', entry('1'));
    store.delete('gone');
    expect(read(store, 'gone')).toBeUndefined();
    expect(read(other, 'gone')).toBe('1');
    await nextTurn();
    expect(read(other, 'gone')).toBeUndefined();
    expect(read(other, 'waits')).toBeUndefined();
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

  it('a large value too, without waiting for its compression, once the lock is gone', async () => {
    const path = newPath();
    const store = start({ path });
    store.set('first', entry('1'));
    store.flush();
    store.set('large', entry('v'.repeat(400_000)));
    withDatabase(path, (locker) => {
      locker.exec('BEGIN IMMEDIATE');
      expect(() => store.flush()).toThrow('locked');
    });
    const other = start({ path });
    await until(() => read(other, 'large') !== undefined);
  });

  it('gives up after bounded retries, says so, and lets no older value come back', () => {
    vi.useFakeTimers();
    const path = newPath();
    const errors: CacheError[] = [];
    const store = start({ path, onError: (error) => errors.push(error) });
    store.set('key', entry('old'));
    store.flush();
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
    store.flush();
    expect(read(start({ path }), 'key')).toBe('newer');
  });
});
