import { randomUUID } from 'node:crypto';
import type { EncryptionOptions } from '../cipher.ts';
import { asyncFromBytes, createEnvelope } from '../envelope.ts';
import { entryDamaged, optionInvalid, storeClosed } from '../errors.ts';
import { channels } from '../events.ts';
import { compileGlob } from '../glob.ts';
import type { CacheEntry, CacheStore, MaybePromise, WriteOrigin } from '../store.ts';
import { createBreaker } from './redis/breaker.ts';
import { createBus } from './redis/bus.ts';
import { createCalls } from './redis/calls.ts';
import { createOpener, type RedisClientTemplate, sender } from './redis/client.ts';
import { createConnection } from './redis/connection.ts';
import { withDeadline } from './redis/deadline.ts';
import { createLeases } from './redis/leases.ts';
import { createRedisLog, memberOf, type Published } from './redis/log.ts';
import { createNames } from './redis/names.ts';
import { packNumber, readRecord } from './redis/record.ts';
import { createScanner } from './redis/scan.ts';
import { runScript, type Send, writeScript } from './redis/scripts.ts';

export type { RedisClientTemplate, RedisLink } from './redis/client.ts';

export interface RedisBreakerOptions {
  /** Failed calls in a row after which no more are made. @default 5 */
  readonly failures?: number | undefined;
  /** How long none is made before one is tried again, milliseconds. @default 1,000 */
  readonly probeAfterMs?: number | undefined;
}

export interface RedisStoreOptions {
  /** Address of Redis or Valkey, such as `redis://localhost:6379` or `rediss://…`; needs the package `redis`. */
  readonly url?: string | undefined;
  /**
   * A client of the package `redis` instead, for everything that an address cannot say. The store opens two connections
   * with the client's settings; the client itself is neither connected, used nor closed.
   */
  readonly client?: RedisClientTemplate | undefined;
  /** Begins every key, `{prefix}:…`. Caches with the same prefix share their entries. No spaces or braces. @default "hotpath" */
  readonly prefix?: string | undefined;
  /**
   * After so long a call counts as failed and the cache goes on without it, milliseconds. A healthy Redis answers within
   * one or two in the same network, so the default is only met by trouble, and costs little next to what is cached.
   * @default 100
   */
  readonly softTimeoutMs?: number | undefined;
  /**
   * For so long without word of what others invalidate, faster tiers are still asked, milliseconds; then they are not
   * until it can be heard again. `Infinity`: they always are. @default 10,000
   */
  readonly trustMs?: number | undefined;
  /** When to stop asking a Redis that fails. */
  readonly breaker?: RedisBreakerOptions | undefined;
  /** Values longer than this are compressed where that makes them smaller, bytes. @default 4,096 */
  readonly compressFromBytes?: number | undefined;
  /** Encrypts values. Keys and tags stay readable in Redis. @default none */
  readonly encryption?: EncryptionOptions | undefined;
  /** Current time, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

const name = 'redis';
const noBytes = Buffer.alloc(0);
/** A life longer than this is not given to Redis to watch: entries carry their own time. */
const longestLifeMs = 10 * 365 * 86_400_000;
const closeMs = 500;

const numberFrom = (
  option: string,
  value: number | undefined,
  otherwise: number,
  least: number,
  most = 3_600_000,
): number => {
  const given = value ?? otherwise;
  if (!(given >= least && given <= most)) throw optionInvalid(option, given, `a number from ${least} to ${most}`);
  return given;
};

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The tier that replicas share, on Redis or Valkey (5 or newer; one server, or a primary with replicas; no cluster). Returns at once and
 * connects in the background; a call waits for the first attempt, a second at most. While Redis cannot be used, calls
 * reject with `CACHE_STORE_UNAVAILABLE`, what is invalidated is remembered and sent first when it is back. Throws
 * `CACHE_OPTION_INVALID`. Its `usage` counts, and projects where the database has more than 10,000 keys. It keeps no usage
 * log: `popularity` belongs to a disk.
 */
export const redisStore = (options: RedisStoreOptions): CacheStore<Uint8Array> => {
  const { prefix = 'hotpath', client, url, compressFromBytes, encryption } = options;
  const now = options.now ?? (() => Date.now());
  if (!/^[^\s{}]+$/.test(prefix))
    throw optionInvalid('prefix', JSON.stringify(prefix), 'a word without spaces and braces');
  const softTimeoutMs = numberFrom('softTimeoutMs', options.softTimeoutMs, 100, 1);
  const trustMs = numberFrom('trustMs', options.trustMs, 10_000, 100, Number.POSITIVE_INFINITY);
  const envelope = createEnvelope({ compressFromBytes, encryption });
  const names = createNames(prefix);
  let origin: string = randomUUID();
  /** Which Redis it is, without a password. Of a client of the caller's own the prefix alone tells. */
  const place = url === undefined || !URL.canParse(url) ? '' : `${new URL(url).host}${new URL(url).pathname}`;
  const breaker = createBreaker({
    failures: numberFrom('breaker.failures', options.breaker?.failures, 5, 1),
    probeAfterMs: numberFrom('breaker.probeAfterMs', options.breaker?.probeAfterMs, 1_000, 0),
    elapsed: () => performance.now(),
  });
  const open = createOpener(name, client, url);
  let damaged = 0;
  let faults = 0;
  let closing: Promise<void> | undefined;

  const connection = createConnection({
    open,
    prepare: async (link) => {
      const send = sender(link);
      // In this order: nothing from Redis is believed before it knows what was invalidated while it was away.
      await log.resend(send);
      await log.reach(undefined, send);
      breaker.reset();
      bus.confirm();
    },
    onDown: (error) => {
      log.markUnsynced();
      faults += 1;
      const { storeFault } = channels;
      if (storeFault.hasSubscribers) storeFault.publish({ store: name, operation: 'background', error });
    },
  });
  const calls = createCalls(name, connection, breaker, softTimeoutMs);
  const send: Send = (args) => (closing === undefined ? calls.send(args) : Promise.reject(storeClosed(name)));
  const log = createRedisLog({ names, origin: () => origin, send, now });
  const leases = createLeases(names, send);
  const scanner = createScanner(names, send, now);
  /** The last number of all, and of those that cover more than a key. */
  const readState = (reply: unknown): { readonly last: number; readonly lastScope: number } | undefined => {
    const [last, lastScope] = `${reply ?? ''}`.split(' ').map(Number);
    return last !== undefined && last > 0 && lastScope !== undefined ? { last, lastScope } : undefined;
  };
  const bus = createBus({
    open,
    channel: names.channel,
    log,
    trustMs,
    lastNumber: async () => readState(await send(['GET', names.sequence]))?.last,
  });

  const countDamage = (cause: unknown): undefined => {
    damaged += 1;
    const { entryDropped } = channels;
    if (entryDropped.hasSubscribers) {
      entryDropped.publish({ store: name, reason: 'damaged', entries: 1, error: entryDamaged(name, undefined, cause) });
    }
    return undefined;
  };

  const judge = (key: string, reply: unknown, mark: number): CacheEntry<Uint8Array> | undefined => {
    if (!(reply instanceof Buffer)) return undefined;
    const record = readRecord(reply);
    if (record === undefined) return undefined;
    if (record === null) return countDamage(new TypeError('Something else lies under its key.'));
    let entry: CacheEntry<Uint8Array>;
    try {
      entry = envelope.open(key, record.envelope);
    } catch (error) {
      return countDamage(error);
    }
    entry.version = record.version;
    return entry.expiresAt > now() && !log.covers(key, entry, mark) ? entry : undefined;
  };

  const readMany = async (keys: readonly string[]): Promise<(CacheEntry<Uint8Array> | undefined)[]> => {
    const mark = log.mark();
    const replies = (await send(['MGET', ...keys.map(names.entry), names.sequence])) as unknown[];
    const state = readState(replies.pop());
    if (log.hasPostponed()) void log.resend().catch(() => {});
    // Where only keys were invalidated the entries themselves tell, and the message is left to come in its own time.
    if (state === undefined) await log.reach();
    else if (state.lastScope > log.version()) await log.reach(state.lastScope);
    return keys.map((key, index) => judge(key, replies[index], mark));
  };

  const write = async (key: string, entry: CacheEntry<Uint8Array>, isSet: boolean): Promise<Published> => {
    const lifeMs = Math.ceil(entry.expiresAt - now());
    // A caller's value from before the first connection cannot be told from older ones; it counts from its arrival.
    const isUndated = entry.version === undefined || (entry.version === 0 && log.version() === 0);
    let sealed: Buffer = noBytes;
    if (lifeMs > 0) {
      const isLarge = entry.value.byteLength >= asyncFromBytes;
      sealed = bufferOf(isLarge ? await envelope.sealLater(key, entry) : envelope.seal(key, entry));
    }
    const reply = await runScript(
      send,
      writeScript,
      [names.sequence, names.keys, names.scopes, names.entry(key)],
      [
        names.channel,
        origin,
        isSet ? '1' : '0',
        lifeMs <= 0 ? '0' : lifeMs > longestLifeMs ? '' : `${lifeMs}`,
        isSet && isUndated ? '' : `${entry.version ?? 0}`,
        `${entry.fence ?? 0}`,
        packNumber(entry.expiresAt),
        sealed,
        'key',
        memberOf({ kind: 'key', name: key }),
      ],
    );
    const [, before, number] = reply as readonly unknown[];
    return { before: Number(before ?? 0), number: Number(number ?? 0) };
  };

  const set = async (key: string, entry: CacheEntry<Uint8Array>, by: WriteOrigin = 'set'): Promise<void> => {
    if (closing !== undefined) throw storeClosed(name);
    if (by === 'set') await log.publish([{ kind: 'key', name: key }], () => write(key, entry, true));
    else await write(key, entry, false);
  };

  /** Published so far, or waiting to be. */
  const underWay = new Set<Promise<unknown>>();
  const tracked = <Result>(work: Promise<Result>): Promise<Result> => {
    underWay.add(work);
    const done = (): void => void underWay.delete(work);
    work.then(done, done);
    return work;
  };
  const settled = (): MaybePromise<void> => {
    if (underWay.size === 0 && !log.hasPostponed()) return undefined;
    return Promise.allSettled([...underWay]).then(() => log.resend());
  };

  return {
    name,
    capabilities: { sync: false, memory: false, persistent: true, shared: true, holds: 'bytes' },
    get: async (key) => (await readMany([key]))[0],
    getMany: readMany,
    set: (key, entry, by) => tracked(set(key, entry, by)),
    delete: async (key) => (await tracked(log.invalidate([{ kind: 'key', name: key }]))) > 0,
    clear: async () => {
      await tracked(log.invalidate([{ kind: 'all', name: '' }]));
      scanner.sweep();
    },
    keys: () => scanner.keys(),
    usage: async () => ({ ...(await scanner.count()), evictions: 0, damaged, faults }),
    invalidations: {
      name: `redis:${place}:${prefix}`,
      resume: log.resume,
      version: log.version,
      add: (items) => {
        for (const { kind, name: glob } of items) if (kind === 'glob') compileGlob(glob);
        // What fails is sent again; `settled` tells whether it went.
        return tracked(log.invalidate(items)).then(
          () => {},
          () => {},
        );
      },
      settled,
      listen: (listener, group) => {
        if (group !== undefined) origin = group;
        log.listen(listener);
        bus.start(listener);
      },
    },
    leases,
    close: () => {
      closing ??= (async () => {
        bus.stop();
        scanner.stop();
        await withDeadline(closeMs, calls.idle(), () => new Error('too late')).catch(() => {});
        connection.close();
      })();
      return closing;
    },
  };
};
