import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type RedisStoreOptions, redisStore } from '../src/stores/redis.ts';
import { describeHeardAndUnheard, nodeArgumentsFor } from './support/heard.ts';
import { startProxy } from './support/proxy.ts';
import { findRedis, freePort, type RedisServer, startRedis } from './support/redis-server.ts';
import { createReplica, entryOf, type Replica, withClient } from './support/replicas.ts';

const program = findRedis();
let redis: RedisServer;
let next = 0;
const newPrefix = (): string => {
  next += 1;
  return `outage-${next}`;
};
const replicas: Replica[] = [];
const start = async (options: Partial<RedisStoreOptions> = {}): Promise<Replica> => {
  const settings = { url: redis.url, trustMs: 300, breaker: { probeAfterMs: 50 } };
  const replica = createReplica({ ...settings, ...options });
  replicas.push(replica);
  await replica.read('').catch(() => {});
  return replica;
};
const put = async ({ store, log }: Replica, key: string, tags?: readonly string[]): Promise<void> =>
  store.set(key, entryOf('value', { tags, version: log.version() }), 'load');
const unavailable = expect.objectContaining({ code: 'CACHE_STORE_UNAVAILABLE' });
const down = (replica: Replica): Promise<void> =>
  vi.waitFor(() => expect(replica.read('')).rejects.toEqual(unavailable), 5_000);
const up = (replica: Replica): Promise<unknown> => vi.waitFor(() => replica.read(''), 10_000);
const heardAgain = (replica: Replica): Promise<void> =>
  vi.waitFor(() => expect(replica.unheard).toBe(false), { timeout: 10_000, interval: 20 });

beforeAll(async () => {
  if (program !== undefined) redis = await startRedis(program);
});
afterEach(async () => {
  for (const { store } of replicas.splice(0)) await store.close?.();
});
afterAll(() => redis?.stop());

describeHeardAndUnheard.skipIf(program === undefined)('redisStore while Redis is down', () => {
  it('rejects at once with what to do, and serves as soon as Redis is there', async () => {
    await redis.kill();
    const a = await start({ prefix: newPrefix() });
    await expect(a.read('key')).rejects.toEqual(unavailable);
    await expect(a.read('key')).rejects.toThrow(/Check that the server runs/);
    await expect(put(a, 'key')).rejects.toEqual(unavailable);
    await redis.start();
    await up(a);
    // Nobody knows what was invalidated while it could not be heard.
    expect(a.missed).toBe(1);
    await put(a, 'key');
    expect(await a.read('key')).toBe('value');
  });

  it('survives the death of Redis with what was stored, and tells what was invalidated meanwhile before it is believed', async () => {
    const prefix = newPrefix();
    const [a, b] = [await start({ prefix }), await start({ prefix })];
    for (const key of ['deleted', 'set', 'tagged', 'kept']) await put(a, key, key === 'tagged' ? ['red'] : undefined);
    await redis.kill();
    await Promise.all([down(a), down(b)]);
    await expect(a.store.delete('deleted')).rejects.toEqual(unavailable);
    await expect(a.store.set('set', entryOf('new'))).rejects.toEqual(unavailable);
    await a.log.add([{ kind: 'tag', name: 'red' }]);
    await expect(a.log.settled()).rejects.toEqual(unavailable);
    await vi.waitFor(() => expect([a.unheard, b.unheard]).toEqual([true, true]), 5_000);

    await redis.start();
    await up(a);
    expect(await Promise.all(['deleted', 'set', 'tagged', 'kept'].map(a.read))).toEqual([
      undefined,
      undefined,
      undefined,
      'value',
    ]);
    await a.log.settled();
    await up(b);
    expect(await Promise.all(['deleted', 'set', 'tagged', 'kept'].map(b.read))).toEqual([
      undefined,
      undefined,
      undefined,
      'value',
    ]);
    await heardAgain(b);
    await vi.waitFor(() => expect([...b.heard].sort()).toEqual(['key deleted', 'key set', 'tag red']));
    expect([a.missed, b.missed]).toEqual([0, 0]);
    await b.store.set('after', entryOf('value'));
    await vi.waitFor(() => expect(a.heard).toContain('key after'), 5_000);
  });

  it('sends what was invalidated meanwhile as soon as it is connected, unasked', async () => {
    const prefix = newPrefix();
    const store = redisStore({ url: redis.url, prefix });
    try {
      await store.get('');
      await redis.kill();
      await store.invalidations?.add([{ kind: 'tag', name: 'red' }]);
      await redis.start();
      const scores = (): Promise<number | null> =>
        withClient(redis.url, (client) => client.zScore(`{${prefix}}:scopes`, '["tag","red"]'));
      await vi.waitFor(async () => expect(await scores()).not.toBeNull(), 10_000);
    } finally {
      await store.close?.();
    }
  });

  it('remembers a bounded number of invalidations, and then trusts nothing in Redis', async () => {
    const a = await start({ prefix: newPrefix() });
    await put(a, 'kept');
    await redis.kill();
    await down(a);
    for (let index = 0; index < 1_100; index += 1)
      await expect(a.store.delete(`key ${index}`)).rejects.toEqual(unavailable);
    await redis.start();
    await up(a);
    await a.log.settled();
    expect(await a.read('kept')).toBeUndefined();
    await put(a, 'kept');
    expect(await a.read('kept')).toBe('value');
  });

  it('comes back by itself, time and again, while replicas work', async () => {
    const prefix = newPrefix();
    const both = [await start({ prefix }), await start({ prefix })];
    let isWorking = true;
    let answered = 0;
    const wrong: unknown[] = [];
    const work = both.map(async (replica, who) => {
      for (let round = 0; isWorking; round += 1) {
        try {
          await replica.store.set(`key ${round % 10}`, entryOf(`${who} ${round}`));
          await replica.read(`key ${(round + 1) % 10}`);
          if (round % 10 === 0) await replica.store.delete(`key ${round % 10}`);
          answered += 1;
        } catch (error) {
          if ((error as { code?: unknown }).code !== 'CACHE_STORE_UNAVAILABLE') wrong.push(error);
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      }
    });
    for (let round = 0; round < 3; round += 1) {
      await redis.kill();
      await redis.start();
      const before = answered;
      await vi.waitFor(() => expect(answered).toBeGreaterThan(before + 20), { timeout: 10_000 });
    }
    isWorking = false;
    await Promise.all(work);
    expect(wrong).toEqual([]);
    await Promise.all(both.map(up));
    await Promise.all(both.map(({ log }) => log.settled()));
    for (let index = 0; index < 10; index += 1) {
      const seen = await Promise.all(both.map((replica) => replica.read(`key ${index}`)));
      expect(seen[0]).toBe(seen[1]);
    }
  });
});

describeHeardAndUnheard.skipIf(program === undefined)('redisStore while Redis hangs', () => {
  it('gives up after the soft timeout, then at once, and goes on when it answers again', async () => {
    const a = await start({ prefix: newPrefix(), softTimeoutMs: 50, breaker: { failures: 3, probeAfterMs: 100 } });
    await put(a, 'key');
    redis.pause();
    try {
      await expect(a.read('key')).rejects.toThrow(/no answer within 50 ms/);
      await down(a);
      // No more than the wait for a timer that was not needed.
      await Promise.all(Array.from({ length: 1_000 }, () => expect(a.read('key')).rejects.toEqual(unavailable)));
      await expect(a.store.delete('key')).rejects.toEqual(unavailable);
    } finally {
      redis.resume();
    }
    await up(a);
    await a.log.settled();
    expect(await a.read('key')).toBeUndefined();
  });

  it('closes within a second all the same, and before it was ever connected', async () => {
    const a = await start({ prefix: newPrefix() });
    redis.pause();
    try {
      const b = createReplica({ url: redis.url, prefix: newPrefix() });
      void a.read('key').catch(() => {});
      void b.read('key').catch(() => {});
      const since = performance.now();
      await Promise.all([a.store.close?.(), b.store.close?.()]);
      expect(performance.now() - since).toBeLessThan(1_000);
    } finally {
      redis.resume();
    }
  });
});

describeHeardAndUnheard.skipIf(program === undefined)('redisStore across a partition', () => {
  it.each(['blackhole', 'cut'] as const)('is consistent again after a %s', async (kind) => {
    const prefix = newPrefix();
    const proxy = await startProxy(redis.port);
    try {
      const a = await start({ prefix });
      const b = await start({ prefix, url: proxy.url, softTimeoutMs: 50 });
      await put(a, 'tagged', ['red']);
      await put(a, 'mine', ['blue']);
      await put(a, 'kept');
      expect(await b.read('tagged')).toBe('value');
      proxy[kind](true);
      await down(b);
      await a.log.add([{ kind: 'tag', name: 'red' }]);
      await b.log.add([{ kind: 'tag', name: 'blue' }]);
      await vi.waitFor(() => expect(b.unheard).toBe(true), 5_000);
      expect(a.unheard).toBe(false);
      expect(await a.read('mine')).toBe('value');
      proxy[kind](false);
      await up(b);
      expect(await Promise.all(['tagged', 'mine', 'kept'].map(b.read))).toEqual([undefined, undefined, 'value']);
      expect(await Promise.all(['tagged', 'mine', 'kept'].map(a.read))).toEqual([undefined, undefined, 'value']);
      await heardAgain(b);
      expect(b.heard).toContain('tag red');
      await vi.waitFor(() => expect(a.heard).toContain('tag blue'), 5_000);
      expect([a.missed, b.missed]).toEqual([0, 0]);
    } finally {
      await proxy.close();
    }
  });
});

describeHeardAndUnheard.skipIf(program === undefined)('redisStore and its process', (isHeard) => {
  const script = (url: string): string => `
    const { redisStore } = await import(${JSON.stringify(new URL('../src/stores/redis.ts', import.meta.url).href)});
    const store = redisStore({ url: ${JSON.stringify(url)}, prefix: 'process' });
    store.invalidations.listen({ apply() {}, missed() {}, unheard() {} });
    const entry = { value: new Uint8Array(3), createdAt: Date.now(), expiresAt: Infinity };
    const outcome = await store.set('key', entry).then(() => 'set', (error) => error.code);
    process.stdout.write(outcome);
  `;
  const runNode = async (url: string): Promise<string> => {
    const args = [
      ...nodeArgumentsFor(isHeard),
      '--input-type=module',
      '--disable-warning=ExperimentalWarning',
      '-e',
      script(url),
    ];
    return (await promisify(execFile)(process.execPath, args, { timeout: 20_000 })).stdout;
  };

  it('ends when it has nothing else to do, without close', async () => {
    expect(await runNode(redis.url)).toBe('set');
  });

  it('ends without Redis too', async () => {
    expect(await runNode(`redis://127.0.0.1:${await freePort()}`)).toBe('CACHE_STORE_UNAVAILABLE');
  });
});

describeHeardAndUnheard.skipIf(program === undefined)('redisStore under a server that answers with errors', () => {
  it('stops asking it, and tries one call at a time until it answers', async () => {
    const prefix = newPrefix();
    const a = await start({ prefix, breaker: { failures: 3, probeAfterMs: 1 } });
    await withClient(redis.url, (client) => client.set(`{${prefix}}:sequence`, 'x'));
    await withClient(redis.url, async (client) => {
      await client.unlink(`{${prefix}}:sequence`);
      await client.lPush(`{${prefix}}:sequence`, 'somebody else’s');
      for (let round = 0; round < 5; round += 1) await expect(a.store.delete('key')).rejects.toEqual(unavailable);
      await client.unlink(`{${prefix}}:sequence`);
    });
    await vi.waitFor(async () => expect(await a.store.delete('key')).toBe(false));
    await a.log.settled();
  });
});
