import { afterEach, expect, it, vi } from 'vitest';
import { createCache } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { testClock, turn, within } from './support/clock.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { type MemberOptions, sharedTable } from './support/shared-table.ts';

/** Two caches over one table, as two processes have them. */
const twoProcesses = (options: MemberOptions & { leaseMs?: number } = {}) => {
  const { leaseMs, ...memberOptions } = options;
  const clock = testClock();
  const table = sharedTable(clock.now);
  const process = () => {
    const member = table.member(memberOptions);
    const tiers = [{ store: memoryStore({ now: clock.now }) }, { store: member }];
    return { member, cache: createCache<string>({ tiers, now: clock.now, leaseMs }) };
  };
  return { ...clock, table, one: process(), other: process() };
};
const never = vi.fn(() => 'never');

for (const sync of [true, false]) {
  describeHeardAndUnheard(`a load in two processes, the table answering ${sync ? 'at once' : 'later'}`, () => {
    it('is one, and the other process waits for its value', async () => {
      const { one, other, table } = twoProcesses({ sync });
      const loaded = Promise.withResolvers<string>();
      const first = one.cache.getOrSet('key', () => loaded.promise);
      await turn();
      const second = other.cache.getOrSet('key', never);
      expect(await within(20, second)).toBe('pending');
      loaded.resolve('value');
      expect(await Promise.all([first, second])).toEqual(['value', 'value']);
      await turn();
      expect(table.leases.size).toBe(0);
      expect(other.cache.peek('key')).toBe('value');
      expect(never).not.toHaveBeenCalled();
    });

    it('that fails is tried by the one who waited', async () => {
      const { one, other, table } = twoProcesses({ sync });
      const loaded = Promise.withResolvers<string>();
      const first = one.cache.getOrSet('key', () => loaded.promise);
      await turn();
      const second = other.cache.getOrSet('key', () => 'by the other');
      loaded.reject(new Error('upstream'));
      await expect(first).rejects.toThrow('upstream');
      expect(await second).toBe('by the other');
      await turn();
      expect(table.leases.size).toBe(0);
    });

    it('lets who waits leave', async () => {
      const { one, other, table } = twoProcesses({ sync });
      const loaded = Promise.withResolvers<string>();
      const first = one.cache.getOrSet('key', () => loaded.promise);
      await turn();
      const controller = new AbortController();
      const second = other.cache.getOrSet('key', never, { signal: controller.signal });
      await turn();
      controller.abort(new Error('gone'));
      await expect(second).rejects.toThrow('gone');
      loaded.resolve('value');
      expect(await first).toBe('value');
      await turn();
      expect(table.leases.size).toBe(0);
      expect(await other.cache.getOrSet('key', never)).toBe('value');
      expect(never).not.toHaveBeenCalled();
    });

    it('of different keys waits for nobody', async () => {
      const { one, other } = twoProcesses({ sync });
      const loaded = Promise.withResolvers<string>();
      const first = one.cache.getOrSet('key', () => loaded.promise);
      expect(await other.cache.getOrSet('other', () => 'value')).toBe('value');
      loaded.resolve('value');
      await first;
    });

    it('ends for who waits when somebody sets the key', async () => {
      const { one, other } = twoProcesses({ sync });
      const loaded = Promise.withResolvers<string>();
      const first = one.cache.getOrSet('key', () => loaded.promise);
      await turn();
      const second = other.cache.getOrSet('key', never);
      await turn();
      await one.cache.set('key', 'set');
      expect(await second).toBe('set');
      loaded.resolve('loaded');
      await first;
      await turn();
      expect(await other.cache.get('key')).toBe('set');
    });

    it.each(['acquire', 'release', 'extend'] as const)('goes on without leases where %s fails', async (operation) => {
      const { one, table } = twoProcesses({ sync });
      one.member.failing.add(operation);
      expect(await one.cache.getOrSet('key', () => 'value')).toBe('value');
      await turn();
      expect(table.entries.get('key')?.value).toBe('value');
      expect((await one.cache.stats()).tiers[1]?.errors).toBe(operation === 'extend' ? 0 : 1);
    });

    it('keeps nothing in the table of a holder that lost its lease to a newer one', async () => {
      const { one, other, table, pass } = twoProcesses({ sync });
      const slow = Promise.withResolvers<string>();
      const first = one.cache.getOrSet('key', () => slow.promise);
      await turn();
      // The process was suspended for longer than its lease.
      pass(30_000);
      expect(await other.cache.getOrSet('key', () => 'newer')).toBe('newer');
      await turn();
      slow.resolve('older');
      expect(await first).toBe('older');
      await turn();
      expect(table.entries.get('key')?.value).toBe('newer');
      expect(await other.cache.get('key')).toBe('newer');
    });
  });
}

describeHeardAndUnheard('a lease', () => {
  afterEach(() => void vi.useRealTimers());

  it('is waited for as long as it lasts, however long that is', async () => {
    const { one, other } = twoProcesses({ leaseMs: 100 });
    const loaded = Promise.withResolvers<string>();
    const first = one.cache.getOrSet('key', () => loaded.promise);
    // The clock of the table stands still, so that the lease never ends by itself.
    const second = other.cache.getOrSet('key', () => 'without a lease');
    expect(await within(250, second)).toBe('pending');
    loaded.resolve('made once');
    expect(await first).toBe('made once');
    expect(await second).toBe('made once');
  });

  it('is given back again until the store takes it', async () => {
    const { one, other } = twoProcesses();
    one.member.failing.add('release');
    expect(await one.cache.getOrSet('key', () => 'first')).toBe('first');
    await turn();
    await other.cache.delete('key');
    const second = other.cache.getOrSet('key', () => 'second');
    expect(await within(60, second)).toBe('pending');
    one.member.failing.delete('release');
    expect(await within(1_000, second)).toBe('second');
  });

  it('is not waited for longer than the hard timeout', async () => {
    const { one, other } = twoProcesses({ leaseMs: 100 });
    const loaded = Promise.withResolvers<string>();
    const first = one.cache.getOrSet('key', () => loaded.promise);
    const second = other.cache.getOrSet('key', () => 'never asked', { hardTimeoutMs: 60 });
    await expect(second).rejects.toMatchObject({ code: 'CACHE_LOAD_TIMEOUT' });
    loaded.resolve('value');
    expect(await first).toBe('value');
  });

  it('is prolonged while the load runs, and no longer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { one, table, pass } = twoProcesses({ leaseMs: 300 });
    const loaded = Promise.withResolvers<string>();
    const answer = one.cache.getOrSet('key', () => loaded.promise);
    const { endsAt = 0 } = table.leases.get('key') ?? {};
    for (let renewal = 1; renewal <= 3; renewal += 1) {
      pass(100);
      await vi.advanceTimersByTimeAsync(100);
      expect(table.leases.get('key')?.endsAt).toBe(endsAt + renewal * 100);
    }
    loaded.resolve('value');
    await answer;
    await turn();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that is lost is not prolonged any more', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { one, table } = twoProcesses({ leaseMs: 300 });
    const loaded = Promise.withResolvers<string>();
    const answer = one.cache.getOrSet('key', () => loaded.promise);
    table.leases.delete('key');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(one.member.calls.filter((call) => call === 'extend key')).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
    loaded.resolve('value');
    expect(await answer).toBe('value');
  });

  it('is not asked for any more once nobody waits', async () => {
    const { one, other } = twoProcesses();
    const first = one.cache.getOrSet('key', () => new Promise(() => {}));
    const controller = new AbortController();
    const second = other.cache.getOrSet('key', never, { signal: controller.signal });
    await turn();
    controller.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    const asked = other.member.calls.length;
    expect(await within(60, first)).toBe('pending');
    expect(other.member.calls.length).toBe(asked);
  });

  it('of 0 is none', async () => {
    const { one, other } = twoProcesses({ leaseMs: 0 });
    const loaded = Promise.withResolvers<string>();
    const first = one.cache.getOrSet('key', () => loaded.promise);
    expect(await other.cache.getOrSet('key', () => 'value')).toBe('value');
    loaded.resolve('late');
    await first;
    expect(one.member.calls).not.toContain('acquire key');
  });

  it.each([-1, 99, Number.NaN])('of %s is refused', (leaseMs) => {
    expect(() => createCache({ tiers: [], leaseMs })).toThrow(
      expect.objectContaining({ code: 'CACHE_OPTION_INVALID', option: 'leaseMs' }),
    );
  });

  it('is taken for an early refresh and for what follows a stale answer too', async () => {
    const { one, table, pass } = twoProcesses();
    const options = { ttlMs: 100, staleWhileRevalidateMs: 100 };
    await one.cache.set('key', 'old', options);
    pass(100);
    const loaded = Promise.withResolvers<string>();
    expect(await one.cache.getOrSet('key', () => loaded.promise, options)).toBe('old');
    await turn();
    expect(table.leases.has('key')).toBe(true);
    loaded.resolve('new');
    await turn();
    expect(table.leases.size).toBe(0);
    expect(table.entries.get('key')?.value).toBe('new');
  });

  it('is given back where the loader throws at once', async () => {
    const { one, table } = twoProcesses();
    const answer = one.cache.getOrSet('key', () => {
      throw new Error('upstream');
    });
    await expect(answer).rejects.toThrow('upstream');
    await turn();
    expect(table.leases.size).toBe(0);
  });

  // The signal is not looked at once the lease is there.
  it('that comes when nobody waits any more starts no loader', async () => {
    const { one, table } = twoProcesses({ sync: false });
    const { leases } = one.member;
    if (leases === undefined) throw new Error('The table has leases.');
    const acquired = Promise.withResolvers<void>();
    const { acquire } = leases;
    const store = {
      ...one.member,
      leases: { ...leases, acquire: (key: string, ms: number) => acquired.promise.then(() => acquire(key, ms)) },
    };
    const cache = createCache<string>({ tiers: [{ store }] });
    const loader = vi.fn(() => 'value');
    const controller = new AbortController();
    const answer = cache.getOrSet('key', loader, { signal: controller.signal });
    await turn();
    controller.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    acquired.resolve();
    await turn();
    expect(table.leases.size).toBe(0);
    expect(loader).not.toHaveBeenCalled();
  });

  // The abandoned load keeps its lease, and prolongs it, until its loader ends by itself.
  it('of a load that nobody waits for is free for the next one', async () => {
    const { one } = twoProcesses();
    const controller = new AbortController();
    const left = one.cache.getOrSet('key', () => new Promise(() => {}), { signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(
      await within(
        200,
        one.cache.getOrSet('key', () => 'second'),
      ),
    ).toBe('second');
  });

  // The same: an older load that may not write any more stands in the way of the newer one.
  it('of a load from before a delete is free for one after it', async () => {
    const { one } = twoProcesses();
    const older = Promise.withResolvers<string>();
    const first = one.cache.getOrSet('key', () => older.promise);
    await one.cache.delete('key');
    const second = within(
      200,
      one.cache.getOrSet('key', () => 'newer'),
    );
    expect(await second).toBe('newer');
    older.resolve('older');
    await first;
  });

  // setInterval takes no more than 2^31 - 1 ms, and fires each millisecond instead.
  it('of years is not prolonged all the time', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { one } = twoProcesses({ leaseMs: 2 ** 40 });
    const loaded = Promise.withResolvers<string>();
    const answer = one.cache.getOrSet('key', () => loaded.promise);
    await vi.advanceTimersByTimeAsync(100);
    loaded.resolve('value');
    await answer;
    expect(one.member.calls.filter((call) => call === 'extend key').length).toBeLessThan(2);
  });
});

describeHeardAndUnheard('closing a cache with leases', () => {
  it('while it waits for one ends the wait without a fault', async () => {
    const { one, other } = twoProcesses();
    const loaded = Promise.withResolvers<string>();
    const first = one.cache.getOrSet('key', () => loaded.promise);
    const second = other.cache.getOrSet('key', () => 'loaded without tiers');
    await turn();
    await other.cache.close();
    loaded.resolve('value');
    expect(await first).toBe('value');
    expect(['value', 'loaded without tiers']).toContain(await second);
  });

  // The lease is given back when the load ends, to a store that is closed by then.
  it('frees those of loads under way before the store closes', async () => {
    const { one, table } = twoProcesses();
    const loaded = Promise.withResolvers<string>();
    const answer = one.cache.getOrSet('key', () => loaded.promise);
    await one.cache.close();
    expect(table.leases.size).toBe(0);
    loaded.resolve('value');
    expect(await answer).toBe('value');
  });

  // "Afterwards the cache is as one without tiers": the lease table, the log and its version are still asked.
  it('asks the store for nothing afterwards', async () => {
    const { one } = twoProcesses();
    await one.cache.close();
    one.member.calls.length = 0;
    expect(await one.cache.getOrSet('key', () => 'value')).toBe('value');
    await one.cache.set('key', 'value');
    await one.cache.delete('key');
    await one.cache.deleteTag('tag');
    await one.cache.clear();
    await turn();
    expect(one.member.calls).toEqual([]);
    expect((await one.cache.stats()).tiers).toMatchObject([{ errors: 0 }, { errors: 0 }]);
  });
});
