import { createClient } from 'redis';
import type { CacheEntry, CacheStore, Invalidation, InvalidationListener, InvalidationLog } from '../../src/store.ts';
import { type RedisStoreOptions, redisStore } from '../../src/stores/redis.ts';

/** A store with somebody who listens to it. */
export interface Replica {
  readonly store: CacheStore<Uint8Array>;
  readonly log: InvalidationLog;
  /** What it heard of the others, as "tag red". */
  readonly heard: string[];
  missed: number;
  unheard: boolean;
  read(key: string): Promise<string | undefined>;
}

export const entryOf = (value: string, more: Partial<CacheEntry> = {}): CacheEntry<Uint8Array> => ({
  createdAt: 1_000,
  expiresAt: Number.POSITIVE_INFINITY,
  ...more,
  value: new Uint8Array(Buffer.from(value)),
});

const textOf = ({ kind, name }: Invalidation): string => `${kind} ${name}`;

export const createReplica = (options: RedisStoreOptions): Replica => {
  const store = redisStore(options);
  const log = store.invalidations;
  if (log === undefined) throw new Error('The store has no log.');
  const replica: Replica = {
    store,
    log,
    heard: [],
    missed: 0,
    unheard: false,
    read: async (key) => {
      const entry = await store.get(key);
      return entry === undefined ? undefined : Buffer.from(entry.value).toString();
    },
  };
  const listener: InvalidationListener = {
    apply: (invalidation) => void replica.heard.push(textOf(invalidation)),
    missed: () => {
      replica.missed += 1;
    },
    unheard: (isUnheard) => {
      replica.unheard = isUnheard;
    },
  };
  log.listen(listener);
  return replica;
};

const clientOf = (url: string) => createClient({ url });

/** Talks to Redis past the store. */
export const withClient = async <Result>(
  url: string,
  work: (client: ReturnType<typeof clientOf>) => Promise<Result>,
): Promise<Result> => {
  const client = clientOf(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
};
