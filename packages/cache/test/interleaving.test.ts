import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cache, createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { turn } from './support/clock.ts';
import { sharedTable } from './support/shared-table.ts';

const keys = ['a', 'b', 'project\u001fc'];
const step = fc.record({
  process: fc.nat(1),
  key: fc.constantFrom(...keys),
  act: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('get', 'getMany', 'getOrSet', 'failing', 'leaving') },
    { weight: 3, arbitrary: fc.constantFrom('set', 'delete') },
    { weight: 1, arbitrary: fc.constantFrom('deleteTag', 'deleteMatching', 'clearNamespace', 'clear') },
    { weight: 3, arbitrary: fc.constantFrom('turn', 'answer', 'pass') },
  ),
});

describe('two processes over one table, whatever happens in whichever order', () => {
  it.each([
    ['polling', { sync: true, hears: 'poll' }],
    ['polling, answering later', { sync: false, hears: 'poll' }],
    ['being told, answering later', { sync: false, hears: 'push' }],
  ] as const)('agree in the end (%s)', { timeout: 30_000 }, async (_how, options) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
        let time = 1_000;
        const now = (): number => time;
        const table = sharedTable(now);
        const caches: Cache<number>[] = [0, 1].map(() =>
          createCache<number>({
            tiers: [{ store: memoryStore({ now }) }, { store: bufferStore({ now }) }, { store: table.member(options) }],
            now,
            leaseMs: 100,
          }),
        );
        const calls: Promise<unknown>[] = [];
        const start = (call: Promise<unknown>): void => void calls.push(call.catch(() => {}));
        const loads: (() => void)[] = [];
        let serial = 0;
        for (const { process, key, act } of steps) {
          const cache = caches[process];
          if (cache === undefined) throw new Error('There are two processes.');
          serial += 1;
          const value = serial;
          const loader = (): Promise<number> =>
            new Promise((resolve, reject) => {
              loads.push(() => (act === 'failing' ? reject(new Error('upstream')) : resolve(value)));
            });
          if (act === 'turn') await turn();
          else if (act === 'answer') loads.shift()?.();
          else if (act === 'pass') time += 10;
          else if (act === 'get') start(cache.get(key));
          else if (act === 'getMany') start(cache.getMany(keys));
          else if (act === 'set') start(cache.set(key, value, { tags: ['tag'] }));
          else if (act === 'delete') start(cache.delete(key));
          else if (act === 'deleteTag') start(cache.deleteTag('tag'));
          else if (act === 'deleteMatching') start(cache.deleteMatching('[ab]'));
          else if (act === 'clearNamespace') start(cache.clear('project'));
          else if (act === 'clear') start(cache.clear());
          else {
            const controller = new AbortController();
            start(cache.getOrSet(key, loader, { tags: ['tag'], signal: controller.signal }));
            if (act === 'leaving') setImmediate(() => controller.abort());
          }
        }
        let settled = false;
        const all = Promise.all(calls).then(() => {
          settled = true;
        });
        while (!settled) {
          // Loads still under way end; who waits for a lease comes round to start its own.
          for (const end of loads.splice(0)) end();
          await turn();
        }
        await all;
        await Promise.all(caches.map((cache) => cache.flush()));
        await turn();
        await turn();
        for (const key of keys) {
          const held = await table.member().get(key);
          for (const cache of caches) expect([undefined, held?.value]).toContain(cache.peek(key));
        }
        for (const cache of caches)
          for (const { errors, damaged } of (await cache.stats()).tiers)
            expect({ errors, damaged }).toEqual({ errors: 0, damaged: 0 });
        await Promise.all(caches.map((cache) => cache.close()));
      }),
      { numRuns: 60 },
    );
  });
});
