// Writes enough for the worker to start, and then ends without closing anything.
import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from '../../src/index.ts';
import { memoryStore } from '../../src/stores/memory.ts';
import { sqliteStore } from '../../src/stores/sqlite.ts';
import { payload } from './payload.ts';

const store = sqliteStore({ path: process.argv[2] ?? '' });
const cache = createCache<string>({ tiers: [{ store: memoryStore() }, { store }] });
for (let index = 0; index < 300; index += 1) void cache.set(`key ${index}`, 'v'.repeat(5_000), { tags: ['many'] });
await cache.deleteTag('many');
// The worker takes the rows away when nothing has been written for a while.
await sleep(600);
store.set('last', { value: new Uint8Array(Buffer.from('value')), createdAt: payload('', 0).length, expiresAt: 9e15 });
