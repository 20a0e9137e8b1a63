import { existsSync, mkdirSync, readdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { overlap, type Place } from '../../src/lock/place.ts';
import { type Locks, openLocks } from '../../src/lock.ts';
import { tempFolder } from '../support/temp-folder.ts';

const newLocks = (): { locks: Locks; folder: string; at: (path: string) => string } => {
  const base = tempFolder();
  const folder = join(base, 'state', 'locks');
  const at = (path: string): string => {
    const made = join(base, 'work', path);
    mkdirSync(made, { recursive: true });
    return made;
  };
  return { locks: openLocks({ folder }), folder, at };
};
const taken = expect.objectContaining({ code: 'BATCH_LOCKED', run: 'first' });

describe('a lock on a folder', () => {
  it('keeps others off it until it is let go of', async () => {
    const { locks, folder, at } = newLocks();
    const release = await locks.acquire(at('a'), 'first');
    await expect(locks.acquire(at('a'), 'second')).rejects.toEqual(taken);
    await expect(openLocks({ folder }).acquire(at('a'), 'second')).rejects.toEqual(taken);
    release();
    const again = await locks.acquire(at('a'), 'second');
    // The first one's hand is off it.
    release();
    await expect(locks.acquire(at('a'), 'third')).rejects.toMatchObject({ code: 'BATCH_LOCKED', run: 'second' });
    again();
  });

  it('tells which runs have one, and makes nothing where there are none', async () => {
    const { locks, folder, at } = newLocks();
    expect(locks.holding()).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    const release = await locks.acquire(at('a'), 'first');
    (await locks.acquire(at('b'), 'second'))();
    (await locks.acquire(at('c'), 'third'))();
    expect(openLocks({ folder }).holding()).toEqual(['first']);
    // To look at it takes nobody's lock away.
    await expect(locks.acquire(at('a'), 'second')).rejects.toEqual(taken);
    release();
    expect(locks.holding()).toEqual([]);
  });

  it('keeps them off what is within it and around it, and off nothing else', async () => {
    const { locks, at } = newLocks();
    const release = await locks.acquire(at('a/b'), 'first');
    for (const path of ['a/b/c/d', 'a', '.']) await expect(locks.acquire(at(path), 'second')).rejects.toEqual(taken);
    for (const path of ['a/bc', 'a/..b', 'c']) (await locks.acquire(at(path), 'second'))();
    release();
    (await locks.acquire(at('a'), 'second'))();
  });

  it('is on the folder that a link leads to', async () => {
    const { locks, at } = newLocks();
    const link = join(at('.'), 'link');
    symlinkSync(at('a'), link);
    const release = await locks.acquire(link, 'first');
    for (const path of [at('a'), join(at('.'), 'c', '..', 'a'), join(link, 'missing'), at('.')])
      await expect(locks.acquire(path, 'second')).rejects.toEqual(taken);
    release();
    const other = await locks.acquire(at('a/b'), 'first');
    await expect(locks.acquire(link, 'second')).rejects.toEqual(taken);
    other();
  });

  it('is on a folder that is still to be made', async () => {
    const { locks, at } = newLocks();
    const missing = join(at('a'), 'missing');
    const release = await locks.acquire(missing, 'first');
    await expect(locks.acquire(at('a'), 'second')).rejects.toEqual(taken);
    (await locks.acquire(at('a/other'), 'second'))();
    const link = join(at('.'), 'link');
    symlinkSync(at('a'), link);
    await expect(locks.acquire(join(link, 'missing', 'within'), 'second')).rejects.toEqual(taken);
    mkdirSync(missing);
    await expect(locks.acquire(missing, 'second')).rejects.toEqual(taken);
    release();
  });

  it('leaves nothing behind that says something, nor anything that others may read', async () => {
    const { locks, folder, at } = newLocks();
    const release = await locks.acquire(at('a'), 'first');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    release();
    expect(readdirSync(folder)).toEqual(['gate.lock']);
  });

  it('does not mind notes of owners that are gone, or half of one', async () => {
    const { locks, folder, at } = newLocks();
    (await locks.acquire(at('c'), 'first'))();
    const place: Place = { path: realpathSync(at('a')), around: [] };
    writeFileSync(join(folder, 'gone.json'), JSON.stringify({ place, run: 'gone', pid: process.pid }));
    writeFileSync(join(folder, 'half.json'), '{"place":{"pa');
    const release = await locks.acquire(at('a'), 'first');
    expect(readdirSync(folder).filter((file) => /^(gone|half)/.test(file))).toEqual([]);
    release();
  });

  it('is to be tried for again where others take theirs for too long', async () => {
    const { locks, folder, at } = newLocks();
    (await locks.acquire(at('a'), 'first'))();
    const other = new DatabaseSync(join(folder, 'gate.lock'));
    onTestFinished(() => other.close());
    other.exec('BEGIN EXCLUSIVE');
    await expect(openLocks({ folder, busyMs: 10 }).acquire(at('a'), 'second')).rejects.toMatchObject({
      code: 'BATCH_LOCK_UNUSABLE',
      isRetryable: true,
      message: expect.stringContaining('try again'),
    });
  });

  it('cannot be had where there is no place for it', async () => {
    const base = tempFolder();
    writeFileSync(join(base, 'file'), '');
    const folder = join(base, 'file', 'locks');
    await expect(openLocks({ folder }).acquire(base, 'first')).rejects.toMatchObject({
      code: 'BATCH_LOCK_UNUSABLE',
      path: folder,
      message: expect.stringContaining('may write'),
    });
  });
});

describe('two places', () => {
  const place = (path: string, id: string | undefined, ...around: readonly string[]): Place => ({ path, id, around });

  it('are one by the number of the folder, whatever case or mount leads to it', () => {
    expect(overlap(place('/Work', '1:5', '1:2'), place('/work', '1:5', '1:2'))).toBe(true);
    expect(overlap(place('/mnt/Inner', '1:9', '1:5'), place('/work', '1:5', '1:2'))).toBe(true);
    expect(overlap(place('/work', '1:5', '1:2'), place('/mnt/Inner', '1:9', '1:5'))).toBe(true);
    expect(overlap(place('/one', '1:5', '1:2'), place('/two', '1:6', '1:2'))).toBe(false);
    expect(overlap(place('/one', undefined, '1:2'), place('/two', undefined, '1:2'))).toBe(false);
  });
});
