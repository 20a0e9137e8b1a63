import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { temporaryPaths } from './support/folder.ts';
import { describeHeardAndUnheard } from './support/heard.ts';
import { entry, read, sqliteStores, until } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();

/** Changes whenever the log starts over: salt-1 of its header, https://sqlite.org/fileformat2.html#the_write_ahead_log. */
const saltOf = (path: string): number => readFileSync(`${path}-wal`).readUInt32BE(16);

describeHeardAndUnheard('the log of a cache file', () => {
  // Whoever writes first after all of it was copied waits for the disk: that must not be the thread that serves.
  it('starts over in the background, once idle, without a write of ours', async () => {
    const path = newPath();
    const store = start({ path });
    const text = 'v'.repeat(3_000);
    for (let index = 0; index < 600; index += 1) store.set(`key ${index}`, entry(text));
    store.flush();
    const before = saltOf(path);
    await until(() => saltOf(path) !== before);
    expect(read(store, 'key 599')).toBe(text);
    expect(read(start({ path }), 'key 0')).toBe(text);
  });
});
