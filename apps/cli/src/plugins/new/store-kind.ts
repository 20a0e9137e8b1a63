import { type PluginKind, testHead } from './kind.ts';

export const storeKind: PluginKind = {
  summary: 'A store that answers are cached in',
  contributes: ({ contribution: name, summary }) => ({ stores: [{ name, summary }] }),
  source: ({ contribution: name }) => `import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheEntry, CacheStore, HotpathPlugin } from '@hotpath/runtime';

/**
 * Keeps entries in a folder, a file each: put what you keep answers in here. \`now\` is the clock to go by. The tests that every
 * store must pass are \`testCacheStore\` of @hotpath/cache/testing (for vitest).
 */
export const openStore = (folder: string, now: () => number): CacheStore<Uint8Array> => {
  mkdirSync(folder, { recursive: true });
  const fileOf = (key: string): string => join(folder, createHash('sha256').update(key, 'utf16le').digest('hex'));
  const files = (): string[] => readdirSync(folder).filter((name) => !name.startsWith('.'));
  const read = (key: string): CacheEntry<Uint8Array> | undefined => {
    try {
      const { value, expiresAt, ...rest } = JSON.parse(readFileSync(fileOf(key), 'utf8'));
      // JSON has no Infinity, which stands for never.
      return { ...rest, expiresAt: expiresAt ?? Number.POSITIVE_INFINITY, value: Buffer.from(value, 'base64') };
    } catch {
      return undefined;
    }
  };
  return {
    name: '${name}',
    capabilities: { sync: true, memory: false, persistent: true, shared: true, holds: 'bytes' },
    get(key) {
      const entry = read(key);
      return entry !== undefined && entry.expiresAt > now() ? entry : undefined;
    },
    set(key, entry) {
      // In one step: a reader finds the old file or the new one.
      const draft = join(folder, \`.\${process.pid}\`);
      writeFileSync(draft, JSON.stringify({ ...entry, value: Buffer.from(entry.value).toString('base64') }));
      renameSync(draft, fileOf(key));
    },
    delete(key) {
      const entry = read(key);
      rmSync(fileOf(key), { force: true });
      return entry !== undefined && entry.expiresAt > now();
    },
    clear() {
      for (const name of files()) rmSync(join(folder, name), { force: true });
    },
    usage: () => ({ entries: files().length, bytes: 0, evictions: 0 }),
  };
};

export default {
  // \`dataFolder\` is this plugin's own; \`settings\` of the store are those of the configuration: cache.store.settings.
  activate: ({ dataFolder }) => ({
    stores: {
      '${name}': ({ settings: { folder }, now }) => openStore(typeof folder === 'string' ? folder : dataFolder, now),
    },
  }),
} satisfies HotpathPlugin;
`,
  test: ({
    contribution: name,
  }) => `${testHead("import { mkdtempSync, rmSync } from 'node:fs';\nimport { tmpdir } from 'node:os';\nimport { join } from 'node:path';\nimport { after } from 'node:test';\nimport type { CacheEntry } from '@hotpath/runtime';\n", 'openStore')}
const folder = mkdtempSync(join(tmpdir(), '${name}-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let time = 1_000;
const now = (): number => time;
const entry = (text: string, expiresAt = Number.POSITIVE_INFINITY): CacheEntry<Uint8Array> => ({
  value: Buffer.from(text),
  createdAt: time,
  expiresAt,
});
const read = async (key: string): Promise<string | undefined> => {
  const found = await openStore(folder, now).get(key);
  return found && Buffer.from(found.value).toString();
};

test('contributes the stores that its manifest declares', () => {
  const context = { settings: {}, projectFolder: folder, dataFolder: folder };
  const host = { name: 'it', version: '0.1.0', folder, hostVersion: '1.0.0', signal: new AbortController().signal };
  assert.deepEqual(Object.keys(plugin.activate({ ...host, ...context }).stores), declared('stores'));
});

test('gives back what another process set, until it expires', async () => {
  await openStore(folder, now).set('key', entry('value', 2_000));
  assert.equal(await read('key'), 'value');
  time = 2_000;
  assert.equal(await read('key'), undefined);
});

test('replaces, deletes and clears', async () => {
  const store = openStore(folder, now);
  await store.set('key', entry('old'));
  await store.set('key', entry('new'));
  assert.equal(await read('key'), 'new');
  assert.equal(await store.delete('key'), true);
  assert.equal(await store.delete('key'), false);
  await store.set('other', entry('value'));
  assert.equal((await store.usage()).entries, 1);
  await store.clear();
  assert.equal(await read('other'), undefined);
});
`,
  usage: ({ contribution: name }) => `In the configuration, in place of the file that answers are kept in otherwise:

\`\`\`yaml
cache:
  store:
    name: ${name}
    settings: {}
\`\`\``,
  example: ({ contribution: name }) => `hotpath config set cache.store.name ${name}`,
};
