import { statSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { channels } from '../src/events.ts';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { entry, noise, read, sqliteStores, until, withDatabase } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();

describeHeardAndUnheard('sqliteStore holds its bound', () => {
  it('by dropping what was written longest ago, where all is worth the same', async () => {
    const maxBytes = 1024 * 1024;
    const store = start({ path: newPath(), maxBytes });
    for (let index = 0; index < 3_000; index += 1) {
      store.set(`key ${index}`, entry(noise(1_000, index)));
      if (index % 50 === 49) store.flush();
    }
    const { bytes, entries, evictions } = await store.usage();
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(entries).toBeGreaterThan(500);
    expect(evictions).toBe(3_000 - entries);
    // Within a batch the order is that of the index.
    for (let index = 3_000 - entries + 50; index < 3_000; index += 1) expect(store.get(`key ${index}`)).toBeDefined();
    for (let index = 0; index < 3_000 - entries - 50; index += 1) expect(store.get(`key ${index}`)).toBeUndefined();
  });

  it('by dropping first what saves least per byte', async () => {
    const maxBytes = 2 * 1024 * 1024;
    const store = start({ path: newPath(), maxBytes });
    // The dear ones are the oldest: by age alone all of them would go.
    for (let index = 0; index < 300; index += 1) {
      store.set(`dear ${index}`, entry(noise(1_000, index), index % 2 === 0 ? { costUsd: 0.05 } : { loadMs: 60_000 }));
      if (index % 50 === 49) store.flush();
    }
    for (let index = 0; index < 6_000; index += 1) {
      store.set(`cheap ${index}`, entry(noise(1_000, index), { loadMs: 5 }));
      if (index % 50 === 49) store.flush();
    }
    const kept = (kind: string, count: number): number =>
      Array.from({ length: count }, (_, index) => store.get(`${kind} ${index}`)).filter((found) => found !== undefined)
        .length;
    const { bytes } = await store.usage();
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(kept('dear', 300)).toBeGreaterThan(150);
    expect(kept('cheap', 6_000)).toBeGreaterThan(300);
  });

  it('by keeping what this process has just read', () => {
    const store = start({ path: newPath(), maxBytes: 1024 * 1024 });
    for (let index = 0; index < 400; index += 1) store.set(`old ${index}`, entry(noise(1_000, index)));
    store.flush();
    for (let index = 0; index < 10; index += 1) expect(store.get(`old ${index * 7}`)).toBeDefined();
    for (let index = 0; index < 1_500; index += 1) {
      store.set(`new ${index}`, entry(noise(1_000, index)));
      if (index % 50 === 49) store.flush();
    }
    for (let index = 0; index < 10; index += 1) expect(store.get(`old ${index * 7}`)).toBeDefined();
    expect(store.get('old 1')).toBeUndefined();
  });

  it('by dropping expired entries before any other', async () => {
    let time = 1_000;
    const maxBytes = 1024 * 1024;
    const store = start({ path: newPath(), maxBytes, now: () => time });
    for (let index = 0; index < 240; index += 1) store.set(`stays ${index}`, entry(noise(1_000, index)));
    for (let index = 0; index < 450; index += 1)
      store.set(`dies ${index}`, entry(noise(1_000, index), { expiresAt: 2_000 }));
    store.flush();
    time = 3_000;
    for (let index = 0; index < 450; index += 1) {
      store.set(`new ${index}`, entry(noise(1_000, index)));
    }
    store.flush();
    const { bytes, evictions } = await store.usage();
    expect(evictions).toBe(0);
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(store.get('new 449')).toBeDefined();
    expect(store.get('stays 0')).toBeDefined();
  });

  it('by refusing an entry larger than a quarter of it', async () => {
    const store = start({ path: newPath(), maxBytes: 400_000 });
    const dropped: unknown[] = [];
    const hear = (message: unknown): void => void dropped.push(message);
    channels.entryDropped.subscribe(hear);
    store.set('key', entry('small'));
    store.set('key', entry(noise(100_001)));
    channels.entryDropped.unsubscribe(hear);
    expect(dropped).toEqual([expect.objectContaining({ store: 'sqlite', reason: 'too-large', entries: 1 })]);
    expect(store.get('key')).toBeUndefined();
    store.flush();
    expect(store.get('key')).toBeUndefined();
    expect(await store.usage()).toMatchObject({ entries: 0, refused: 1 });
  });
});

describeHeardAndUnheard('sqliteStore tidies up when idle', () => {
  it('copying its log into the file, and giving back the room of what was cleared', { timeout: 30_000 }, async () => {
    const path = newPath();
    const store = start({ path });
    const fileBytes = (): number => statSync(path).size;
    for (let index = 0; index < 12; index += 1) store.set(`key ${index}`, entry(noise(1024 * 1024, index)));
    store.flush();
    await vi.waitFor(() => expect(fileBytes()).toBeGreaterThan(12 * 1024 * 1024), { timeout: 10_000 });
    store.clear();
    store.set('key', entry('value'));
    store.flush();
    await vi.waitFor(() => expect(fileBytes()).toBeLessThan(9 * 1024 * 1024), { timeout: 10_000 });
    expect(read(store, 'key')).toBe('value');
    expect(await store.usage()).toMatchObject({ entries: 1, faults: 0 });
  });

  it('removing rows that an invalidation covers, and no others', { timeout: 30_000 }, async () => {
    const path = newPath();
    const store = start({ path, flushMs: 1 });
    const version = store.invalidations.version();
    const keys = { tag: 'tagged', namespace: 'project\u001f', glob: 'user:', none: 'other' };
    for (let index = 0; index < 300; index += 1) {
      store.set(`${keys.tag} ${index}`, entry('value', { tags: ['b', 'a'], version }));
      store.set(`${keys.namespace}${index}`, entry('value', { version }));
      store.set(`${keys.glob}${index}`, entry('value', { version }));
      store.set(`${keys.none} ${index}`, entry('value', { tags: ['aa'], version }));
    }
    store.flush();
    store.invalidations.add([
      { kind: 'tag', name: 'a' },
      { kind: 'namespace', name: 'project' },
      { kind: 'glob', name: 'user:*' },
    ]);
    await store.invalidations.settled();
    store.set('user:new', entry('value'));
    const rows = (): unknown[] =>
      withDatabase(path, (database) =>
        database
          .prepare('SELECT key FROM entries')
          .all()
          .map(({ key }) => key),
      );
    await until(() => rows().length === 301);
    expect(rows()).toContain('user:new');
    expect(rows().filter((key) => String(key).startsWith('other')).length).toBe(300);
    expect((await store.usage()).entries).toBe(301);
  });
});
