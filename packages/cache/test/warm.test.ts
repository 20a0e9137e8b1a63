import { afterEach, expect, it, vi } from 'vitest';
import { createCache } from '../src/index.ts';
import { bufferStore, memoryStore } from '../src/stores/memory.ts';
import { testClock, turn } from './support/clock.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { ticks } from './support/manual-store.ts';
import { type MemberOptions, sharedTable } from './support/shared-table.ts';

/** A table in which these keys were used, the first one most, and a cache that has just been started over it. */
const restarted = (
  keys: readonly string[],
  options: MemberOptions & { maxEntries?: number; absent?: string[] } = {},
) => {
  const { maxEntries = 100, absent = [], ...memberOptions } = options;
  const clock = testClock();
  const table = sharedTable(clock.now);
  for (const [index, key] of keys.entries()) {
    table.uses.set(key, keys.length - index);
    if (absent.includes(key)) continue;
    table.entries.set(key, { value: `value of ${key}`, createdAt: 1, expiresAt: Number.POSITIVE_INFINITY });
  }
  const member = table.member(memberOptions);
  const [hot, warm] = [memoryStore({ maxEntries, now: clock.now }), bufferStore({ now: clock.now })];
  const tiers = [{ store: hot }, { store: warm }, { store: member }];
  const cache = createCache<string>({ tiers, now: clock.now, random: () => 0 });
  return { ...clock, table, member, hot, warm, cache };
};

for (const sync of [true, false]) {
  describeHeardAndUnheard(`warming from a store that answers ${sync ? 'at once' : 'later'}`, () => {
    it('brings the most used keys into every memory tier, and counts no lookup', async () => {
      const { cache, hot, warm } = restarted(['a', 'b', 'c'], { sync });
      expect(await cache.warm({ top: 2 })).toMatchObject({ entries: 2, candidates: 2, complete: true });
      expect(cache.peek('a')).toBe('value of a');
      for (const tier of [hot, warm]) expect(tier.get('b')).toBeDefined();
      for (const tier of [hot, warm]) expect(tier.get('c')).toBeUndefined();
      expect((await cache.stats()).tiers[1]).toMatchObject({ hits: 0, misses: 0, evictions: 0 });
    });

    it('fills the hottest tier with the best and the next with the others', async () => {
      const { cache, hot, warm } = restarted(['a', 'b', 'c'], { sync, maxEntries: 2 });
      expect(await cache.warm()).toMatchObject({ entries: 3, candidates: 3, complete: true });
      expect(['a', 'b', 'c'].map((key) => hot.get(key) !== undefined)).toEqual([true, true, false]);
      expect(['a', 'b', 'c'].map((key) => warm.get(key) !== undefined)).toEqual([true, true, true]);
      expect((await cache.stats()).tiers[0]).toMatchObject({ evictions: 0 });
    });

    it('passes over what is gone, stale or known to be absent', async () => {
      const { cache, table, now } = restarted(['gone', 'stale', 'absent', 'dead', 'there'], { sync, absent: ['gone'] });
      const entry = { value: 'value', createdAt: 1, expiresAt: Number.POSITIVE_INFINITY };
      table.entries.set('stale', { ...entry, staleAt: now() });
      table.entries.set('absent', { ...entry, value: undefined, absent: true });
      table.entries.set('dead', { ...entry, expiresAt: now() });
      expect(await cache.warm()).toMatchObject({ entries: 1, candidates: 5, complete: true });
      expect(cache.peek('there')).toBe('value of there');
      expect(cache.peek('stale')).toBeUndefined();
    });

    it('fails for no fault of the store', async () => {
      for (const operation of ['top', 'get'] as const) {
        const { cache, member } = restarted(['a'], { sync });
        member.failing.add(operation);
        expect(await cache.warm()).toMatchObject({ entries: 0 });
        expect((await cache.stats()).tiers[2]?.errors).toBe(1);
      }
    });

    // The room is reckoned by how far down the list a key is, not by how many were there.
    it('gives room to what is there, not to what is gone', async () => {
      const { cache, hot } = restarted(['gone', 'gone too', 'there'], {
        sync,
        maxEntries: 2,
        absent: ['gone', 'gone too'],
      });
      await cache.warm();
      expect(hot.get('there')).toBeDefined();
    });

    it('goes on down the list past what is gone, as far as needed', async () => {
      const gone = Array.from({ length: 500 }, (_, index) => `gone ${index}`);
      const { cache, member } = restarted([...gone, 'there', 'there too', 'one more'], { sync, absent: gone });
      expect(await cache.warm({ top: 2 })).toMatchObject({ entries: 2, candidates: 2, complete: true });
      expect(cache.peek('there too')).toBeDefined();
      expect(cache.peek('one more')).toBeUndefined();
      expect(member.calls.filter((call) => call.startsWith('top'))).toHaveLength(2);
    });
  });
}

describeHeardAndUnheard('warming', () => {
  it('without a tier that remembers use, or without memory, does nothing', async () => {
    const { cache, member } = restarted(['a']);
    await cache.close();
    expect(await cache.warm()).toMatchObject({ entries: 0, candidates: 0, complete: true });
    expect(await createCache({ tiers: [{ store: memoryStore() }] }).warm()).toMatchObject({
      entries: 0,
      complete: true,
    });
    expect(await createCache({ tiers: [{ store: member }] }).warm()).toMatchObject({ entries: 0, complete: true });
  });

  it.each([
    ['top', { top: 0 }],
    ['top', { top: 1.5 }],
    ['top', { top: Number.NaN }],
    ['budgetMs', { budgetMs: 0 }],
    ['budgetMs', { budgetMs: Number.NaN }],
  ])('refuses a wrong %s', async (option, options) => {
    await expect(restarted([]).cache.warm(options)).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID', option });
  });

  it('does nothing for a signal that has aborted', async () => {
    const { cache, member } = restarted(['a']);
    await expect(cache.warm({ signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
    expect(member.calls).toEqual([]);
  });

  it('leaves the best keys those that go last', async () => {
    const { cache, hot } = restarted(['best', 'good', 'fair'], { maxEntries: 3 });
    await cache.warm();
    await cache.set('new', 'value');
    await cache.set('newer', 'value');
    expect(hot.get('best')).toBeDefined();
    expect(hot.get('fair')).toBeUndefined();
  });

  it('stops when its time is over, and says so', async () => {
    const keys = Array.from({ length: 300 }, (_, index) => `key ${index}`);
    const { cache } = restarted(keys);
    const clock = vi.spyOn(performance, 'now');
    let time = 0;
    // Each question of the time costs 10 ms.
    clock.mockImplementation(() => {
      time += 10;
      return time;
    });
    try {
      expect(await cache.warm({ budgetMs: 45 })).toMatchObject({ complete: false, candidates: 300 });
    } finally {
      clock.mockRestore();
    }
    expect(cache.peek('key 0')).toBeDefined();
    expect(cache.peek('key 299')).toBeUndefined();
  });

  // Between reading and copying, a tier that answers later lets others set and delete.
  it.each<[string, string | undefined]>([
    ['delete', undefined],
    ['set', 'new'],
  ])('brings back nothing that %s replaces meanwhile', async (how, expected) => {
    const { cache, member } = restarted(['a'], { sync: false });
    const answer = member.holdReads();
    const warming = cache.warm();
    await ticks();
    if (how === 'set') await cache.set('a', 'new');
    else await cache.delete('a');
    answer();
    await warming;
    expect(cache.peek('a')).toBe(expected);
  });

  // What is copied is counted before it is known whether it could be.
  it('does not count what it could not bring', async () => {
    const { cache, table } = restarted(['a'], { capabilities: { holds: 'bytes' } });
    const entry = table.entries.get('a');
    if (entry !== undefined) table.entries.set('a', { ...entry, value: new Uint8Array([123]) });
    expect(await cache.warm()).toMatchObject({ entries: 0 });
  });
});

describeHeardAndUnheard('the usage of keys', () => {
  afterEach(() => void vi.useRealTimers());

  it('is saved by flush and close, weighed by what each answer spared', async () => {
    const { cache, table } = restarted([]);
    await cache.set('cheap', 'value');
    await cache.set('slow', 'value', { loadMs: 50 });
    await cache.set('costly', 'value', { costUsd: 0.01 });
    for (const key of ['cheap', 'slow', 'costly']) cache.peek(key);
    await cache.flush();
    // A draw of 0 counts each use, for 16.
    expect(Object.fromEntries(table.uses)).toEqual({ cheap: 16, slow: 16 * 50, costly: 16 * 36_000 });
    cache.peek('slow');
    await cache.close();
    expect(table.uses.get('slow')).toBe(2 * 16 * 50);
  });

  it('is saved every 30 seconds where there was any', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { cache, table } = restarted([]);
    await cache.set('key', 'value');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(table.uses.size).toBe(0);
    cache.peek('key');
    await vi.advanceTimersByTimeAsync(29_999);
    expect(table.uses.size).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(table.uses.get('key')).toBe(16);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that cannot be saved fails nobody', async () => {
    for (const sync of [true, false]) {
      const { cache, member } = restarted([], { sync });
      member.failing.add('record');
      await cache.set('key', 'value');
      cache.peek('key');
      expect(await cache.flush()).toBe(true);
      expect((await cache.stats()).tiers[2]?.errors).toBe(1);
      await cache.close();
    }
  });

  it('brings a key back after a restart', async () => {
    const { table, now } = restarted([]);
    const start = () =>
      createCache<string>({ tiers: [{ store: memoryStore() }, { store: table.member() }], now, random: () => 0 });
    const first = start();
    await first.getOrSet('key', () => 'value');
    first.peek('key');
    await turn();
    await first.close();
    const second = start();
    expect(second.peek('key')).toBeUndefined();
    expect(await second.warm()).toMatchObject({ entries: 1 });
    expect(second.peek('key')).toBe('value');
  });
});
