import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { channels, createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';

describe('the channels', () => {
  let events: unknown[] = [];
  const listen = (event: unknown, name: string | symbol): void => {
    events.push({ channel: String(name).replace('hotpath:cache:', ''), ...(event as object) });
  };
  beforeEach(() => {
    events = [];
    for (const channel of Object.values(channels)) channel.subscribe(listen);
  });
  afterEach(() => {
    for (const channel of Object.values(channels)) channel.unsubscribe(listen);
  });

  it('tell of lookups and loads, never of keys or values', async () => {
    const cache = createCache<string>({
      tiers: [{ store: memoryStore({ maxEntries: 1 }) }, { store: bufferStore() }],
      name: 'answers',
    });
    const loaded = Promise.withResolvers<string>();
    const both = [cache.getOrSet('my key', () => loaded.promise), cache.getOrSet('my key', () => 'never')];
    loaded.resolve('my value');
    await Promise.all(both);
    cache.peek('my key');
    await cache.set('other key', 'my value');
    await cache.get('my key');
    await cache.get('absent key');
    expect(events).toEqual([
      { channel: 'lookup-end', cache: 'answers', outcome: 'miss', tier: undefined },
      { channel: 'load-start', cache: 'answers' },
      { channel: 'lookup-end', cache: 'answers', outcome: 'coalesced', tier: undefined },
      { channel: 'load-end', cache: 'answers', outcome: 'loaded', durationMs: expect.any(Number) },
      { channel: 'lookup-end', cache: 'answers', outcome: 'hit', tier: 'memory' },
      { channel: 'lookup-end', cache: 'answers', outcome: 'hit', tier: 'buffer' },
      { channel: 'lookup-end', cache: 'answers', outcome: 'miss', tier: undefined },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/my key|other key|my value/);
  });

  it('tell how a load ended', async () => {
    const cache = createCache<string>({ tiers: [] });
    await cache.getOrSet('key', () => Promise.reject(new Error('upstream'))).catch(() => {});
    const controller = new AbortController();
    const answer = cache.getOrSet(
      'key',
      ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { signal: controller.signal },
    );
    controller.abort();
    await answer.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toMatchObject([
      { channel: 'lookup-end' },
      { channel: 'load-start' },
      { channel: 'load-end', outcome: 'failed' },
      { channel: 'lookup-end' },
      { channel: 'load-start' },
      { channel: 'load-end', outcome: 'aborted' },
    ]);
  });

  it('tell of damage', async () => {
    const store = bufferStore();
    const cache = createCache<unknown>({ tiers: [{ store }] });
    store.set('key', { value: new Uint8Array([123]), createdAt: 0, expiresAt: Number.POSITIVE_INFINITY });
    await cache.get('key');
    expect(events[0]).toMatchObject({
      channel: 'entry-dropped',
      store: 'buffer',
      reason: 'damaged',
      entries: 1,
      error: { code: 'CACHE_ENTRY_DAMAGED' },
    });
  });
});
