import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CachedAnswer, Provider } from '@hotpath/ai-router';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planHotpath } from '../src/compose.ts';
import type { HotpathConfig, ResolvedConfig } from '../src/config.ts';
import { createSharedParts } from '../src/shared-parts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-parts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const settings = async (cache: HotpathConfig['cache'] = {}): Promise<ResolvedConfig['cache']> => {
  const detect = { environment: false, ollama: false };
  return (await planHotpath({ detect, cache }, { environment: { HOTPATH_HOME: folder } })).config.cache;
};

const answer: CachedAnswer = {
  contentType: 'application/json',
  provider: 'sim',
  model: 'sim-1',
  body: Buffer.from('{}'),
};

describe('a cache', () => {
  it('stays open with all it has while its own settings are the same', async () => {
    const { openCache } = createSharedParts();
    const first = await openCache(await settings());
    expect(first.isWarm).toBe(false);
    await first.cache?.set('key', answer);
    // What the router does with it is not the cache's.
    const second = await openCache(await settings({ temperature: 'any', scope: 'shared', maxAnswerBytes: '1MB' }));
    expect(second.isWarm).toBe(true);
    expect(second.cache?.peek('key')).toBeDefined();
    await first.cache?.close();
    await first.cache?.close();
    expect(second.cache?.peek('key')).toBeDefined();
    await second.cache?.close();
    // A closed cache is as one without tiers.
    expect(second.cache?.peek('key')).toBeUndefined();
  });

  it('is another one with other settings', async () => {
    const { openCache } = createSharedParts();
    const first = await openCache(await settings());
    await first.cache?.set('key', answer);
    const second = await openCache(await settings({ memoryEntries: 5 }));
    expect(second.isWarm).toBe(false);
    expect(second.cache?.peek('key')).toBeUndefined();
    await Promise.all([first.cache?.close(), second.cache?.close()]);
  });

  it('is opened anew after it was closed, and shared by those who open it at the same time', async () => {
    const { openCache } = createSharedParts();
    await (await openCache(await settings())).cache?.close();
    const given = await settings();
    const [one, other] = await Promise.all([openCache(given), openCache(given)]);
    await one.cache?.set('key', answer);
    expect(other.cache?.peek('key')).toBeDefined();
    await one.cache?.close();
    expect(other.cache?.peek('key')).toBeDefined();
    await other.cache?.close();
  });

  it('may be switched off and on', async () => {
    const { openCache } = createSharedParts();
    expect(await openCache(await settings({ enabled: false }))).toEqual({
      cache: undefined,
      warnings: [],
      isWarm: false,
    });
    const { cache } = await openCache(await settings());
    await cache?.set('key', answer);
    expect(cache?.peek('key')).toBeDefined();
    await cache?.close();
  });
});

describe('a provider', () => {
  const upstream = { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1', models: ['m'] } as const;

  /** What became of a call: a closed transport says so, an open one tries to reach the address. */
  const outcomeOf = (provider: Provider): Promise<string> =>
    new Promise((resolve) => {
      const timeouts = { connectMs: 1000, firstTokenMs: 1000, idleMs: 1000, totalMs: 1000 };
      provider.send(
        { protocol: 'openai-chat', body: '{}', stream: false, headers: {}, timeouts },
        { onHead() {}, onData() {}, onEnd: () => resolve('answered'), onError: ({ message }) => resolve(message) },
      );
    });

  it('is the same one while its settings are, and closed by the last who has it', async () => {
    const { buildProvider } = createSharedParts();
    const first = buildProvider('local', upstream, 5000);
    const second = buildProvider('local', { ...upstream }, 5000);
    expect(second).toBe(first);
    await first.close();
    expect(await outcomeOf(second)).toContain('ECONNREFUSED');
    await second.close();
    expect(await outcomeOf(second)).toContain('the transport is closed');
    expect(buildProvider('local', upstream, 5000)).not.toBe(first);
  });

  it.each([
    ['id', ['other', upstream]],
    ['address', ['local', { ...upstream, baseUrl: 'http://127.0.0.1:10/v1' }]],
    ['key', ['local', { ...upstream, apiKey: 'another' }]],
    ['headers', ['local', { ...upstream, headers: { a: 'b' } }]],
  ] as const)('is another one with another %s', async (_, [id, config]) => {
    const { buildProvider } = createSharedParts();
    const first = buildProvider('local', upstream, 5000);
    const second = buildProvider(id, config, 5000);
    expect(second).not.toBe(first);
    await first.close();
    expect(await outcomeOf(second)).not.toContain('closed');
    await second.close();
  });
});
