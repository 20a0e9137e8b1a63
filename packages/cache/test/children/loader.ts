// Waits for a line on standard input, then asks for one key many times at once, and tells what it got.

import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from '../../src/index.ts';
import type { CacheStore } from '../../src/store.ts';
import { memoryStore } from '../../src/stores/memory.ts';

/** Where entries are shared, where each load leaves a mark, and how long a load takes. */
const [kind, place = '', journal = '', loadMs = '100'] = process.argv.slice(2);

const open = async (): Promise<CacheStore> => {
  if (kind === 'redis') return (await import('../../src/stores/redis.ts')).redisStore({ url: place });
  return (await import('../../src/stores/sqlite.ts')).sqliteStore({ path: place });
};

const cache = createCache<string>({
  tiers: [{ store: memoryStore() }, { store: (await open()) as CacheStore }],
  leaseMs: 2_000,
});
// Connections are there before it begins.
await cache.get('warm-up');
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const answers = await Promise.all(
  Array.from({ length: 1_000 }, () =>
    cache.getOrSet('key', async () => {
      appendFileSync(journal, `${process.pid}\n`);
      await sleep(Number(loadMs));
      return `made by ${process.pid}`;
    }),
  ),
);
const { loads, tiers } = await cache.stats();
process.stdout.write(
  `${JSON.stringify({ values: [...new Set(answers)], loads, errors: tiers.map(({ errors }) => errors) })}\n`,
);
await cache.close();
process.exit(0);
