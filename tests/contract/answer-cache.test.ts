import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerCodec, type CachedAnswer, createRouter, type Provider, sim } from '@hotpath/ai-router';
import { createCache, type TierOptions } from '@hotpath/cache';
import { bufferStore, memoryStore } from '@hotpath/cache/stores/memory';
import { sqliteStore } from '@hotpath/cache/stores/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
const caches: { close(): Promise<void> }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-contract-'));
});
afterEach(async () => {
  // What an open file still has to write would make the folder anew.
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** The simulator, counting its calls. */
function counting(): Provider & { calls: number } {
  const provider = sim();
  const counted = {
    ...provider,
    calls: 0,
    send: (...args: Parameters<Provider['send']>) => {
      counted.calls++;
      return provider.send(...args);
    },
  };
  return counted;
}

const memory = (): TierOptions => ({ store: memoryStore({ maxEntries: 10 }) });
const buffers = (): TierOptions => ({ store: bufferStore({ maxEntries: 10 }) });
const disk = (): TierOptions => ({ store: sqliteStore({ path: join(folder, 'answers.sqlite') }) });

function set(...tiers: TierOptions[]) {
  const cache = createCache<CachedAnswer>({ tiers, codec: answerCodec });
  caches.push(cache);
  const provider = counting();
  const router = createRouter({ providers: [provider], cache });
  const ask = (prompt: string) => router.query({ model: 'sim-1', prompt });
  return { cache, provider, router, ask };
}

describe('a cache of @hotpath/cache behind a router of @hotpath/ai-router', () => {
  it.each([
    ['live values', memory],
    ['buffers', buffers],
    ['a file', disk],
  ])('gives back from %s the very answer that was stored, streamed ones too', async (_name, tier) => {
    const { ask, provider, router } = set(tier());
    const [first, second] = [await ask('Zürich 日本語 🚀'), await ask('Zürich 日本語 🚀')];
    expect(second).toMatchObject({ text: first.text, usage: first.usage, cache: 'hit', costUsd: 0 });
    const streams = [router.stream({ model: 'sim-1', prompt: 'as a stream' }).result];
    streams.push(streams[0]?.then(() => router.stream({ model: 'sim-1', prompt: 'as a stream' }).result) as never);
    const [live, replayed] = await Promise.all(streams);
    expect(replayed).toMatchObject({ text: live?.text, cache: 'hit' });
    expect(provider.calls).toBe(2);
  });

  it('finds after a restart what was stored before', async () => {
    const before = set(memory(), buffers(), disk());
    await before.ask('kept');
    await before.router.close();
    await before.cache.close();
    const after = set(memory(), buffers(), disk());
    expect(await after.ask('kept')).toMatchObject({ cache: 'hit' });
    expect(after.provider.calls).toBe(0);
    expect(after.cache.peek).toBeDefined();
    expect((await after.cache.stats()).tiers.map(({ hits }) => hits)).toEqual([0, 0, 1]);
    expect(await after.ask('kept')).toMatchObject({ cache: 'hit' });
    expect((await after.cache.stats()).tiers[0]?.hits).toBe(1);
    await after.cache.close();
  });

  it('asks again for what was deleted, cleared or has expired', async () => {
    let now = 0;
    const store = memoryStore({ maxEntries: 10, now: () => now });
    const cache = createCache<CachedAnswer>({ tiers: [{ store }], codec: answerCodec, now: () => now });
    const provider = counting();
    const router = createRouter({ providers: [provider], cache, cachePolicy: { ttlMs: 1000 } });
    const ask = () => router.query({ model: 'sim-1', prompt: 'again' });
    await ask();
    now = 999;
    expect((await ask()).cache).toBe('hit');
    now = 1000;
    expect((await ask()).cache).toBe('miss');
    await cache.clear();
    expect((await ask()).cache).toBe('miss');
    expect(provider.calls).toBe(3);
  });

  it('asks again for what was invalidated by its model or its provider, in another process too', async () => {
    const { ask, provider, cache } = set(memory(), buffers(), disk());
    const other = set(disk());
    for (const tag of ['model:sim/sim-1', 'provider:sim']) {
      await ask('tagged');
      expect(await ask('tagged')).toMatchObject({ cache: 'hit' });
      await cache.flush();
      await other.cache.deleteTag('model:sim/sim-2');
      expect(await ask('tagged')).toMatchObject({ cache: 'hit' });
      await other.cache.deleteTag(tag);
      expect(await ask('tagged')).toMatchObject({ cache: 'miss' });
      expect(await ask('tagged')).toMatchObject({ cache: 'hit' });
      await cache.deleteTag(tag);
      expect(await ask('tagged')).toMatchObject({ cache: 'miss' });
    }
    expect(provider.calls).toBe(5);
    await Promise.all([cache.close(), other.cache.close()]);
  });

  it('says what an answer saves each time it is given again', async () => {
    const prices = { version: '2026-11-20', models: { 'sim-1': { input: 1_000, output: 1_000 } } };
    const cache = createCache<CachedAnswer>({ tiers: [memory()], codec: answerCodec });
    const router = createRouter({ providers: [counting()], cache, prices });
    const ask = () => router.query({ model: 'sim-1', prompt: 'dear' });
    const { costUsd } = await ask();
    expect(costUsd).toBeGreaterThan(0);
    expect(await ask()).toMatchObject({ cache: 'hit', costUsd: 0 });
    const [tier] = (await cache.stats()).tiers;
    expect(tier?.savedUsd).toBeCloseTo(costUsd ?? 0, 12);
    expect(tier?.savedLoadMs).toBeGreaterThan(0);
  });

  it('answers all the same when the file is ruined under it', async () => {
    const { ask, provider, cache } = set(disk());
    await ask('first');
    await cache.flush();
    writeFileSync(join(folder, 'answers.sqlite'), Buffer.alloc(50_000, 7));
    writeFileSync(join(folder, 'answers.sqlite-wal'), Buffer.alloc(50_000, 7));
    for (const prompt of ['first', 'second', 'third']) expect((await ask(prompt)).text).toContain(prompt);
    expect(provider.calls).toBeGreaterThanOrEqual(3);
    await cache.close();
  });
});
