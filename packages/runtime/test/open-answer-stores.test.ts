import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerCodec } from '@hotpath/ai-router';
import { channels } from '@hotpath/cache';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCacheSettings } from '../src/cache-settings.ts';
import { inspectCacheFile, verifyCacheFile } from '../src/check-cache-file.ts';
import { createHotpath } from '../src/compose.ts';
import type { HotpathConfig } from '../src/config.ts';
import { measureWarmUp } from '../src/measure-warm-up.ts';
import { openAnswerStores } from '../src/open-answer-stores.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hotpath-stores-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const environment = () => ({ HOTPATH_HOME: join(root, 'home'), OLLAMA_HOST: '127.0.0.1:1' });
const settingsOf = (cache: HotpathConfig['cache'] = {}) => {
  writeFileSync(join(root, 'hotpath.config.json'), JSON.stringify({ cache }));
  return findCacheSettings({ folder: root, environment: environment() });
};
const start = (cache: HotpathConfig['cache'] = {}) =>
  createHotpath({ cache }, { folder: root, environment: environment(), warmCache: false });

const key = 'ab'.repeat(32);

describe('the settings of the cache', () => {
  it('are those that a gateway would use', async () => {
    expect(await settingsOf({ path: 'own.sqlite', ttlMs: '1h' })).toMatchObject({
      path: join(root, 'own.sqlite'),
      ttlMs: 3_600_000,
    });
    const hotpath = await start();
    expect(await settingsOf()).toEqual(hotpath.config.cache);
    await hotpath.close();
  });
});

describe('the stores behind the cache', () => {
  it('are not made where there are none', async () => {
    const settings = await settingsOf();
    const stores = await openAnswerStores(settings);
    expect([stores.disk, stores.shared]).toEqual([undefined, undefined]);
    await stores.cache.deleteTag('provider:sim');
    expect(await measureWarmUp(settings, stores, { top: 10, budgetMs: 100 })).toMatchObject({ keys: [], entries: 0 });
    expect(await stores.close()).toBe(true);
    expect(await inspectCacheFile(settings)).toBeUndefined();
    expect(existsSync(settings.path)).toBe(false);
  });

  it('hold the answers with what they cost, and invalidate them for a gateway that runs', async () => {
    const hotpath = await start();
    const question = { prompt: 'Is this kept?' };
    const { text } = await hotpath.router.query(question);
    await hotpath.cache?.flush();

    const settings = await settingsOf();
    const stores = await openAnswerStores(settings);
    const [only = ''] = [...((stores.disk?.keys?.() ?? []) as Iterable<string>)];
    const entry = await stores.disk?.get(only);
    expect(entry).toMatchObject({ tags: ['provider:sim', 'model:sim/sim-1'], costUsd: 0, loadMs: expect.any(Number) });
    expect(answerCodec.decode(entry?.value ?? new Uint8Array()).body.toString()).toContain(text.slice(0, 10));
    expect(await inspectCacheFile(settings, { check: true })).toMatchObject({ entries: 1, problems: [] });
    expect(await verifyCacheFile(settings)).toMatchObject({ entries: 1, unreadable: [] });

    expect((await hotpath.router.query(question)).cache).toBe('hit');
    await stores.cache.deleteTag('model:sim/sim-1');
    expect((await hotpath.router.query(question)).cache).toBe('miss');
    await stores.close();
    await hotpath.close();
  });

  it('become a warning where they cannot be opened', async () => {
    mkdirSync(join(root, 'folder.sqlite'));
    const stores = await openAnswerStores(await settingsOf({ path: 'folder.sqlite' }));
    expect(stores.warnings).toEqual([
      { code: 'CACHE_UNAVAILABLE', message: expect.stringMatching(/is a folder\. Choose the path of a file/) },
    ]);
    await stores.close();
  });

  it('leave a damaged file as it is where they are to, and begin a new one otherwise', async () => {
    const settings = await settingsOf();
    await (await openAnswerStores(settings, { creates: true })).close();
    writeFileSync(settings.path, readFileSync(settings.path).fill(7, 0, 100));
    const damaged = readFileSync(settings.path);
    const folder = join(settings.path, '..');
    await expect(openAnswerStores(settings, { damagePolicy: 'fail' })).rejects.toMatchObject({
      code: 'CACHE_FILE_DAMAGED',
      path: settings.path,
    });
    expect(channels.storeFault.hasSubscribers).toBe(false);
    expect(readFileSync(settings.path).equals(damaged)).toBe(true);

    const stores = await openAnswerStores(settings);
    expect(stores.warnings).toEqual([]);
    await stores.close();
    expect(readdirSync(folder).filter((name) => name.includes('corrupt'))).toHaveLength(1);
  });

  it('say what cannot be made, and nothing of memory, which nobody has here', async () => {
    writeFileSync(join(root, 'occupied'), 'a file where a folder is needed');
    const settings = await settingsOf({ path: 'occupied/answers.sqlite' });
    const stores = await openAnswerStores(settings, { creates: true });
    const [{ message } = { message: '' }] = stores.warnings;
    expect(message).toMatch(/answers\.sqlite cannot be opened \(E(NOTDIR|EXIST)\b.*\)\. Set cache\.path to/);
    expect(message).not.toContain('memory');
    await stores.close();
  });

  it('tell what failed where Redis does not answer', async () => {
    const stores = await openAnswerStores(await settingsOf({ redis: { url: 'redis://127.0.0.1:1' } }), {
      creates: true,
    });
    await stores.cache.deleteTag('provider:sim');
    expect(stores.faults).toContainEqual(expect.objectContaining({ store: 'redis' }));
    expect(stores.faults).not.toContainEqual(expect.objectContaining({ store: 'sqlite' }));
    await stores.close();
  });
});

describe('answers in an encrypted file', () => {
  it('are read with the configured keys alone, also after the key has changed', async () => {
    const encryption = { keys: { a: key }, current: 'a' };
    const before = await start({ encryption });
    const question = { prompt: 'Is this a secret?' };
    await before.router.query(question);
    await before.close();

    const rotated = { keys: { a: key, b: 'cd'.repeat(32) }, current: 'b' };
    const after = await start({ encryption: rotated });
    expect((await after.router.query(question)).cache).toBe('hit');
    await after.close();
    expect(await verifyCacheFile(await settingsOf({ encryption: rotated }))).toMatchObject({
      unreadable: [],
      keyIds: [{ keyId: 'a', entries: 1 }],
    });
    expect(await verifyCacheFile(await settingsOf())).toMatchObject({ unreadable: [{ entries: 1 }] });
  });
});

describe('what a start would warm', () => {
  it('is measured in memory of its own', async () => {
    const hotpath = await start();
    for (const prompt of ['often', 'once', 'often', 'often']) await hotpath.router.query({ prompt });
    await hotpath.close();
    const settings = await settingsOf();
    const stores = await openAnswerStores(settings);
    const result = await measureWarmUp(settings, stores, { top: 10, budgetMs: 1_000 });
    await stores.close();
    expect(result).toMatchObject({ keys: [expect.any(String)], entries: 1, complete: true });
    expect(result.bytes).toBeGreaterThan(100);
  });
});
