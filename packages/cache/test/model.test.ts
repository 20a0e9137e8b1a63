import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CacheEntry, type CacheStore, createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { sqliteStore } from '../src/stores/sqlite.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { manualStore } from './support/manual-store.ts';
import { sharedTable } from './support/shared-table.ts';

const newPath = temporaryPaths();
const namespace = 'inner';
const keys = fc.constantFrom('a', 'b', 'c', `${namespace}\u001fd`, `${namespace}\u001fe`);
const ttls = fc.option(fc.integer({ min: 0, max: 120 }), { nil: undefined });
const tags = fc.subarray(['red', 'blue']);
const extraTimes = {
  staleWhileRevalidateMs: fc.constantFrom(0, 0, 20, 60),
  graceMs: fc.constantFrom(0, 0, 30, 90),
};

const operationOn = (key: fc.Arbitrary<string>, often: { readonly sets: number; readonly removals: number }) =>
  fc.oneof(
    {
      weight: often.sets,
      arbitrary: fc.record({
        kind: fc.constant('set' as const),
        key,
        value: fc.nat(99),
        ttlMs: ttls,
        tags,
        ...extraTimes,
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('getMany' as const), key }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('peek' as const), key }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('getOrSet' as const),
        key,
        value: fc.nat(99),
        ttlMs: ttls,
        tags,
        fails: fc.boolean(),
        sliding: fc.constantFrom(undefined, undefined, true, false),
        ...extraTimes,
      }),
    },
    { weight: often.removals, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
    {
      weight: often.removals,
      arbitrary: fc.record({ kind: fc.constant('deleteTag' as const), tag: fc.constantFrom('red', 'blue', 'green') }),
    },
    {
      weight: often.removals,
      arbitrary: fc.record({
        kind: fc.constant('deleteMatching' as const),
        glob: fc.constantFrom('a', '[bc]', 'in*d'),
      }),
    },
    { weight: often.removals, arbitrary: fc.record({ kind: fc.constant('clearNamespace' as const) }) },
    { weight: often.removals, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 60 }) }) },
  );

const operations = fc.oneof(
  fc.array(operationOn(keys, { sets: 3, removals: 1 }), { maxLength: 60, size: 'max' }),
  // Few keys that are used and hardly ever replaced: only what lives long can slide.
  fc.array(operationOn(fc.constantFrom('a', `${namespace}\u001fd`), { sets: 1, removals: 0 }), {
    maxLength: 60,
    size: 'max',
  }),
);

const longestMs = 100;

/** How long a call gives a value to live. */
interface Life {
  readonly ttlMs: number | undefined;
  readonly staleWhileRevalidateMs: number;
  readonly graceMs: number;
}

interface Made extends Life {
  readonly key: string;
  readonly value: number;
  readonly tags: readonly string[];
}

const lifeByDefault: Life = { ttlMs: undefined, staleWhileRevalidateMs: 0, graceMs: 0 };
const ttlOf = ({ ttlMs = longestMs }: Life): number => Math.min(ttlMs, longestMs);
const staleMsOf = ({ staleWhileRevalidateMs, graceMs }: Life): number => Math.max(staleWhileRevalidateMs, graceMs);

/** What the model knows of an entry: until when it is fresh, and until when it may be served stale. */
interface Kept {
  readonly value: number;
  readonly createdAt: number;
  readonly endsAt: number;
  readonly expiresAt: number;
  readonly tags: readonly string[];
}

describeHeardAndUnheard('a cache behaves like a map with times', () => {
  const lastTiers: [string, (now: () => number) => CacheStore][] = [
    ['memory', (now) => memoryStore({ now })],
    ['buffer', (now) => bufferStore({ now })],
    ['a store that answers later', (now) => sharedTable(now).member({ sync: false })],
    ['sqlite', (now) => sqliteStore({ path: newPath(), now })],
  ];

  it.each(lastTiers)('one operation after the other, above %s', { timeout: 30_000 }, async (name, lastTier) => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), operations, async (slides, steps) => {
        let time = 1_000;
        const now = (): number => time;
        const model = new Map<string, Kept>();
        const invalidated = new Set<string>();
        const held = (key: string): Kept | undefined => {
          const found = model.get(key);
          return found !== undefined && found.expiresAt > time ? found : undefined;
        };
        const fresh = (key: string): number | undefined => {
          const found = held(key);
          return found !== undefined && found.endsAt > time ? found.value : undefined;
        };
        const put = (step: Made): void => {
          const { key, value, tags: names } = step;
          const endsAt = time + ttlOf(step);
          // A life of nothing removes what was there.
          if (endsAt === time) model.delete(key);
          else model.set(key, { value, createdAt: time, endsAt, expiresAt: endsAt + staleMsOf(step), tags: names });
        };
        /** A use by a call that gives so long a life. */
        const use = (key: string, life: Life, sliding = slides): void => {
          const found = held(key);
          const ttlMs = ttlOf(life);
          if (found === undefined || !sliding || found.endsAt <= time) return;
          const isYoung = found.endsAt - time > ttlMs / 2;
          // From its making to its end: one that has been given several short lives counts as one of a long life.
          const isShortLived = found.endsAt - found.createdAt < ttlMs;
          if (isYoung || isShortLived) return;
          const endsAt = time + ttlMs;
          model.set(key, { ...found, endsAt, expiresAt: endsAt + staleMsOf(life) });
        };
        const forget = (covers: (key: string, kept: Kept) => boolean): void => {
          for (const [key, kept] of model) {
            if (!covers(key, kept)) continue;
            model.delete(key);
            invalidated.add(key);
          }
        };
        await using cache = createCache<number>({
          tiers: [
            { store: memoryStore({ maxEntries: 1, now }), ttlMs: 10 },
            { store: bufferStore({ maxEntries: 3, now }), ttlMs: 40 },
            { store: lastTier(now) },
          ],
          ttlMs: longestMs,
          sliding: slides,
          graceBackoffMs: 0,
          now,
        });
        for (const step of steps) {
          if (step.kind === 'pass') time += step.ms;
          else if (step.kind === 'flush') expect(await cache.flush()).toBe(true);
          else if (step.kind === 'clear') {
            await cache.clear();
            model.clear();
          } else if (step.kind === 'deleteTag') {
            await cache.deleteTag(step.tag);
            forget((_key, kept) => kept.tags.includes(step.tag));
          } else if (step.kind === 'deleteMatching') {
            await cache.deleteMatching(step.glob);
            const covered = step.glob === 'a' ? ['a'] : step.glob === '[bc]' ? ['b', 'c'] : [`${namespace}\u001fd`];
            forget((key) => covered.includes(key));
          } else if (step.kind === 'clearNamespace') {
            await cache.clear(namespace);
            forget((key) => key.startsWith(namespace));
          } else if (step.kind === 'set') {
            await cache.set(step.key, step.value, step);
            model.delete(step.key);
            put(step);
          } else if (step.kind === 'delete') {
            const had = await cache.delete(step.key);
            // A value kept for its grace counts as there, and so may one that was invalidated but not asked for since.
            if (!invalidated.has(step.key)) expect(had).toBe(held(step.key) !== undefined);
            model.delete(step.key);
          } else if (step.kind === 'get') {
            expect(await cache.get(step.key)).toBe(fresh(step.key));
            use(step.key, lifeByDefault);
          } else if (step.kind === 'getMany') {
            expect((await cache.getMany([step.key])).get(step.key)).toBe(fresh(step.key));
            use(step.key, lifeByDefault);
          } else if (step.kind === 'peek') {
            const found = cache.peek(step.key);
            expect([undefined, fresh(step.key)]).toContain(found);
            if (found !== undefined) use(step.key, lifeByDefault);
          } else {
            const { value, fails } = step;
            const loader = () => (fails ? Promise.reject(new Error('upstream')) : value);
            const answer = await cache.getOrSet(step.key, loader, step).catch(() => 'failed');
            // What goes on behind a stale answer is done.
            await new Promise((resolve) => setImmediate(resolve));
            const kept = held(step.key);
            if (kept !== undefined && kept.endsAt > time) {
              expect(answer).toBe(kept.value);
              use(step.key, step, step.sliding);
            } else {
              const isRevalidated = kept !== undefined && kept.endsAt + step.staleWhileRevalidateMs > time;
              const isGraced = kept !== undefined && fails && kept.endsAt + step.graceMs > time;
              expect(answer).toBe(isRevalidated || isGraced ? kept.value : fails ? 'failed' : value);
              if (!fails) put(step);
            }
          }
        }
        for (const { errors, damaged } of (await cache.stats()).tiers)
          expect({ errors, damaged }).toEqual({ errors: 0, damaged: 0 });
      }),
      { numRuns: name === 'sqlite' ? 40 : 250 },
    );
  });

  it('in any order in which two slow stores and the loaders may answer', { timeout: 30_000 }, async () => {
    const write = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('set' as const), key: keys }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: keys }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
    );
    const read = fc.record({ kind: fc.constantFrom('get' as const, 'getOrSet' as const), key: keys });
    const steps = fc.array(fc.oneof({ weight: 1, arbitrary: write }, { weight: 2, arbitrary: read }), {
      maxLength: 25,
    });

    await fc.assert(
      fc.asyncProperty(fc.scheduler(), steps, async (scheduler, operations) => {
        const scheduled = (): CacheStore & { entries: Map<string, CacheEntry> } => {
          const inner = manualStore();
          const wait = () => scheduler.schedule(Promise.resolve());
          return {
            ...inner,
            get: (key) => wait().then(() => inner.entries.get(key)),
            set: (key, entry) => wait().then(() => void inner.entries.set(key, entry)),
            delete: (key) => wait().then(() => inner.entries.delete(key)),
            clear: () => wait().then(() => inner.entries.clear()),
          };
        };
        const stores = [scheduled(), scheduled()];
        const memory = memoryStore();
        const cache = createCache<number>({ tiers: [{ store: memory }, ...stores.map((store) => ({ store }))] });

        /** What each key must be at the end: the newest write, or a load begun after it. */
        const allowed = new Map<string, Set<number | undefined>>();
        const of = (key: string): Set<number | undefined> => {
          const values = allowed.get(key) ?? new Set<number | undefined>([undefined]);
          allowed.set(key, values);
          return values;
        };
        const calls: Promise<unknown>[] = [];
        let serial = 0;
        for (const step of operations) {
          serial += 1;
          const value = serial;
          if (step.kind === 'set') {
            allowed.set(step.key, new Set([value]));
            calls.push(cache.set(step.key, value));
          } else if (step.kind === 'delete') {
            allowed.set(step.key, new Set([undefined]));
            calls.push(cache.delete(step.key));
          } else if (step.kind === 'clear') {
            allowed.clear();
            calls.push(cache.clear());
          } else if (step.kind === 'get') calls.push(cache.get(step.key));
          else {
            // A set is there for every later reader: only where there is none may a load put its value.
            const values = of(step.key);
            if (values.has(undefined)) values.add(value);
            calls.push(cache.getOrSet(step.key, () => scheduler.schedule(Promise.resolve(value))));
          }
          if (value % 3 === 0 && scheduler.count() > 0) await scheduler.waitOne();
        }
        await scheduler.waitIdle();
        await Promise.all(calls);
        await scheduler.waitIdle();
        for (const key of ['a', 'b', 'c', 'd', 'e']) {
          const values = of(key);
          const last = stores[1]?.entries.get(key)?.value as number | undefined;
          expect([...values]).toContain(last);
          // A faster tier may lack the entry, but never holds another.
          for (const faster of [memory.get(key) as CacheEntry | undefined, stores[0]?.entries.get(key)]) {
            expect([undefined, last]).toContain(faster?.value);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
