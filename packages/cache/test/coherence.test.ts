import { expect, it, vi } from 'vitest';
import { type Cache, channels, createCache, type InvalidationEndEvent } from '../src/index.ts';
import { memoryStore } from '../src/stores/memory.ts';
import { testClock, turn } from './support/clock.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { ticks } from './support/manual-store.ts';
import { type MemberOptions, sharedTable } from './support/shared-table.ts';

const twoProcesses = (options: MemberOptions = {}) => {
  const clock = testClock();
  const table = sharedTable(clock.now);
  const process = () => {
    const member = table.member(options);
    const memory = memoryStore({ now: clock.now });
    return {
      member,
      memory,
      cache: createCache<string>({ tiers: [{ store: memory }, { store: member }], now: clock.now }),
    };
  };
  return { ...clock, table, one: process(), other: process() };
};

const ways: [string, (cache: Cache<string>) => Promise<unknown>][] = [
  ['delete', (cache) => cache.delete('project\u001fkey')],
  ['deleteTag', (cache) => cache.deleteTag('other tag', 'tag')],
  ['deleteMatching', (cache) => cache.deleteMatching('project*')],
  ['clear of its namespace', (cache) => cache.clear('project')],
  ['clear', (cache) => cache.clear()],
  ['set', (cache) => cache.set('project\u001fkey', 'new')],
];
const isGone = (name: string): string | undefined => (name === 'set' ? 'new' : undefined);

for (const sync of [true, false]) {
  for (const hears of ['poll', 'push'] as const) {
    describeHeardAndUnheard(
      `two processes that hear by ${hears}, the table answering ${sync ? 'at once' : 'later'}`,
      () => {
        const key = 'project\u001fkey';

        it.each(ways)('have the effect of %s in common', async (name, act) => {
          const { one, other } = twoProcesses({ sync, hears });
          await one.cache.set(key, 'old', { tags: ['tag'] });
          await one.cache.set('beside', 'value');
          expect(await other.cache.get(key)).toBe('old');
          expect(other.cache.peek(key)).toBe('old');
          await turn();
          await act(one.cache);
          await turn();
          expect(other.cache.peek(key)).toBeUndefined();
          expect(await other.cache.get(key)).toBe(isGone(name));
          expect(await one.cache.get(key)).toBe(isGone(name));
          if (name !== 'clear') expect(await other.cache.get('beside')).toBe('value');
        });

        it.each(ways)('keep nothing of a load that %s elsewhere has overtaken', async (name, act) => {
          const { one, other } = twoProcesses({ sync, hears });
          const loaded = Promise.withResolvers<string>();
          const loading = one.cache.getOrSet(key, () => loaded.promise, { tags: ['tag'] });
          await turn();
          await act(other.cache);
          loaded.resolve('old');
          expect(await loading).toBe('old');
          await turn();
          expect(await one.cache.get(key)).toBe(isGone(name));
          expect(await other.cache.get(key)).toBe(isGone(name));
        });

        it('leave alone what came after', async () => {
          const { one, other } = twoProcesses({ sync, hears });
          await one.cache.deleteTag('tag');
          await one.cache.set(key, 'new', { tags: ['tag'] });
          await turn();
          expect(await other.cache.get(key)).toBe('new');
          await turn();
          expect(other.cache.peek(key)).toBe('new');
          expect(one.cache.peek(key)).toBe('new');
        });
      },
    );
  }
}

describeHeardAndUnheard('the log', () => {
  it('is polled once in a turn of the event loop, by whatever reads first', async () => {
    const { one } = twoProcesses();
    const polls = () => one.member.calls.filter((call) => call === 'poll').length;
    one.cache.peek('key');
    one.cache.peek('key');
    void one.cache.get('key');
    void one.cache.getMany(['key']);
    expect(polls()).toBe(1);
    await turn();
    one.cache.peek('key');
    expect(polls()).toBe(2);
  });

  it('that was not heard in time and is lost takes everything from before with it', async () => {
    const { one, other } = twoProcesses({ hears: 'push' });
    await one.cache.set('key', 'value');
    await other.cache.get('key');
    other.member.leave();
    await one.cache.delete('key');
    expect(other.cache.peek('key')).toBe('value');
    other.member.rejoin('missed');
    expect(other.cache.peek('key')).toBeUndefined();
    await other.cache.set('key', 'new');
    expect(other.cache.peek('key')).toBe('new');
  });

  it('that is missed ends loads under way as well', async () => {
    const { one } = twoProcesses({ hears: 'push' });
    const loaded = Promise.withResolvers<string>();
    const older = one.cache.getOrSet('key', () => loaded.promise);
    one.member.rejoin('missed');
    loaded.resolve('older');
    await older;
    expect(one.memory.get('key')).toBeUndefined();
  });

  it('that cannot be heard leaves the faster tiers out until it can', async () => {
    const { one, table } = twoProcesses({ hears: 'push' });
    await one.cache.set('key', 'value');
    one.member.unheard(true);
    expect(one.cache.peek('key')).toBeUndefined();
    expect(await one.cache.get('key')).toBe('value');
    table.entries.delete('key');
    expect(await one.cache.get('key')).toBeUndefined();
    expect(await one.cache.getOrSet('key', () => 'loaded')).toBe('loaded');
    expect(one.cache.peek('key')).toBeUndefined();
    one.member.unheard(false);
    expect(one.cache.peek('key')).toBe('loaded');
  });

  it.each(['poll', 'add', 'settled'] as const)('that fails in %s fails no caller', async (operation) => {
    for (const sync of [true, false]) {
      const { one, table } = twoProcesses({ sync });
      await one.cache.set('key', 'value', { tags: ['tag'] });
      one.member.failing.add(operation);
      await turn();
      expect(await one.cache.get('key')).toBe('value');
      await one.cache.deleteTag('tag');
      expect(await one.cache.get('key')).toBeUndefined();
      await one.cache.set('other', 'value');
      expect(await one.cache.delete('other')).toBe(true);
      await one.cache.clear();
      expect((await one.cache.stats()).tiers[1]?.errors).toBeGreaterThan(0);
      expect(table.log.length).toBeGreaterThan(0);
    }
  });

  it('tells its channel of what others invalidated, without names', async () => {
    const { one, other } = twoProcesses();
    const events: InvalidationEndEvent[] = [];
    const listen = (event: unknown): void => void events.push(event as InvalidationEndEvent);
    channels.invalidationEnd.subscribe(listen);
    await one.cache.deleteTag('secret');
    await turn();
    other.cache.peek('key');
    channels.invalidationEnd.unsubscribe(listen);
    expect(events).toEqual([
      { cache: 'cache', kind: 'tag', origin: 'local' },
      { cache: 'cache', kind: 'tag', origin: 'remote' },
    ]);
  });

  it('is not heard any more once the cache is closed', async () => {
    const { one, other } = twoProcesses({ hears: 'push' });
    await other.cache.close();
    await one.cache.deleteTag('tag');
    other.member.rejoin('missed');
    other.member.unheard(true);
    expect(other.cache.peek('key')).toBeUndefined();
    expect((await other.cache.stats()).tiers).toMatchObject([{ errors: 0 }, { errors: 0 }]);
  });

  // "Something was invalidated, here or by another process": only tags, namespaces and globs are told.
  it('tells its channel of a delete and a clear here', async () => {
    const { one } = twoProcesses();
    const kinds: string[] = [];
    const listen = (event: unknown): void => void kinds.push((event as InvalidationEndEvent).kind);
    channels.invalidationEnd.subscribe(listen);
    await one.cache.delete('key');
    await one.cache.clear();
    channels.invalidationEnd.unsubscribe(listen);
    expect(kinds).toEqual(['key', 'all']);
  });

  // A store may answer at once and still add to its log later: the rejection is nobody's.
  it('that adds later than its store answers, and fails, fails no caller', async () => {
    const member = sharedTable(() => 0).member();
    const { invalidations: log } = member;
    if (log === undefined) throw new Error('The table has a log.');
    const store = { ...member, invalidations: { ...log, add: () => Promise.reject(new Error('add is broken')) } };
    const cache = createCache<string>({ tiers: [{ store }] });
    await cache.deleteTag('tag');
    expect((await cache.stats()).tiers).toMatchObject([{ errors: 1 }]);
  });

  // Reading the number is not guarded as every other question to a store is.
  it.each(['get', 'getOrSet', 'set', 'getMany'] as const)('whose version throws does not fail %s', async (method) => {
    const { one } = twoProcesses({ sync: false });
    one.member.failing.add('version');
    const act = {
      get: () => one.cache.get('key'),
      getOrSet: () => one.cache.getOrSet('key', () => 'value'),
      set: () => one.cache.set('key', 'value'),
      getMany: () => one.cache.getMany(['key']),
    }[method];
    await act();
  });
});

describeHeardAndUnheard('two logs', () => {
  const threeTiers = () => {
    const { now } = testClock();
    const [disk, shared] = [sharedTable(now), sharedTable(now)];
    const process = () => {
      const members = [disk.member(), shared.member({ hears: 'push', sync: false })] as const;
      const tiers = [{ store: memoryStore({ now }) }, ...members.map((store) => ({ store }))];
      return { members, cache: createCache<string>({ tiers, now }) };
    };
    return { one: process(), other: process() };
  };

  it('carry an invalidation to every tier of every process', async () => {
    const { one, other } = threeTiers();
    await one.cache.set('key', 'value', { tags: ['tag'] });
    expect(await other.cache.get('key')).toBe('value');
    await turn();
    await other.cache.deleteTag('tag');
    await turn();
    expect(await one.cache.get('key')).toBeUndefined();
    expect(await other.cache.get('key')).toBeUndefined();
    await one.cache.set('key', 'new', { tags: ['tag'] });
    await turn();
    await turn();
    expect(await one.cache.get('key')).toBe('new');
  });

  // One switch for both: whichever is heard again first turns the tiers on for the other too.
  it('are both needed before the faster tiers are asked again', async () => {
    const { one } = threeTiers();
    await one.cache.set('key', 'value');
    one.members[0].unheard(true);
    one.members[1].unheard(true);
    one.members[0].unheard(false);
    expect(one.cache.peek('key')).toBeUndefined();
  });
});

describeHeardAndUnheard('what a slow store with a log answers', () => {
  const setup = async () => {
    const { one, table } = twoProcesses({ sync: false });
    await one.cache.set('key', 'old', { tags: ['tag'] });
    // Only the table has it.
    one.memory.clear();
    return { ...one, table };
  };

  it('to a read from before deleteTag stays in no faster tier', async () => {
    const { cache, member } = await setup();
    const answer = member.holdReads();
    const reading = cache.get('key');
    await ticks();
    await cache.deleteTag('tag');
    answer();
    await reading;
    expect(cache.peek('key')).toBeUndefined();
    expect(await cache.get('key')).toBeUndefined();
  });

  // The load is not known to concern the tag, since the call did not name it: whoever comes later joins it.
  it('to a read from before deleteTag is not for whoever asks after it', async () => {
    const { cache, member } = await setup();
    const answer = member.holdReads();
    const before = cache.getOrSet('key', () => 'new');
    await ticks();
    await cache.deleteTag('tag');
    const after = cache.getOrSet('key', () => 'new');
    await ticks();
    answer();
    await before;
    expect(await after).toBe('new');
  });

  it('to a read from before deleteTag is not for whoever asks after it, where the calls name the tag', async () => {
    const { cache, member } = await setup();
    const answer = member.holdReads();
    const loader = vi.fn(() => 'new');
    const before = cache.getOrSet('key', loader, { tags: ['tag'] });
    await ticks();
    await cache.deleteTag('tag');
    const after = cache.getOrSet('key', loader, { tags: ['tag'] });
    await ticks();
    answer();
    await before;
    expect(await after).toBe('new');
  });
});
