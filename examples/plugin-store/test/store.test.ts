import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCacheStore } from '@hotpath/cache/testing';
import type { CacheEntry } from '@hotpath/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { openFolderStore } from '../src/folder-store.ts';
import plugin from '../src/index.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-folder-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

// #region conformance
testCacheStore('folder', ({ now }) => openFolderStore({ folder: newFolder(), maxBytes: 10_000_000, now }));
// #endregion conformance

const now = (): number => 1_000;
const entry = (text: string): CacheEntry<Uint8Array> => ({
  value: Buffer.from(text),
  createdAt: 0,
  expiresAt: Number.POSITIVE_INFINITY,
});
const open = (folder = newFolder(), maxBytes = 10_000) => openFolderStore({ folder, maxBytes, now });

describe('a folder', () => {
  it('is shared: what one sets, another gets', async () => {
    const folder = newFolder();
    const [one, other] = [open(folder), open(folder)];
    await one.set('key', entry('value'));
    expect(Buffer.from((await other.get('key'))?.value ?? []).toString()).toBe('value');
    await other.delete('key');
    expect(await one.get('key')).toBeUndefined();
  });

  it('loses a damaged entry, and nothing else', async () => {
    const folder = newFolder();
    const store = open(folder);
    await store.set('damaged', entry('x'.repeat(100)));
    const [name = ''] = readdirSync(folder);
    await store.set('whole', entry('value'));
    const bytes = readFileSync(join(folder, name));
    for (const damage of [bytes.subarray(0, 150), Buffer.from('none'), Buffer.concat([bytes, Buffer.from('x')])]) {
      writeFileSync(join(folder, name), damage);
      expect(await store.get('damaged')).toBeUndefined();
    }
    expect(await store.get('whole')).toBeDefined();
    expect(await store.usage()).toMatchObject({ entries: 1, damaged: 3 });
  });

  it('stays within its bound, the oldest making room', async () => {
    const folder = newFolder();
    const store = open(folder, 3_000);
    for (let index = 0; index < 20; index += 1) await store.set(`key ${index}`, entry('x'.repeat(400)));
    await store.set('huge', entry('x'.repeat(4_000)));
    const usage = await store.usage();
    expect(usage.bytes).toBeLessThanOrEqual(3_000);
    expect(usage).toMatchObject({ refused: 1, evictions: 20 - usage.entries });
    expect(usage.entries).toBeGreaterThan(3);
    expect(await store.get('key 19')).toBeDefined();
    expect(await store.get('huge')).toBeUndefined();
  });

  it('may hold files of others, which are left alone', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const store = open(folder);
    await store.set('key', entry('value'));
    expect((await store.usage()).entries).toBe(1);
    await store.clear();
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  it.skipIf(process.platform === 'win32')('holds files that nobody else may read', async () => {
    const folder = newFolder();
    await open(folder).set('key', entry('value'));
    expect(readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600]);
  });
});

it('is where the settings say, and in the folder of the plugin where they say nothing', async () => {
  const projectFolder = newFolder();
  const dataFolder = join(projectFolder, 'data');
  const host = { name: 'it', version: '1.0.0', folder: '', hostVersion: '1.0.0', signal: new AbortController().signal };
  const { stores } = plugin.activate({ ...host, settings: {}, projectFolder, dataFolder });
  const keep = { ttlMs: 1_000, maxBytes: 1_000, now };
  await stores.folder({ settings: { folder: 'answers' }, ...keep }).set('key', entry('value'));
  await stores.folder({ settings: {}, ...keep }).set('key', entry('value'));
  expect(readdirSync(projectFolder).sort()).toEqual(['answers', 'data']);
  expect(() => stores.folder({ settings: { folder: 7 }, ...keep })).toThrow(/settings\.folder/);
});
