// Does anything and everything to a few keys that other processes use as well, and writes down what it did and saw, until
// its standard input ends.

import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CacheEntry, type CacheStore, channels, createCache, type WriteOrigin } from '../../src/index.ts';
import { memoryStore } from '../../src/stores/memory.ts';
import { sqliteStore } from '../../src/stores/sqlite.ts';
import { invalidations, type JournalLine, keys, type Made, partOf, places } from './journal.ts';

const [by = '', path = '', url = '', flaw = ''] = process.argv.slice(2);
const lanes = 4;
const longestMs = 30_000;

const file = openSync(`${path}.journal-${by}`, 'a');
const write = (line: JournalLine): void => void writeSync(file, `${JSON.stringify(line)}\n`);
let last = 0;
const instant = (): number => {
  last = Math.max(last + 1, Number(process.hrtime.bigint()));
  return last;
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const random = (below: number): number => Math.floor(Math.random() * below);
const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)] as Item;
const ways = Object.entries(invalidations).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));

/** A store with a flaw, to see that whoever checks the journals finds it. */
const flawed: Record<string, (store: CacheStore) => CacheStore> = {
  'hears nothing': (store) => {
    const { invalidations: log } = store;
    return log === undefined ? store : { ...store, invalidations: { ...log, poll: () => {}, listen: () => {} } };
  },
  'flushes nothing': (store) => ({ ...store, flush: () => {} }),
  'brings old loads back': (store) => ({
    ...store,
    set: (key: string, entry: CacheEntry, origin?: WriteOrigin) =>
      store.set(key, { ...entry, version: Number.MAX_SAFE_INTEGER }, origin),
  }),
};

let faults = 0;
const fault = (what: string): void => {
  faults += 1;
  write({ op: 'fault', at: instant(), what });
};
channels.storeFault.subscribe((event) => {
  const { store, operation, error } = event as { store: string; operation: string; error: unknown };
  fault(`${store} ${operation}: ${error instanceof Error ? error.message : error}`);
});
const disk = sqliteStore({ path, onError: ({ message }) => fault(message) }) as CacheStore;
const shared: CacheStore[] = [];
if (url !== '') {
  const { redisStore } = await import('../../src/stores/redis.ts');
  shared.push(redisStore({ url, softTimeoutMs: 10_000 }) as CacheStore);
}
const stores = [memoryStore({ maxEntries: 5 }), flawed[flaw]?.(disk) ?? disk, ...shared];
const cache = createCache<Made>({ tiers: stores.map((store) => ({ store })), leaseMs: 500 });
// Connections are there before it begins.
for (let before = -1; before < faults; await sleep(20)) {
  before = faults;
  await cache.get('connects');
}
writeSync(1, 'ready\n');

const read = (how: string, key: string, from: number, found: Made | undefined): void =>
  write({ op: 'read', key, how, from, to: instant(), ...(found !== undefined && { found }) });

const load = async (key: string): Promise<Made> => {
  const tags = places[key]?.tags;
  return partOf(cache, key).getOrSet(
    key,
    async () => {
      const made: Made = { at: instant(), by, how: 'load' };
      await sleep(random(3) === 0 ? 0 : random(20));
      return made;
    },
    { tags },
  );
};

let diskFaults = 0;
const flush = async (): Promise<void> => {
  const from = instant();
  const isDurable = await cache.flush();
  // Those in the background are announced every ten seconds, and counted always.
  const { faults: counted = 0 } = await disk.usage();
  if (counted > diskFaults) fault('sqlite in the background');
  diskFaults = counted;
  write({ op: 'flush', from, isDurable, to: instant() });
};

const act = async (): Promise<void> => {
  const key = pick(keys);
  const part = partOf(cache, key);
  const dice = random(100);
  // What was done elsewhere before this instant shows from the next turn on.
  const from = instant();
  await turn();
  await turn();
  if (dice < 20) read('get', key, from, await part.get(key));
  else if (dice < 25) {
    const found = part.peek(key);
    // Without a value in memory it says nothing.
    if (found !== undefined) read('peek', key, from, found);
  } else if (dice < 30) {
    const found = await part.getMany([key]);
    read('getMany', key, from, found.get(key));
  } else if (dice < 60) read('getOrSet', key, from, await load(key));
  else if (dice < 80) {
    const at = instant();
    await part.set(key, { at, by, how: 'set' }, { tags: places[key]?.tags });
    write({ op: 'set', key, heard: from, from: at, to: instant() });
    if (dice >= 70) await flush();
  } else if (dice < 85) {
    await flush();
  } else {
    const name = pick(ways);
    const id = instant();
    write({ op: 'begin', id, name, from: id });
    await invalidations[name]?.run(cache);
    write({ op: 'end', id, to: instant() });
  }
};

let isOver = false;
const lane = async (): Promise<void> => {
  while (!isOver) {
    const work = act();
    const timer = setTimeout(() => write({ op: 'hang', what: 'an operation did not end' }), longestMs);
    await work;
    clearTimeout(timer);
    await sleep(random(4));
  }
};
process.stdin.on('end', () => {
  isOver = true;
});
process.stdin.resume();
await Promise.all(Array.from({ length: lanes }, lane));
await cache.close();
