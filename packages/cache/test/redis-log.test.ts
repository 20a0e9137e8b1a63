import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createRedisLog } from '../src/stores/redis/log.ts';
import { createNames } from '../src/stores/redis/names.ts';
import type { RedisStoreOptions } from '../src/stores/redis.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { startProxy } from './support/proxy.ts';
import { findRedis, type RedisServer, startRedis } from './support/redis-server.ts';
import { createReplica, entryOf, type Replica, withClient } from './support/replicas.ts';

const program = findRedis();
let redis: RedisServer;
let next = 0;
const newPrefix = (): string => {
  next += 1;
  return `log-${next}`;
};
const replicas: Replica[] = [];
const start = (options: Partial<RedisStoreOptions>): Replica => {
  const replica = createReplica({ url: redis.url, softTimeoutMs: 5_000, ...options });
  replicas.push(replica);
  return replica;
};
/** Connected, and hearing the others. */
const startTwo = async (prefix: string, second: Partial<RedisStoreOptions> = {}): Promise<[Replica, Replica]> => {
  const [a, b] = [start({ prefix }), start({ prefix, ...second })];
  await Promise.all([a.store.get(''), b.store.get('')]);
  await vi.waitFor(() =>
    withClient(redis.url, async (client) => {
      const subscribers = await client.pubSubNumSub([`{${prefix}}:bus`]);
      expect(Object.values(subscribers)).toEqual([2]);
    }),
  );
  return [a, b];
};
const put = async ({ store, log }: Replica, key: string, tags?: readonly string[]): Promise<void> =>
  store.set(key, entryOf('value', { tags, version: log.version() }), 'load');

beforeAll(async () => {
  if (program !== undefined) redis = await startRedis(program);
});
afterEach(async () => {
  for (const { store } of replicas.splice(0)) await store.close?.();
});
afterAll(() => redis?.stop());

it('tells what others invalidated and not what this process did, whichever way it comes', () => {
  const log = createRedisLog({
    names: createNames('hotpath'),
    origin: () => 'me',
    send: () => Promise.reject(new Error('not asked')),
    now: () => 0,
  });
  const heard: string[] = [];
  log.listen({ apply: ({ kind, name }) => void heard.push(`${kind} ${name}`), missed: () => {}, unheard: () => {} });
  log.hear('0 5 me [["key","mine"],["tag","red"]]');
  log.hear('5 6 other [["key","theirs"]]');
  log.hear('5 6 other [["key","theirs"]]');
  log.hear('not a message');
  log.hear('6 7 other [["key"]]');
  expect(heard).toEqual(['key theirs']);
  expect(log.version()).toBe(6);
  const entry = entryOf('value', { tags: ['red'] });
  expect(log.covers('key', { ...entry, version: 4 }, log.mark())).toBe(true);
  expect(log.covers('key', { ...entry, version: 5 }, log.mark())).toBe(false);
});

describeHeardAndUnheard.skipIf(program === undefined)('the log of redisStore', () => {
  it('tells the others what was set, deleted, cleared and added, once and in order, and oneself nothing', async () => {
    const [a, b] = await startTwo(newPrefix());
    await a.store.set('set', entryOf('value'));
    await a.store.set('loaded', entryOf('value', { version: a.log.version() }), 'load');
    await a.store.set('copied', entryOf('value', { version: a.log.version() }), 'copy');
    await a.store.delete('deleted');
    await a.log.add([
      { kind: 'tag', name: 'red' },
      { kind: 'namespace', name: 'half \ud800 of a pair\n"' },
    ]);
    await a.store.clear();
    await a.log.settled();
    const expected = ['key set', 'key deleted', 'tag red', 'namespace half \ud800 of a pair\n"', 'all '];
    await vi.waitFor(() => expect(b.heard).toEqual(expected));
    expect(a.heard).toEqual([]);
    expect([a.missed, b.missed]).toEqual([0, 0]);
    expect(b.log.version()).toBe(a.log.version());
  });

  it('hides what others invalidated from everyone at once, also from those who heard nothing', async () => {
    const prefix = newPrefix();
    const proxy = await startProxy(redis.port);
    try {
      const [a, b] = await startTwo(prefix, { url: proxy.url });
      await put(a, 'tagged', ['red']);
      await put(a, 'other', ['blue']);
      proxy.swallow('red');
      expect(await b.read('tagged')).toBe('value');
      await a.log.add([{ kind: 'tag', name: 'red' }]);
      expect(await b.read('tagged')).toBeUndefined();
      expect(await b.read('other')).toBe('value');
      expect(b.heard).toEqual(['tag red']);
      expect(b.missed).toBe(0);
    } finally {
      await proxy.close();
    }
  });

  it('finds a last message that was lost by comparing numbers', async () => {
    const proxy = await startProxy(redis.port);
    try {
      const [a, b] = await startTwo(newPrefix(), { url: proxy.url, trustMs: 200 });
      proxy.muteSubscribers();
      await a.store.set('lost', entryOf('value'));
      await vi.waitFor(() => expect(b.heard).toEqual(['key lost']), 5_000);
      expect(b.missed).toBe(0);
      // The connection that lost it is replaced, and hears again.
      await vi.waitFor(() => expect(proxy.subscriptions).toBe(2), 5_000);
      await a.store.set('later', entryOf('value'));
      await vi.waitFor(() => expect(b.heard).toEqual(['key lost', 'key later']), 5_000);
    } finally {
      await proxy.close();
    }
  });

  it('notices a message lost before the next one', async () => {
    const proxy = await startProxy(redis.port);
    try {
      const [a, b] = await startTwo(newPrefix(), { url: proxy.url, trustMs: 3_600_000 });
      proxy.swallow('lost');
      await a.store.set('lost', entryOf('value'));
      await vi.waitFor(() => expect(proxy.swallowed).toBe(1));
      await a.store.set('next', entryOf('value'));
      await vi.waitFor(() => expect([...b.heard].sort()).toEqual(['key lost', 'key next']));
    } finally {
      await proxy.close();
    }
  });

  it('subscribes again when Redis drops the subscription', async () => {
    const [a, b] = await startTwo(newPrefix(), { trustMs: 200 });
    await withClient(redis.url, (client) => client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']));
    await a.log.add([{ kind: 'glob', name: 'user:*' }]);
    await vi.waitFor(() => expect(b.heard).toEqual(['glob user:*']), 5_000);
    expect(b.unheard).toBe(false);
  });

  it('teaches a new replica what was invalidated before it came', async () => {
    const prefix = newPrefix();
    const a = start({ prefix });
    for (const key of ['tagged', 'inner\u001fkey', 'user:1', 'other']) await put(a, key, [key]);
    const version = a.log.version();
    await a.log.add([
      { kind: 'tag', name: 'tagged' },
      { kind: 'namespace', name: 'inner' },
      { kind: 'glob', name: 'user:*' },
    ]);
    const b = start({ prefix });
    for (const key of ['tagged', 'inner\u001fkey', 'user:1']) expect(await b.read(key)).toBeUndefined();
    expect(await b.read('other')).toBe('value');
    // Work that began before and ends now is just as old.
    await a.store.set('late', entryOf('value', { tags: ['tagged'], version }), 'load');
    expect(await b.read('late')).toBeUndefined();
    expect(b.heard).toEqual([]);
    expect(b.missed).toBe(0);
  });

  it('keeps a bounded number of names, and takes what it forgot for uncertain', async () => {
    const prefix = newPrefix();
    const [a, b] = await startTwo(prefix, { trustMs: 3_600_000 });
    await put(a, 'before');
    await put(a, 'tagged', ['tag 0']);
    const many = Array.from({ length: 10_500 }, (_, index) => ({ kind: 'tag', name: `tag ${index}` }) as const);
    for (let from = 0; from < many.length; from += 500) await a.log.add(many.slice(from, from + 500));
    await put(a, 'after');
    await withClient(redis.url, async (client) => {
      expect(await client.zCard(`{${prefix}}:scopes`)).toBeLessThanOrEqual(10_001);
    });
    for (const replica of [a, b, start({ prefix })]) {
      expect(await replica.read('before')).toBeUndefined();
      expect(await replica.read('tagged')).toBeUndefined();
      expect(await replica.read('after')).toBe('value');
    }
  });

  it('says that invalidations are lost when more happened than Redis remembers', async () => {
    const prefix = newPrefix();
    const proxy = await startProxy(redis.port);
    try {
      const [a, b] = await startTwo(prefix, { url: proxy.url });
      await put(a, 'loaded');
      proxy.cut(true);
      const many = Array.from({ length: 10_500 }, (_, index) => ({ kind: 'key', name: `key ${index}` }) as const);
      for (let from = 0; from < many.length; from += 500) await a.log.add(many.slice(from, from + 500));
      expect(b.missed).toBe(0);
      proxy.cut(false);
      await vi.waitFor(() => expect(b.missed).toBe(1), 10_000);
      // Keys are told by their own entries: what Redis holds is as certain as before.
      expect(await b.read('loaded')).toBe('value');
      expect(b.log.version()).toBe(a.log.version());
    } finally {
      await proxy.close();
    }
  });

  it('begins anew, uncertain of everything, when Redis has lost its data', async () => {
    const prefix = newPrefix();
    const [a, b] = await startTwo(prefix);
    await a.store.set('key', entryOf('value'));
    const before = b.log.version();
    await withClient(redis.url, (client) => client.flushAll());
    expect(await b.read('key')).toBeUndefined();
    expect(b.missed).toBe(1);
    expect(b.log.version()).toBeGreaterThan(before);
    await put(b, 'key');
    expect(await a.read('key')).toBe('value');
    await vi.waitFor(() => expect(a.missed).toBe(1), 5_000);
  });

  it('does not believe entries whose invalidations Redis has evicted', async () => {
    const prefix = newPrefix();
    const a = start({ prefix });
    await put(a, 'tagged', ['red']);
    await a.log.add([{ kind: 'tag', name: 'red' }]);
    for (const lost of ['scopes', 'keys', 'sequence']) {
      await withClient(redis.url, (client) => client.unlink(`{${prefix}}:${lost}`));
      expect(await start({ prefix }).read('tagged')).toBeUndefined();
    }
    await withClient(redis.url, (client) =>
      client.unlink(['scopes', 'keys', 'sequence'].map((lost) => `{${prefix}}:${lost}`)),
    );
    expect(await start({ prefix }).read('tagged')).toBeUndefined();
  });

  it('holds in this process from the call on', async () => {
    const [a] = await startTwo(newPrefix());
    await put(a, 'tagged', ['red']);
    const adding = a.log.add([{ kind: 'tag', name: 'red' }]);
    const reading = a.read('tagged');
    expect(await reading).toBeUndefined();
    await adding;
    await put(a, 'key');
    // Asked for before the deletion, answered after the call.
    const early = a.read('key');
    const deleting = a.store.delete('key');
    expect(await early).toBeUndefined();
    expect(await deleting).toBe(true);
  });

  it('converges under crossing invalidations of several replicas', async () => {
    const prefix = newPrefix();
    const all = [start({ prefix }), start({ prefix }), start({ prefix })];
    await Promise.all(all.map(({ store }) => store.get('')));
    await Promise.all(
      all.map(async (replica, who) => {
        for (let round = 0; round < 50; round += 1) {
          const key = `key ${round % 7}`;
          await put(replica, key, [`tag ${round % 3}`]);
          if (round % 5 === who) await replica.log.add([{ kind: 'tag', name: `tag ${(round + who) % 3}` }]);
          if (round % 7 === who) await replica.store.set(key, entryOf(`${who} ${round}`));
          if (round % 11 === who) await replica.store.delete(key);
        }
      }),
    );
    await vi.waitFor(() => expect(new Set(all.map(({ log }) => log.version())).size).toBe(1), 5_000);
    for (let index = 0; index < 7; index += 1) {
      const seen = await Promise.all(all.map((replica) => replica.read(`key ${index}`)));
      expect(new Set(seen).size).toBe(1);
    }
    expect(all.map(({ missed }) => missed)).toEqual([0, 0, 0]);
  });

  it('refuses a glob that no matcher understands before anybody hears of it', async () => {
    const [a, b] = await startTwo(newPrefix());
    expect(() => a.log.add([{ kind: 'glob', name: '[open' }])).toThrow(/every "\["/);
    await a.store.delete('key');
    await vi.waitFor(() => expect(b.heard).toEqual(['key key']));
  });
});
