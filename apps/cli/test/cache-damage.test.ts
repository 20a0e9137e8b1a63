import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { freshMachine } from './built.ts';

/** Makes those pages of the file unreadable that are chosen by the table or index that begins there, if any does. */
const spoil = (file: string, isSpoilt: (page: number, begins: unknown) => boolean): Buffer => {
  const database = new DatabaseSync(file);
  const rows = database.prepare('SELECT rootpage, name FROM sqlite_schema').all();
  const begins = new Map(rows.map(({ rootpage, name }) => [rootpage, name]));
  const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.page_size);
  database.close();
  const bytes = readFileSync(file);
  for (let page = 1; page <= bytes.length / pageBytes; page += 1) {
    if (isSpoilt(page, begins.get(page))) bytes.fill(0xff, (page - 1) * pageBytes, page * pageBytes);
  }
  writeFileSync(file, bytes);
  return bytes;
};

const long = Array.from({ length: 4_000 }, (_, index) => Math.imul(index + 1, 2_654_435_761) >>> 0).join(' ');
const reading = ['stats', 'warm', 'export', 'get'] as const;

it.each([
  ['in an index', (_page: number, begins: unknown) => begins === 'entries_by_hash', reading],
  // The first two are the schema's and the file's own.
  ['in what is too long for a page', (page: number, begins: unknown) => page > 2 && begins === undefined, reading],
  [
    'in what is remembered of usage',
    (_page: number, begins: unknown) => begins === 'usage',
    ['stats', 'warm', 'export'],
  ],
] as const)(
  'a file whose damage is met late, %s, is left as it is by those who only read',
  async (_where, isSpoilt, names) => {
    const machine = freshMachine();
    machine.write('hotpath.config.json', '{"providers":{"sim":{}},"defaultModel":"sim/sim-1"}');
    const file = join(machine.folder, 'home', 'cache', 'answers.sqlite');
    const cache = (...args: string[]) => machine.run(['cache', ...args]);
    const json = async (...args: string[]) => JSON.parse((await cache(...args, '--json')).stdout);
    for (const question of [long, 'one', long]) await machine.run(['ask', question]);
    const [key] = (await json('stats')).mostUsed;
    const bytes = spoil(file, isSpoilt);

    for (const name of names) {
      const args = name === 'get' ? [name, key] : [name];
      const { code, stdout, stderr } = await cache(...args);
      expect([name, code, stdout]).toEqual([name, 1, '']);
      expect(stderr).toMatch(
        /^hotpath \[CLI_CACHE_UNAVAILABLE\]: the cache file .* is damaged \(.*\)\. "hotpath cache doctor" tells more/,
      );
      // An export is JSON as it is.
      if (name !== 'export') expect(await json(...args)).toMatchObject({ error: { code: 'CLI_CACHE_UNAVAILABLE' } });
    }
    expect(await cache('doctor')).toMatchObject({ code: 1, stdout: expect.stringContaining('is damaged') });
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(readdirSync(dirname(file)).filter((name) => name.includes('corrupt'))).toEqual([]);
  },
);
