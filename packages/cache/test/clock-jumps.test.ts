import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CacheEntry, type CacheOptions, type CacheStore, createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { sqliteStore } from '../src/stores/sqlite.ts';
import { type Clock, testClock, within } from './support/clock.ts';
import { failing } from './support/expiring.ts';
import { temporaryPaths } from './support/folder.ts';
import { entry, read, sqliteStores, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const openSqlite = sqliteStores();
const minute = 60_000;
const hour = 60 * minute;
const startAt = 1_700_000_000_000;

type Kind = 'memory' | 'file' | 'memory and file';
const kinds: Kind[] = ['memory', 'file', 'memory and file'];

/** Fails where anything is handed to a store that would be over before it is there. */
const checked = (store: CacheStore, now: () => number): CacheStore => ({
  ...store,
  set: (key, written, origin) => {
    if (!(written.expiresAt > now())) throw new Error(`${key} is written with ${written.expiresAt - now()} ms to live`);
    return store.set(key, written, origin);
  },
});

/** A cache whose clock the test moves by hours. `finish` closes it, and fails if any store had a fault. */
const create = (kind: Kind, options: Partial<CacheOptions<string>> = {}) => {
  const clock = testClock(startAt);
  const { now } = clock;
  const memory = [memoryStore({ now }), bufferStore({ now }) as CacheStore];
  const file = (): CacheStore => sqliteStore({ path: newPath(), now }) as CacheStore;
  const stores = kind === 'memory' ? memory : kind === 'file' ? [file()] : [...memory, file()];
  const tiers = stores.map((store, index) => ({
    store: checked(store, now),
    ...(index < stores.length - 1 && { ttlMs: 30_000 }),
  }));
  const cache = createCache<string>({ tiers, now, random: () => 0, leaseMs: 0, ...options });
  const finish = async (): Promise<void> => {
    const { tiers: counted } = await cache.stats();
    expect(counted.map(({ errors, damaged }) => errors + damaged)).toEqual(counted.map(() => 0));
    await cache.close();
  };
  return { ...clock, cache, stores, finish };
};

const start: typeof create = (kind, options) => {
  const started = create(kind, options);
  onTestFinished(started.finish);
  return started;
};

describe.each(kinds)('a clock that jumps by hours, with %s', (kind) => {
  it('forwards ends what is over by then, and nothing that lives for ever', async () => {
    const { cache, pass } = start(kind);
    await cache.set('short', 'value', { ttlMs: minute });
    await cache.set('for ever', 'value');
    pass(5 * hour);
    expect(cache.peek('short')).toBeUndefined();
    expect(await cache.getMany(['short', 'for ever'])).toEqual(new Map([['for ever', 'value']]));
    expect(await cache.getOrSet('short', () => 'anew', { ttlMs: minute })).toBe('anew');
    pass(minute);
    expect(await cache.get('short')).toBeUndefined();
  });

  it('backwards leaves the end of an entry where it was, however often it is copied on the way', async () => {
    const { cache, pass, stores } = start(kind);
    await cache.set('key', 'value', { ttlMs: minute });
    pass(-5 * hour);
    for (let passed = 0; passed < 5 * hour; passed += 10 * minute) {
      pass(10 * minute);
      expect(await cache.get('key')).toBe('value');
    }
    pass(minute - 1);
    expect(await cache.get('key')).toBe('value');
    pass(1);
    expect(await cache.get('key')).toBeUndefined();
    for (const store of stores) expect(await store.get('key')).toBeUndefined();
    await cache.set('key', 'a second', { ttlMs: minute });
    expect(await cache.get('key')).toBe('a second');
  });

  it('back and forth neither loads what is still good nor answers what is over', async () => {
    const options = { ttlMs: minute, staleWhileRevalidateMs: minute, graceMs: hour, graceBackoffMs: 1_000 };
    const { cache, pass } = start(kind, options);
    expect(await cache.getOrSet('key', () => 'old')).toBe('old');
    pass(-5 * hour);
    expect(await cache.getOrSet('key', failing)).toBe('old');
    pass(5 * hour + 10 * minute);
    // Within grace, and again for as long as that failure is remembered, which ends where the grace does.
    expect(await cache.getOrSet('key', failing)).toBe('old');
    pass(-5 * hour);
    expect(await cache.getOrSet('key', failing)).toBe('old');
    pass(10 * hour);
    await expect(cache.getOrSet('key', failing)).rejects.toThrow('upstream');
    expect(await cache.getOrSet('key', () => 'new')).toBe('new');
    expect(await cache.get('key')).toBe('new');
  });

  it('lets sliding neither shorten a life nor give one without end', async () => {
    const { cache, pass } = start(kind, { ttlMs: hour, sliding: true });
    await cache.set('key', 'value');
    pass(-5 * hour);
    for (let use = 0; use < 3; use += 1) expect(await cache.getOrSet('key', failing)).toBe('value');
    pass(5 * hour + 50 * minute);
    expect(await cache.getOrSet('key', failing)).toBe('value');
    pass(59 * minute);
    expect(await cache.get('key')).toBe('value');
    pass(2 * hour);
    expect(await cache.get('key')).toBeUndefined();
  });

  it('remembers an absence to its end and no longer', async () => {
    const { cache, pass } = start(kind, { ttlMs: hour, negativeTtlMs: minute });
    const nothing = vi.fn(() => undefined as unknown as string);
    expect(await cache.getOrSet('key', nothing)).toBeUndefined();
    pass(-hour);
    expect(await cache.getOrSet('key', nothing)).toBeUndefined();
    expect(nothing).toHaveBeenCalledTimes(1);
    pass(hour + minute);
    expect(await cache.getOrSet('key', () => 'there')).toBe('there');
  });
});

describe('whatever the clock does in whichever order', { timeout: 30_000 }, () => {
  const keys = ['a', 'b', 'c'];
  const step = fc.record({
    key: fc.constantFrom(...keys),
    ttlMs: fc.constantFrom(1_000, minute, hour),
    act: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('get', 'peek', 'getMany', 'getOrSet', 'set') },
      { weight: 1, arbitrary: fc.constantFrom('delete', 'flush') },
      { weight: 2, arbitrary: fc.constantFrom('pass', 'jump') },
    ),
    jumpMs: fc.integer({ min: -6 * hour, max: 6 * hour }),
  });

  it.each(kinds)(
    'an entry is answered until the clock has reached its end, and not from then on, with %s',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), async (steps) => {
          const { cache, pass, now, finish } = create(kind);
          /** The value that was set last, its end, and whether the clock has been there since. */
          const model = new Map<string, { value: string; endsAt: number; hasEnded: boolean }>();
          let latest = now();
          const tick = (ms: number): void => {
            pass(ms);
            latest = Math.max(latest, now());
            for (const known of model.values()) known.hasEnded ||= now() >= known.endsAt;
          };
          const check = (key: string, found: string | undefined, isCertain = true): void => {
            const known = model.get(key);
            if (found !== undefined) expect([found, now() < (known?.endsAt ?? 0)]).toEqual([known?.value, true]);
            else if (isCertain) expect(known?.hasEnded ?? true).toBe(true);
          };
          for (const [index, { key, ttlMs, act, jumpMs }] of steps.entries()) {
            const value = `${index}`;
            const set = (): void => void model.set(key, { value, endsAt: now() + ttlMs, hasEnded: false });
            if (act === 'pass') tick(Math.abs(jumpMs) % minute);
            else if (act === 'jump') tick(jumpMs);
            else if (act === 'get') check(key, await cache.get(key));
            else if (act === 'peek') check(key, cache.peek(key), false);
            else if (act === 'flush') expect(await cache.flush()).toBe(true);
            else if (act === 'getMany') {
              const found = await cache.getMany(keys);
              for (const each of keys) check(each, found.get(each));
            } else if (act === 'delete') {
              await cache.delete(key);
              model.delete(key);
            } else if (act === 'set') {
              await cache.set(key, value, { ttlMs });
              set();
            } else {
              const found = await cache.getOrSet(key, () => value, { ttlMs });
              if (found === value) {
                expect(model.get(key)?.hasEnded ?? true).toBe(true);
                set();
              } else check(key, found);
            }
          }
          tick(latest - now() + hour);
          for (const key of keys) expect(await cache.get(key)).toBeUndefined();
          await finish();
        }),
        { numRuns: 40 },
      );
    },
  );

  it('the clock of the system is followed both ways', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: startAt });
    const cache = createCache<string>({
      tiers: [{ store: memoryStore() }, { store: openSqlite({ path: newPath() }) }],
    });
    await cache.set('key', 'value', { ttlMs: minute });
    vi.setSystemTime(startAt + 5 * hour);
    // Time stands still within a turn for hits in memory.
    await vi.waitFor(() => expect(cache.peek('key')).toBeUndefined());
    expect(await cache.getOrSet('key', () => 'anew', { ttlMs: minute })).toBe('anew');
    vi.setSystemTime(startAt);
    expect(await cache.getOrSet('key', failing)).toBe('anew');
    await cache.close();
  });
});

describe('leases when the clock jumps', () => {
  const table = () => {
    const path = newPath();
    const clock = testClock(startAt);
    const [one, other] = [openSqlite({ path, now: clock.now }), openSqlite({ path, now: clock.now })];
    return { path, ...clock, one, other };
  };

  it('forwards: the holder keeps the newer value out no more than any that is late', async () => {
    const { one, other, pass } = table();
    const late = Number(await one.leases.acquire('key', 30_000));
    pass(5 * hour);
    const early = Number(await other.leases.acquire('key', 30_000));
    expect(early).toBeGreaterThan(late);
    expect(await one.leases.extend('key', late, 30_000)).toBe(false);
    other.set('key', entry('newer', { fence: early }), 'load');
    await other.leases.release('key', early);
    one.set('key', entry('older', { fence: late }), 'load');
    await one.leases.release('key', late);
    expect(read(one, 'key')).toBe('newer');
    expect(await one.leases.acquire('key', 30_000)).toBeGreaterThan(early);
  });

  it('forwards by so much that the lease is tidied away: its token still counts as the older one', async () => {
    const { one, other, pass } = table();
    const loadOthers = async (): Promise<void> => {
      for (let index = 0; index < 200; index += 1) {
        const token = Number(await other.leases.acquire(`other ${index}`, 30_000));
        await other.leases.release(`other ${index}`, token);
      }
    };
    await loadOthers();
    const late = Number(await one.leases.acquire('key', 30_000));
    pass(5 * hour);
    await loadOthers();
    expect(await one.leases.extend('key', late, 30_000)).toBe(false);
    const early = Number(await other.leases.acquire('key', 30_000));
    other.set('key', entry('newer', { fence: early }), 'load');
    await other.leases.release('key', early);
    one.set('key', entry('older', { fence: late }), 'load');
    one.flush();
    expect(read(other, 'key')).toBe('newer');
  });

  it('backwards: a holder that prolongs its lease keeps it, and others get it when it is given back', async () => {
    const { one, other, pass } = table();
    const token = Number(await one.leases.acquire('key', 30_000));
    pass(-5 * hour);
    expect(await one.leases.extend('key', token, 30_000)).toBe(true);
    pass(29_000);
    expect(await other.leases.acquire('key', 30_000)).toBeUndefined();
    pass(1_000);
    expect(await other.leases.acquire('key', 30_000)).toBeGreaterThan(token);
  });

  it('backwards: one that was given back before is free', async () => {
    const { one, other, pass } = table();
    const token = Number(await one.leases.acquire('key', 30_000));
    await one.leases.release('key', token);
    pass(-5 * hour);
    expect(await other.leases.acquire('key', 30_000)).toBeGreaterThan(token);
  });

  it('backwards: one whose holder stands still, or died elsewhere, ends after its time all the same', async () => {
    const { path, one, pass } = table();
    const token = Number(await one.leases.acquire('key', 30_000));
    withDatabase(path, (database) => database.exec("UPDATE leases SET owner = '1@elsewhere' WHERE hash >= 0"));
    pass(-5 * hour);
    await one.leases.acquire('key', 30_000);
    pass(31_000);
    expect(await one.leases.acquire('key', 30_000)).toBeGreaterThan(token);
  });

  it('backwards: a key that was loaded before can be loaded again', async () => {
    const { cache, pass } = start('memory and file', { ttlMs: minute, leaseMs: 30_000 });
    expect(await cache.getOrSet('key', () => 'one')).toBe('one');
    await cache.delete('key');
    pass(-5 * hour);
    const controller = new AbortController();
    onTestFinished(() => controller.abort());
    const loading = cache.getOrSet('key', () => 'two', { signal: controller.signal });
    loading.catch(() => {});
    expect(await within(1_000, loading)).toBe('two');
  });
});

describe('usage when the clock jumps', () => {
  it.each([5 * hour, -5 * hour])('is still counted after %i ms, and warms', async (jumpMs) => {
    const path = newPath();
    const clock: Clock = testClock(startAt);
    const { now, pass } = clock;
    const open = () =>
      createCache<string>({ tiers: [{ store: memoryStore({ now }) }, { store: openSqlite({ path, now }) }], now });
    const first = open();
    for (const key of ['before', 'after', 'unused']) await first.set(key, key);
    await first.flush();
    for (let use = 0; use < 100; use += 1) await first.get('before');
    await first.flush();
    pass(jumpMs);
    for (let use = 0; use < 100; use += 1) await first.get('after');
    await first.close();
    const second = open();
    expect(await second.warm({ top: 2 })).toMatchObject({ entries: 2, candidates: 2 });
    expect([second.peek('before'), second.peek('after')]).toEqual(['before', 'after']);
    await second.close();
  });
});

describe('a store that fails after the clock went back', () => {
  const faulty = (now: () => number) => {
    const inner = memoryStore({ now });
    const state = { isBroken: false };
    const working = (): void => {
      if (state.isBroken) throw new Error('the store is broken');
    };
    const store: CacheStore = {
      ...inner,
      set: (key, written) => {
        working();
        return inner.set(key, written);
      },
      delete: (key) => {
        working();
        return inner.delete(key);
      },
      clear: () => {
        working();
        return inner.clear();
      },
    };
    return { store, inner, state };
  };

  it.each(['delete', 'clear'] as const)('in %s is not believed about what it held before', async (operation) => {
    const { now, pass } = testClock(startAt);
    const { store, inner, state } = faulty(now);
    const cache = createCache<string>({ tiers: [{ store }], now });
    await cache.set('key', 'old');
    pass(-5 * hour);
    state.isBroken = true;
    await (operation === 'delete' ? cache.delete('key') : cache.clear());
    state.isBroken = false;
    expect((inner.get('key') as CacheEntry).value).toBe('old');
    expect(await cache.get('key')).toBeUndefined();
  });

  it('is believed again about what it takes later, however far the clock is behind', async () => {
    const { now, pass } = testClock(startAt);
    const { store, state } = faulty(now);
    const cache = createCache<string>({ tiers: [{ store }], now });
    await cache.set('key', 'old');
    state.isBroken = true;
    await cache.delete('key');
    state.isBroken = false;
    pass(-5 * hour);
    expect(await cache.get('key')).toBeUndefined();
    await cache.set('key', 'new');
    expect(await cache.get('key')).toBe('new');
  });
});
