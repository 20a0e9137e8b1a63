import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
// @boundaries-ignore what tests of every package may need
import { mountDisk, unmountDisk } from '../../../tests/support/small-disk.ts';
import { channels } from '../src/index.ts';
import { startChild, textOf } from './support/child.ts';
import { temporaryPaths } from './support/folder.ts';
import { entry, noise, read, sqliteStores } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

/** The file system's own rules do not hold for root, so another user has to try. */
const runDegraded = async (path: string): Promise<Record<string, unknown>> => {
  const child = startChild('degraded.ts', [path], isRoot ? { uid: nobody, gid: nobody } : {});
  const [output, complaints] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  expect(complaints).toBe('');
  return JSON.parse(output);
};

describe('sqliteStore on what it may not write to', () => {
  const prepare = async (): Promise<string> => {
    const path = newPath();
    const store = start({ path });
    for (const key of ['kept', 'replaced', 'deleted']) store.set(key, entry('old'));
    await store.close();
    if (isRoot) for (const owned of [path, dirname(path), dirname(dirname(path))]) chownSync(owned, nobody, nobody);
    return path;
  };
  const degraded = {
    before: 'old',
    after: 'old',
    // Not what was set, but no older value either.
    masked: [null, null, null],
    keys: ['kept'],
    settled: 'CACHE_WRITE_FAILED',
    lease: 'CACHE_STORE_READ_ONLY',
    errors: ['CACHE_WRITE_FAILED'],
    hasFaults: true,
    entries: 1,
    closed: 'CACHE_STORE_READ_ONLY',
  };

  it('a file: serves what is there', { timeout: 20_000 }, async () => {
    const path = await prepare();
    chmodSync(path, 0o444);
    expect(await runDegraded(path)).toEqual(degraded);
  });

  it('a folder: serves what is there', { timeout: 20_000 }, async () => {
    const path = await prepare();
    chmodSync(dirname(path), 0o555);
    try {
      expect(await runDegraded(path)).toEqual(degraded);
    } finally {
      chmodSync(dirname(path), 0o755);
    }
    expect(read(start({ path }), 'deleted')).toBe('old');
  });
});

/** A file system of 2 MiB, or `undefined` where none may be made. */
const smallDisk = (): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-full-'));
  const isMounted = mountDisk(folder, 'size=2m');
  onTestFinished(() => {
    unmountDisk(folder);
    rmSync(folder, { recursive: true });
  });
  return isMounted ? folder : undefined;
};

describe('sqliteStore on a full disk', () => {
  it('drops what it cannot write, says so once, reads on and recovers', { timeout: 20_000 }, async (context) => {
    const folder = smallDisk();
    if (folder === undefined) return context.skip('a small disk can only be mounted by root');
    vi.useFakeTimers();
    const heard = vi.fn();
    channels.storeFault.subscribe(heard);
    onTestFinished(() => void channels.storeFault.unsubscribe(heard));
    const errors: string[] = [];
    const store = start({ path: join(folder, 'cache.db'), onError: ({ code }) => errors.push(code) });
    store.set('kept', entry('value'));
    store.set('replaced', entry('old'));
    store.flush();
    for (let index = 0; index < 40; index += 1) store.set(`big ${index}`, entry(noise(100_000, index)));
    store.set('replaced', entry('new'));
    expect(() => store.flush()).toThrow('full');
    await vi.advanceTimersByTimeAsync(8_000);
    expect(errors).toEqual(['CACHE_WRITE_FAILED']);
    expect(heard.mock.calls.length).toBe(1);
    expect((await store.usage()).faults).toBeGreaterThan(3);
    expect(read(store, 'kept')).toBe('value');
    expect(read(store, 'replaced')).toBeUndefined();
    store.clear();
    store.set('again', entry('value'));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(read(start({ path: join(folder, 'cache.db') }), 'again')).toBe('value');
  });
});
