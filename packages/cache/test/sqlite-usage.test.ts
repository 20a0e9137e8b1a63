import { expect, it } from 'vitest';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { entry, sqliteStores, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();
const dayMs = 86_400_000;

describeHeardAndUnheard('the usage log of sqliteStore', () => {
  it('names the most used keys first, across processes', async () => {
    const path = newPath();
    const first = start({ path });
    for (const key of ['a', 'b', 'c', 'a\ud800']) first.set(key, entry('value'));
    await first.popularity.record(
      new Map([
        ['a', 1],
        ['b', 5],
        ['c', 3],
      ]),
    );
    await first.popularity.record(
      new Map([
        ['a', 3],
        ['a\ud800', 2],
      ]),
    );
    await first.close();
    const next = start({ path });
    expect(next.popularity.top(10)).toEqual(['b', 'a', 'c', 'a\ud800']);
    expect(next.popularity.top(2)).toEqual(['b', 'a']);
  });

  it('lets a use count half as much with every day', async () => {
    let time = 1_700_000_000_000;
    const store = start({ path: newPath(), now: () => time });
    for (const key of ['old', 'new', 'both']) store.set(key, entry('value'));
    await store.popularity.record(
      new Map([
        ['old', 10],
        ['both', 9],
      ]),
    );
    time += 3 * dayMs;
    await store.popularity.record(new Map([['new', 1.2]]));
    expect(store.popularity.top(3)).toEqual(['old', 'new', 'both']);
    await store.popularity.record(new Map([['both', 1]]));
    expect(store.popularity.top(3)).toEqual(['both', 'old', 'new']);
    time += 20 * 365 * dayMs;
    await store.popularity.record(new Map([['new', 1e-3]]));
    expect(store.popularity.top(3)).toEqual(['new', 'both', 'old']);
  });

  it('keeps 10,000 keys, the most used', { timeout: 20_000 }, async () => {
    const path = newPath();
    const store = start({ path });
    store.set('best', entry('value'));
    await store.popularity.record(new Map([['best', 1_000]]));
    for (let round = 0; round < 3; round += 1) {
      await store.popularity.record(
        new Map(Array.from({ length: 4_000 }, (_, index) => [`${round} ${index}`, 1 + round])),
      );
    }
    const rows = withDatabase(path, (database) =>
      Number(database.prepare('SELECT count(*) AS rows FROM usage').get()?.rows),
    );
    expect(rows).toBeLessThanOrEqual(10_000);
    expect(rows).toBeGreaterThan(5_000);
    expect(store.popularity.top(1)).toEqual(['best']);
  });

  it('takes no nonsense, and waits out a lock', async () => {
    const path = newPath();
    const store = start({ path });
    for (const key of ['a', 'b']) store.set(key, entry('value'));
    const recording = withDatabase(path, (locker) => {
      locker.exec('BEGIN IMMEDIATE');
      return store.popularity.record(
        new Map([
          ['a', 1],
          ['b', Number.NaN],
          ['c', -1],
          ['d', Number.POSITIVE_INFINITY],
        ]),
      );
    });
    await recording;
    expect(store.popularity.top(9)).toEqual(['a']);
  });
});
