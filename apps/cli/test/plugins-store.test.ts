import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { contributing, type PluginMachine, pluginMachine } from './plugin-machine.ts';

let machine: PluginMachine;
let folder: string;

/** A store of one file for each answer. `lists`: whether it can say which keys it holds. */
const fileStore = (lists: boolean): string => `
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
${contributing(`{ stores: { files: ({ settings: { folder } }) => {
  mkdirSync(folder, { recursive: true });
  const fileOf = (key) => join(folder, createHash('sha256').update(key).digest('hex'));
  const read = (file) => { try { return JSON.parse(readFileSync(file, 'utf8')); } catch { return undefined; } };
  const all = () => readdirSync(folder).map((name) => join(folder, name));
  const store = {
    name: 'files',
    capabilities: { sync: true, memory: false, persistent: true, shared: true, holds: 'bytes' },
    get: (key) => { const found = read(fileOf(key)); return found && { ...found.entry, expiresAt: found.entry.expiresAt ?? Infinity, value: Buffer.from(found.value, 'base64') }; },
    set: (key, entry) => { writeFileSync(fileOf(key), JSON.stringify({ key, entry: { ...entry, value: undefined }, value: Buffer.from(entry.value).toString('base64') })); },
    delete: (key) => { const had = read(fileOf(key)) !== undefined; rmSync(fileOf(key), { force: true }); return had; },
    clear: () => { for (const file of all()) rmSync(file); },
    usage: () => ({ entries: all().length, bytes: all().reduce((sum, file) => sum + statSync(file).size, 0), evictions: 0 }),
    close() {},
  };
  return ${lists} ? { ...store, keys: () => all().map((file) => read(file).key) } : store;
} } }`)}`;

const configure = (store: object, more: object = {}): void => {
  machine.write(
    'hotpath.config.json',
    JSON.stringify({
      providers: { sim: {} },
      defaultModel: 'sim/sim-1',
      detect: { ollama: false },
      cache: { store, ...more },
    }),
  );
};

const use = (lists: boolean): void => {
  machine.plugin('filed', { contributes: { stores: [{ name: 'files' }] } }, fileStore(lists));
};

beforeEach(() => {
  machine = pluginMachine();
  folder = join(machine.folder, 'answers');
  configure({ name: 'files', settings: { folder } });
});

const cache = (...args: string[]) => machine.run(['cache', ...args]);
const json = async (...args: string[]) => JSON.parse((await cache(...args, '--json')).stdout);
const ask = async (question: string): Promise<string> =>
  JSON.parse((await machine.run(['ask', question, '--json'])).stdout).cache;
const fill = async (): Promise<void> => {
  for (const question of ['one', 'two']) await ask(question);
};
/** Keys and lines of an export. */
const exported = async () =>
  (await cache('export')).stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as { key: string });

describe('a store of a plugin that lists its keys', () => {
  beforeEach(async () => {
    use(true);
    await fill();
  });

  it('is what stats and doctors tell of', async () => {
    const stats = await json('stats');
    expect(stats).toMatchObject({ path: null, store: { name: 'files', plugin: 'filed' }, exists: true, entries: 2 });
    expect(stats.bytes).toBeGreaterThan(100);
    const { stdout } = await cache('stats');
    expect(stdout).toMatch(/^Store +files of the plugin filed\nEntries +2\nSize +[\d.]+ (bytes|KB) of 1\.0 GB\n/);
    const { healthy, store, findings } = await json('doctor');
    expect({ healthy, store }).toEqual({ healthy: true, store: { name: 'files', plugin: 'filed' } });
    expect(findings).toMatchObject([
      {
        level: 'ok',
        about: 'store',
        message: expect.stringMatching(/^the store "files" of the plugin filed holds 2 entries/),
      },
      { level: 'ok', about: 'entries', message: '2 entries, all readable.' },
    ]);
    const { checks } = JSON.parse((await machine.run(['doctor', '--json'])).stdout);
    expect(checks.find(({ code }: { code: string }) => code === 'CACHE:store')).toMatchObject({ status: 'ok' });
  });

  it('is exported from, looked into, cleared and imported to', async () => {
    const entries = await exported();
    expect(entries).toHaveLength(2);
    const [first] = entries;
    const shown = await json('get', first?.key ?? '');
    expect(shown).toMatchObject({ key: first?.key, tier: 'store', provider: 'sim' });
    expect((await cache('get', 'nothing')).stderr).toContain('in the store "files" of the plugin filed');
    const file = join(machine.folder, 'export.ndjson');
    expect((await cache('export', '--output', file)).code).toBe(0);
    expect((await cache('clear')).code).toBe(2);
    const cleared = await cache('clear', '--yes');
    expect(cleared.stdout).toBe('Removed 2 entries from the store "files" of the plugin filed.\n');
    expect(cleared.stderr).toContain('The store tells nobody');
    expect(readdirSync(folder)).toEqual([]);
    expect(await json('import', file)).toMatchObject({ imported: 2, durable: true });
    expect(await ask('one')).toBe('hit');
  });

  it('has answers invalidated by key, tag, pattern and namespace', async () => {
    const entries = await exported();
    const [first, second] = entries.map(({ key }) => key) as [string, string];
    const invalidate = (...args: string[]) => json('invalidate', ...args);
    expect(await invalidate('--key', first)).toMatchObject({ done: true, keys: [{ key: first, found: true }] });
    expect((await exported()).map(({ key }) => key)).toEqual([second]);
    await invalidate('--tag', 'provider:other', '--match', 'nothing-*', '--namespace', 'nobody');
    expect(await exported()).toHaveLength(1);
    const told = await cache('invalidate', '--match', `${second.slice(0, 6)}*`);
    expect(told.stdout).toContain('The store tells nobody');
    expect(await exported()).toEqual([]);
    await fill();
    await invalidate('--tag', 'provider:sim');
    expect(readdirSync(folder)).toEqual([]);
    expect(await ask('one')).toBe('miss');
  });
});

describe('a store of a plugin that cannot list its keys', () => {
  it('says so where they are needed, before anything is done', async () => {
    use(false);
    await fill();
    for (const args of [
      ['export'],
      ['invalidate', '--tag', 'provider:sim', '--key', 'any'],
      ['invalidate', '--match', '*'],
    ]) {
      const { code, stderr, stdout } = await cache(...args);
      expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' });
      expect(stderr).toContain('the store "files" of the plugin filed cannot say which keys it holds.');
    }
    expect((await json('stats')).entries).toBe(2);
    expect((await json('doctor')).findings).toMatchObject([
      { level: 'ok', about: 'store' },
      { level: 'note', about: 'entries', message: 'they cannot be listed.' },
    ]);
    expect((await cache('invalidate', '--key', 'nothing')).stdout).toContain('There was no entry');
    expect((await cache('clear', '--yes')).code).toBe(0);
    expect(await ask('one')).toBe('miss');
  });
});

describe('a store of a plugin that cannot be used', () => {
  it.each([
    ['none contributes it', () => {}, /No plugin contributes files to stores/],
    [
      'it throws',
      () => machine.plugin('filed', { contributes: { stores: [{ name: 'files' }] } }, 'throw new Error("not today");'),
      /not today/,
    ],
  ])('because %s, is what commands say', async (_why, spoil, message) => {
    spoil();
    for (const args of [['stats'], ['clear', '--yes'], ['export']]) {
      const { code, stdout, stderr } = await cache(...args);
      expect([args, code, stdout]).toEqual([args, 1, '']);
      expect(stderr).toMatch(message);
    }
  });

  it('is a problem to the doctor', async () => {
    const { healthy, findings } = await json('doctor');
    expect(healthy).toBe(false);
    expect(findings).toMatchObject([
      { level: 'problem', about: 'store', advice: 'See "hotpath plugins doctor --load".' },
    ]);
  });
});
