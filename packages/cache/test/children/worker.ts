// Reads and writes the same few keys as others do at the same time, and tells how it went.

import type { CacheEntry } from '../../src/store.ts';
import { sqliteStore } from '../../src/stores/sqlite.ts';
import { payloadEntry, serialOf } from './payload.ts';

const [path = '', name = '0'] = process.argv.slice(2);
const problems: string[] = [];
const store = sqliteStore({ path, flushMs: 1, onError: (error) => problems.push(error.message) });
let state = Number(name) + 1;
const random = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
let hits = 0;
for (let serial = 0; serial < 3_000; serial += 1) {
  const key = `key ${random(200)}`;
  try {
    const action = random(10);
    if (action < 3) store.set(key, payloadEntry(key, serial * 10 + Number(name)));
    else if (action === 3) store.delete(key);
    else {
      const found = store.get(key) as CacheEntry<Uint8Array> | undefined;
      if (found !== undefined) {
        hits += 1;
        if (serialOf(key, found) === undefined) problems.push(`${key} is wrong`);
      }
    }
    if (serial % 50 === 49) {
      store.flush?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  } catch (error) {
    problems.push(String(error));
  }
}
const { damaged, faults } = await store.usage();
await store.close?.();
process.stdout.write(JSON.stringify({ hits, problems, damaged, faults }));
