import { rmSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import type { Invalidation } from '../src/store.ts';
import type { SqliteStore } from '../src/stores/sqlite.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { entry, noise, read, sqliteStores, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();

const tag = (name: string): Invalidation => ({ kind: 'tag', name });

/** What a store tells its cache. */
const listen = (store: SqliteStore): { heard: string[]; missed: number; unheard: boolean[] } => {
  const news = { heard: [] as string[], missed: 0, unheard: [] as boolean[] };
  store.invalidations.listen({
    apply: ({ kind, name }) => news.heard.push(`${kind} ${name}`),
    missed: () => {
      news.missed += 1;
    },
    unheard: (isUnheard) => news.unheard.push(isUnheard),
  });
  return news;
};

/** Two stores on one file, as two processes have them. */
const pair = (path = newPath(), options = {}): { one: SqliteStore; other: SqliteStore; path: string } => ({
  one: start({ path, flushMs: 60_000, ...options }),
  other: start({ path, flushMs: 60_000, ...options }),
  path,
});

describeHeardAndUnheard('sqliteStore tells other processes', () => {
  it('what was set, deleted, cleared and invalidated, once and not itself', async () => {
    const { one, other } = pair();
    const [own, news] = [listen(one), listen(other)];
    one.set('set', entry('1'));
    one.set('loaded', entry('1'), 'load');
    one.set('copied', entry('1'), 'copy');
    one.flush();
    one.delete('deleted');
    one.invalidations.add([tag('a'), { kind: 'glob', name: 'user:*' }, { kind: 'namespace', name: 'project' }]);
    one.invalidations.add([{ kind: 'key', name: 'a\ud800b' }]);
    await one.invalidations.settled();
    one.clear();
    expect(news.heard).toEqual([]);
    for (let turn = 0; turn < 3; turn += 1) {
      one.invalidations.poll?.();
      other.invalidations.poll?.();
    }
    expect(news.heard.toSorted()).toEqual(
      ['all ', 'glob user:*', 'key a\ud800b', 'key deleted', 'key set', 'namespace project', 'tag a'].toSorted(),
    );
    expect(own.heard).toEqual([]);
    expect([own.missed, news.missed]).toEqual([0, 0]);
  });

  it('of deletions and invalidations at the end of the turn, and settles then', async () => {
    const { one, other } = pair();
    one.set('key', entry('value', { tags: ['a'] }));
    one.set('other', entry('value'));
    one.flush();
    expect(one.invalidations.settled()).toBeUndefined();
    one.delete('other');
    one.invalidations.add([tag('a')]);
    await one.invalidations.settled();
    expect(read(other, 'other')).toBeUndefined();
    expect(read(other, 'key')).toBe('value');
    other.invalidations.poll?.();
    expect(read(other, 'key')).toBeUndefined();
    expect(one.invalidations.settled()).toBeUndefined();
  });

  it('of a set that was followed by a load before it was written', () => {
    const { one, other } = pair();
    const news = listen(other);
    one.set('key', entry('set'));
    one.set('key', entry('loaded since', { version: one.invalidations.version() }), 'load');
    one.flush();
    other.invalidations.poll?.();
    expect(news.heard).toEqual(['key key']);
    expect(read(other, 'key')).toBe('loaded since');
  });

  it('of a deletion that was followed by a set before it was written', async () => {
    const { one, other } = pair();
    one.set('key', entry('old'));
    one.flush();
    other.invalidations.poll?.();
    const news = listen(other);
    one.delete('key');
    one.set('key', entry('new'));
    await one.invalidations.settled();
    other.invalidations.poll?.();
    expect(news.heard).toEqual(['key key']);
    expect(read(other, 'key')).toBe('new');
  });
});

describeHeardAndUnheard('sqliteStore hands out nothing', () => {
  it.each([
    ['a tag', tag('a'), 'project\u001fkey', ['b', 'a']],
    ['a namespace', { kind: 'namespace', name: 'project' }, 'project\u001fuser\u001fkey', undefined],
    ['a glob', { kind: 'glob', name: 'user:*' }, 'user:1', undefined],
    ['everything', { kind: 'all', name: '' }, 'key', undefined],
  ] as const)(
    'that %s covers, here from the call on, elsewhere when it is told',
    async (_what, invalidation, key, tags) => {
      const { one, other, path } = pair();
      one.set(key, entry('old', { tags, version: one.invalidations.version() }), 'load');
      one.set('stays', entry('value'));
      one.flush();
      const before = other.invalidations.version();
      one.set(key, entry('waits', { tags, version: one.invalidations.version() }), 'load');
      one.invalidations.add([invalidation]);
      expect(read(one, key)).toBeUndefined();
      await one.invalidations.settled();
      expect(read(one, key)).toBeUndefined();
      other.invalidations.poll?.();
      expect(read(other, key)).toBeUndefined();
      expect(other.invalidations.version()).toBeGreaterThan(before);
      // Work that began before ended after.
      other.set(key, entry('late', { tags, version: before }), 'load');
      expect(read(other, key)).toBeUndefined();
      other.flush();
      expect(read(other, key)).toBeUndefined();
      expect(read(one, key)).toBeUndefined();
      // Work that began since.
      other.set(key, entry('new', { tags, version: other.invalidations.version() }), 'load');
      other.flush();
      expect(read(other, key)).toBe('new');
      expect(read(one, key)).toBe('new');
      expect(read(start({ path }), key)).toBe('new');
      if (invalidation.kind !== 'all') expect(read(one, 'stays')).toBe('value');
    },
  );

  it('to a process that starts later, of what was invalidated before', async () => {
    const { one, path } = pair();
    one.set('key', entry('value', { tags: ['a'] }));
    one.flush();
    withDatabase(path, (database) => database.exec('CREATE TABLE kept AS SELECT * FROM entries'));
    one.invalidations.add([tag('a')]);
    await one.invalidations.settled();
    // As if nobody had come to remove the row.
    withDatabase(path, (database) =>
      database.exec('DELETE FROM entries; INSERT INTO entries SELECT * FROM kept; DROP TABLE kept'),
    );
    expect(read(start({ path }), 'key')).toBeUndefined();
  });

  it('of another process that began before an invalidation which is not yet written', () => {
    const { one, other } = pair();
    one.invalidations.add([tag('a')]);
    other.set('key', entry('value', { tags: ['a'], version: other.invalidations.version() }), 'load');
    other.flush();
    expect(read(one, 'key')).toBeUndefined();
  });

  it('loaded by work that began before the key was deleted or set here', () => {
    const { one } = pair();
    const version = one.invalidations.version();
    one.delete('deleted');
    one.set('deleted', entry('stale', { version }), 'load');
    expect(read(one, 'deleted')).toBeUndefined();
    one.set('set', entry('new'));
    one.set('set', entry('stale', { version }), 'load');
    expect(read(one, 'set')).toBe('new');
    one.flush();
    one.set('set', entry('stale', { version }), 'load');
    expect(read(one, 'set')).toBe('new');
    one.set('deleted', entry('fresh', { version: one.invalidations.version() }), 'load');
    expect(read(one, 'deleted')).toBe('fresh');
  });
});

describeHeardAndUnheard('sqliteStore never lets an older write win', () => {
  it('over what others set or deleted while it waited, heard of or not', () => {
    const { one, other } = pair();
    const version = one.invalidations.version();
    for (const key of ['set', 'deleted']) one.set(key, entry('loaded', { version }), 'load');
    one.set('both', entry('older'));
    other.set('set', entry('newer'));
    other.set('both', entry('newer'));
    other.delete('deleted');
    other.flush();
    one.flush();
    expect(['set', 'deleted', 'both'].map((key) => read(one, key))).toEqual(['newer', undefined, 'newer']);
    expect(['set', 'deleted', 'both'].map((key) => read(other, key))).toEqual(['newer', undefined, 'newer']);
  });

  it('over a clear', () => {
    const { one, other } = pair();
    one.set('key', entry('loaded', { version: one.invalidations.version() }), 'load');
    other.clear();
    one.flush();
    expect(read(one, 'key')).toBeUndefined();
    expect(read(other, 'key')).toBeUndefined();
  });

  it('but deletes what it was told to delete', async () => {
    const { one, other } = pair();
    other.set('key', entry('value'));
    other.flush();
    one.delete('key');
    other.set('key', entry('newer'));
    other.flush();
    await one.invalidations.settled();
    expect(read(one, 'key')).toBeUndefined();
  });

  it('and refuses the write of an older lease', () => {
    const { one, other } = pair();
    one.set('key', entry('slow', { fence: 1 }), 'load');
    other.set('key', entry('quick', { fence: 2 }), 'load');
    other.flush();
    one.flush();
    expect(read(one, 'key')).toBe('quick');
    one.set('key', entry('next', { fence: 3 }), 'load');
    one.flush();
    expect(read(other, 'key')).toBe('next');
  });
});

describeHeardAndUnheard('sqliteStore says that it missed something', () => {
  it('when the log was trimmed before it was read', () => {
    const { one, other } = pair(newPath(), { maxBytes: 262_144 });
    const news = listen(other);
    const version = other.invalidations.version();
    for (let index = 0; index < 400; index += 1) {
      one.set(`key ${index} ${'long '.repeat(40)}`, entry('value'));
      one.flush();
    }
    other.invalidations.poll?.();
    expect(news.missed).toBe(1);
    other.set('key', entry('stale', { version }), 'load');
    expect(read(other, 'key')).toBeUndefined();
    one.delete('seen');
    one.flush();
    other.invalidations.poll?.();
    expect(news.heard).toEqual(['key seen']);
  });

  it('when another file has taken the place of its own, and numbers on above the old ones', async () => {
    const { one, path } = pair();
    const news = listen(one);
    for (let index = 0; index < 50; index += 1) {
      one.set('key', entry(`${index}`));
      one.flush();
    }
    const version = one.invalidations.version();
    one.set('waits', entry('set'));
    one.set('loads', entry('loaded', { version: one.invalidations.version() }), 'load');
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    const other = start({ path, flushMs: 60_000 });
    one.flush();
    expect(news.missed).toBe(1);
    expect(one.invalidations.version()).toBeGreaterThan(version);
    expect(read(other, 'waits')).toBe('set');
    expect(read(other, 'loads')).toBeUndefined();
    one.set('tagged', entry('value', { tags: ['a'], version: one.invalidations.version() }), 'load');
    one.flush();
    other.invalidations.poll?.();
    expect(read(other, 'tagged')).toBe('value');
    const begun = one.invalidations.version();
    other.invalidations.add([tag('a')]);
    await other.invalidations.settled();
    one.invalidations.poll?.();
    expect(read(one, 'tagged')).toBeUndefined();
    one.set('late', entry('value', { tags: ['a'], version: begun }), 'load');
    expect(read(one, 'late')).toBeUndefined();
    expect(news.heard).toContain('tag a');
  });

  it('and that it cannot hear, when the file cannot be read', () => {
    vi.useFakeTimers();
    const { one, path } = pair();
    const news = listen(one);
    withDatabase(path, (locker) => locker.exec('PRAGMA user_version = 99'));
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    withDatabase(path, (foreign) => foreign.exec('CREATE TABLE customers (name)'));
    for (let second = 0; second < 4; second += 1) {
      vi.advanceTimersByTime(1_000);
      expect(() => one.invalidations.poll?.()).toThrow('a database of another application');
    }
    expect(news.unheard).toEqual([true]);
    rmSync(path);
    vi.advanceTimersByTime(1_001);
    one.invalidations.poll?.();
    expect(news.unheard).toEqual([true, false]);
    expect(news.missed).toBe(1);
  });
});

describeHeardAndUnheard('sqliteStore holds invalidations under a lock', () => {
  it('here at once, for others when the lock is gone', async () => {
    const { one, other, path } = pair();
    for (const key of ['deleted', 'tagged', 'stays']) one.set(key, entry('value', { tags: [key] }));
    one.flush();
    let settled = false;
    let settling: unknown;
    withDatabase(path, (locker) => {
      locker.exec('BEGIN IMMEDIATE');
      one.delete('deleted');
      one.invalidations.add([tag('tagged')]);
      settling = Promise.resolve(one.invalidations.settled()).then(() => {
        settled = true;
      });
      expect(read(one, 'deleted')).toBeUndefined();
      expect(read(one, 'tagged')).toBeUndefined();
      expect(read(one, 'stays')).toBe('value');
    });
    await nextTurn();
    await settling;
    expect(settled).toBe(true);
    other.invalidations.poll?.();
    expect(['deleted', 'tagged', 'stays'].map((key) => read(other, key))).toEqual([undefined, undefined, 'value']);
  });

  it('and rejects who waits for them when it gives up or closes, but goes on trying', async () => {
    vi.useFakeTimers();
    const { one, other, path } = pair();
    one.set('key', entry('value'));
    one.flush();
    const outcomes: string[] = [];
    const settle = (): void => {
      Promise.resolve(one.invalidations.settled()).then(
        () => outcomes.push('settled'),
        (error) => outcomes.push(error.code),
      );
    };
    const locker = withDatabase(path, (database) => {
      database.exec('BEGIN IMMEDIATE');
      one.delete('key');
      settle();
      vi.advanceTimersByTime(60_000);
      return database;
    });
    expect(locker.isOpen).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(outcomes).toEqual(['CACHE_WRITE_FAILED']);
    expect(read(other, 'key')).toBeUndefined();
  });

  it('and clears, in the end', async () => {
    vi.useFakeTimers();
    const { one, other, path } = pair();
    one.set('key', entry('value'));
    one.flush();
    withDatabase(path, (database) => {
      database.exec('BEGIN IMMEDIATE');
      expect(() => one.clear()).toThrow('locked');
      expect(read(one, 'key')).toBeUndefined();
    });
    await vi.advanceTimersByTimeAsync(3_000);
    other.invalidations.poll?.();
    expect(read(other, 'key')).toBeUndefined();
  });
});

describeHeardAndUnheard('sqliteStore bounds what it remembers', () => {
  it('of tags, beyond which older entries count as invalid and newer ones do not', { timeout: 30_000 }, async () => {
    const { one, path } = pair();
    one.set('old', entry('value', { tags: ['z'], version: one.invalidations.version() }), 'load');
    one.flush();
    for (let round = 0; round < 50; round += 1) {
      one.invalidations.add(Array.from({ length: 256 }, (_, index) => tag(`${round} ${index}`)));
      await one.invalidations.settled();
    }
    one.set('new', entry('value', { tags: ['z'], version: one.invalidations.version() }), 'load');
    one.flush();
    const known = withDatabase(
      path,
      (database) => database.prepare('SELECT count(*) AS known FROM scopes').get()?.known,
    );
    expect(Number(known)).toBeLessThanOrEqual(10_300);
    const later = start({ path });
    expect(read(later, 'old')).toBeUndefined();
    expect(read(later, 'new')).toBe('value');
  });

  it('of the log, by its bytes', () => {
    const path = newPath();
    const one = start({ path, maxBytes: 262_144 });
    for (let index = 0; index < 600; index += 1) {
      one.set(`key ${index} ${'long '.repeat(40)}`, entry(noise(50)));
      one.flush();
    }
    const bytes = withDatabase(path, (database) =>
      Number(database.prepare('SELECT sum(length(names)) AS bytes FROM changes').get()?.bytes),
    );
    expect(bytes).toBeLessThan(64 * 1024);
  });
});
