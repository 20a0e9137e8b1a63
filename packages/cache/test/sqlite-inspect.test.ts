import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CacheEntry } from '../src/store.ts';
import { inspectSqlite, sqliteStore, verifySqlite } from '../src/stores/sqlite.ts';
import { temporaryPaths } from './support/folder.ts';

const newPath = temporaryPaths();
const keyA = 'a'.repeat(64);
const keyB = 'b'.repeat(64);
let path: string;
beforeEach(() => {
  path = newPath();
  mkdirSync(dirname(path));
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const entry = (text: string, more: Partial<CacheEntry<Uint8Array>> = {}): CacheEntry<Uint8Array> => ({
  value: bytes(text),
  createdAt: 0,
  expiresAt: Number.POSITIVE_INFINITY,
  ...more,
});

const fill = async (
  entries: Readonly<Record<string, CacheEntry<Uint8Array>>>,
  options: Partial<Parameters<typeof sqliteStore>[0]> = {},
): Promise<void> => {
  const store = sqliteStore({ path, now: () => 0, ...options });
  for (const [key, each] of Object.entries(entries)) store.set(key, each);
  store.flush();
  store.popularity.record(new Map([['first', 1]]));
  await store.close();
};

const spoil = (key: string): void => {
  const database = new DatabaseSync(path);
  database.prepare('UPDATE entries SET sealed = ? WHERE key = ?').run(new Uint8Array(100), key);
  database.close();
};

describe('inspectSqlite', () => {
  it('counts what is in a file by tag, the expired apart', async () => {
    // Each on its own: within a batch there is no order.
    await fill({ first: entry('1', { tags: ['red', 'large'] }) });
    await fill({ second: entry('2', { tags: ['red'], expiresAt: 1_000 }) });
    await fill({ third: entry('3') });
    await fill({ fourth: entry('4', { tags: ['red', 'blue'], expiresAt: 2_000 }) });
    expect(inspectSqlite(path, { now: () => 1_500, check: true })).toMatchObject({
      entries: 3,
      expired: 1,
      oldestKey: 'first',
      newestKey: 'fourth',
      tags: [
        { tag: 'red', entries: 2 },
        { tag: 'blue', entries: 1 },
        { tag: 'large', entries: 1 },
      ],
      usedKeys: 1,
      problems: [],
    });
    expect(inspectSqlite(path, { now: () => 0 })).toMatchObject({ entries: 4, expired: 0 });
  });

  it('looks while another process writes, and changes nothing', async () => {
    const store = sqliteStore({ path });
    closing.push(() => store.close());
    store.set('seen', entry('1'));
    store.flush();
    store.set('waiting', entry('2'));
    const before = inspectSqlite(path);
    expect(before?.entries).toBe(1);
    expect(before?.logBytes).toBeGreaterThan(0);
    store.flush();
    expect(inspectSqlite(path)?.entries).toBe(2);
  });

  it('makes no file where there is none', () => {
    expect(inspectSqlite(path)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  it('tells of a damaged file and leaves it where it is', () => {
    writeFileSync(path, Buffer.alloc(50_000, 7));
    expect(inspectSqlite(path)).toMatchObject({
      entries: 0,
      fileBytes: 50_000,
      problems: [expect.stringMatching(/./)],
    });
    expect(readdirSync(dirname(path))).toEqual(['cache.db']);
  });

  it('finds damage without counting anything, and nothing in a file that is in order', async () => {
    await fill({ first: entry('1', { tags: ['red'] }) });
    expect(inspectSqlite(path, { figures: false })).toMatchObject({ entries: 0, tags: [], usedKeys: 0, problems: [] });
    // The header is whole, and what follows is not.
    const contents = readFileSync(path).fill(7, 100);
    writeFileSync(path, contents);
    expect(inspectSqlite(path, { figures: false })?.problems).toEqual([expect.stringContaining('malformed')]);
    expect(readFileSync(path).equals(contents)).toBe(true);
  });

  it('names each problem of the structure apart when it checks', async () => {
    await fill(Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`key-${index}`, entry('x'.repeat(500))])));
    const contents = readFileSync(path);
    writeFileSync(
      path,
      contents.fill(7, Math.floor(contents.length * 0.3), Math.floor(contents.length * 0.3) + 65_536),
    );
    expect(inspectSqlite(path, { figures: false })?.problems).toEqual([]);
    const problems = inspectSqlite(path, { figures: false, check: true })?.problems ?? [];
    expect(problems.length).toBeGreaterThan(1);
    for (const problem of problems) expect(problem).not.toMatch(/\n|\*\*\*/);
  });

  it('takes a file that nobody has prepared yet for none', () => {
    writeFileSync(path, '');
    expect(inspectSqlite(path)).toBeUndefined();
  });

  it('says of a folder that it is one', () => {
    mkdirSync(path);
    expect(() => inspectSqlite(path)).toThrow(
      expect.objectContaining({
        code: 'CACHE_STORE_UNAVAILABLE',
        message: expect.stringMatching(/is a folder\. Choose/),
      }),
    );
  });

  it('says what to do about a file that may not be read', async (context) => {
    if (process.getuid?.() === 0 || process.platform === 'win32') return context.skip('this user may read every file');
    await fill({});
    chmodSync(path, 0);
    expect(() => inspectSqlite(path)).toThrow(
      expect.objectContaining({
        code: 'CACHE_STORE_UNAVAILABLE',
        message: expect.stringMatching(/cannot be read \(EACCES.*\)\. Run as the user it belongs to/),
      }),
    );
  });

  it('says what to do about a database that is ours and not whole', async () => {
    await fill({});
    const database = new DatabaseSync(path);
    database.exec('DROP TABLE usage');
    database.close();
    expect(() => inspectSqlite(path)).toThrow(
      expect.objectContaining({
        code: 'CACHE_STORE_UNAVAILABLE',
        message: expect.stringMatching(/cannot be read \(no such table: usage\)\. Run as/),
      }),
    );
  });

  it('refuses a database of another application, and one of another release', async () => {
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE theirs (x)');
    database.close();
    expect(() => inspectSqlite(path)).toThrow(
      expect.objectContaining({
        code: 'CACHE_STORE_UNAVAILABLE',
        message: expect.stringContaining('another application'),
      }),
    );
    path = newPath();
    await fill({});
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => inspectSqlite(path)).toThrow(/layout 99 of another release\. Update to that release/);
    const older = new DatabaseSync(path);
    older.exec('PRAGMA user_version = 0');
    older.close();
    expect(() => inspectSqlite(path)).toThrow(/layout 0 of another release\. Look into it with that release/);
  });
});

describe('verifySqlite', () => {
  it('reads every entry and tells which it cannot read, without dropping them', async () => {
    await fill(Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`key-${index}`, entry(`${index}`)])));
    spoil('key-7');
    const progress: number[] = [];
    const found = await verifySqlite(path, { onProgress: (entries, total) => progress.push(entries, total) });
    expect(found).toEqual({
      entries: 600,
      unreadable: [{ reason: expect.stringContaining('its format is unknown'), entries: 1 }],
      keyIds: [],
    });
    expect(progress).toEqual([256, 600, 512, 600]);
    expect(inspectSqlite(path)?.entries).toBe(600);
  });

  it('tells which keys encrypted how many, and what the given ones cannot read', async () => {
    await fill({ one: entry('1'), two: entry('2') }, { encryption: { keys: { old: keyA }, current: 'old' } });
    await fill({ three: entry('3') }, { encryption: { keys: { old: keyA, new: keyB }, current: 'new' } });
    const keyIds = [
      { keyId: 'old', entries: 2 },
      { keyId: 'new', entries: 1 },
    ];
    expect(await verifySqlite(path, { encryption: { keys: { old: keyA, new: keyB }, current: 'new' } })).toEqual({
      entries: 3,
      unreadable: [],
      keyIds,
    });
    expect(await verifySqlite(path, { encryption: { keys: { new: keyB }, current: 'new' } })).toEqual({
      entries: 3,
      unreadable: [{ reason: expect.stringContaining('not in encryption.keys'), entries: 2 }],
      keyIds,
    });
    expect(await verifySqlite(path)).toMatchObject({ unreadable: [{ entries: 3 }], keyIds });
  });

  it('says what to do about damage, and leaves it where it is', async () => {
    await fill({ one: entry('1') });
    const contents = readFileSync(path).fill(7, 100);
    writeFileSync(path, contents);
    await expect(verifySqlite(path)).rejects.toMatchObject({
      code: 'CACHE_FILE_DAMAGED',
      message: expect.stringMatching(/is damaged \(.*malformed\)\. Stop what uses it/),
    });
    expect(readFileSync(path).equals(contents)).toBe(true);
  });

  it('stops when it is told to', async () => {
    await fill(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key-${index}`, entry(`${index}`)])));
    const controller = new AbortController();
    const reading = verifySqlite(path, { signal: controller.signal, onProgress: () => controller.abort() });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});
