import { describe, expect, it, onTestFinished } from 'vitest';
import { type Cache, type CacheStore, createCache } from '../../src/index.ts';
import { memoryStore } from '../../src/stores/memory.ts';
import { sqliteStore } from '../../src/stores/sqlite.ts';
import { turn } from '../support/clock.ts';
import { temporaryPaths } from '../support/folder.ts';
import { type Member, sharedTable } from '../support/shared-table.ts';
import { until } from '../support/sqlite.ts';

const newPath = temporaryPaths();

const open = (path: string, shared: readonly CacheStore[] = []): Cache<string> => {
  const cache = createCache<string>({
    tiers: [
      { store: memoryStore() },
      { store: sqliteStore({ path }) as CacheStore },
      ...shared.map((store) => ({ store })),
    ],
  });
  onTestFinished(() => cache.close());
  return cache;
};

const ways: [string, (cache: Cache<string>) => Promise<unknown>][] = [
  ['deleteTag', (cache) => cache.deleteTag('tag')],
  ['deleteMatching', (cache) => cache.deleteMatching('k*')],
  ['delete', (cache) => cache.delete('key')],
  ['clear', (cache) => cache.clear()],
];

// What the long games have found, as short as it can be shown.
describe('a value that is set in a later turn than another process has invalidated', () => {
  it.each(ways)('by %s is kept', async (_way, invalidate) => {
    const path = newPath();
    const [one, other] = [open(path), open(path)];
    await one.set('key', 'old', { tags: ['tag'] });
    await one.flush();
    await invalidate(other);
    await turn();
    await turn();
    await one.set('key', 'new', { tags: ['tag'] });
    expect(await one.flush()).toBe(true);
    expect(await one.get('key')).toBe('new');
  });
});

describe('a process that reads while another of its machine invalidates in the file and in Redis', () => {
  /** The shared store of a process whose messages are on their way until `arrive` is called. */
  const onItsWay = (member: Member) => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const { invalidations: log } = member;
    if (log === undefined) throw new Error('The table has a log.');
    const store: CacheStore = {
      ...member,
      delete: async (key) => {
        await arrived;
        return member.delete(key);
      },
      clear: async () => {
        await arrived;
        await member.clear();
      },
      invalidations: {
        ...log,
        add: async (invalidations) => {
          await arrived;
          await log.add(invalidations);
        },
      },
    };
    return { store, arrive };
  };

  it.each(ways)('by %s does not bring the old value back into the file', async (_way, invalidate) => {
    const path = newPath();
    const table = sharedTable(Date.now);
    const { store, arrive } = onItsWay(table.member({ sync: false, hears: 'push' }));
    const cache = open(path, [store]);
    const sibling = open(path, [table.member({ sync: false, hears: 'push' })]);
    await cache.set('key', 'old', { tags: ['tag'] });
    await cache.flush();
    expect(await sibling.get('key')).toBe('old');
    const invalidated = invalidate(cache);
    await until(() => sibling.peek('key') === undefined);
    expect(await sibling.get('key')).toBe('old');
    arrive();
    await invalidated;
    await turn();
    expect(await sibling.get('key')).toBeUndefined();
  });
});
