import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createPluginHost, type FactsCache, folderSource, type PluginFacts } from '../src/index.ts';
import { testClock } from './support/clock.ts';
import { pluginFolder } from './support/plugins.ts';

const open = () => {
  const folder = pluginFolder();
  folder.add('acme', { code: 'export default { activate() {} };' });
  const clock = testClock();
  const host = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0', clock });
  return { folder, clock, host };
};

/** A cache that counts, and can be told to be slow or to fail. */
const countingCache = () => {
  const kept = new Map<string, PluginFacts>();
  const calls = { get: 0, set: 0 };
  const cache: FactsCache = {
    get: async (key) => {
      calls.get += 1;
      return kept.get(key);
    },
    set: async (key, value) => {
      calls.set += 1;
      kept.set(key, value);
    },
  };
  return { cache, calls, kept };
};

it('tells of a plugin what its files say', async () => {
  const { folder, host } = open();
  folder.file('acme/node_modules/other/index.js', 'not counted');
  folder.file('acme/.git/config', 'not counted');
  expect(await host.facts('acme')).toMatchObject({
    folder: join(folder.path, 'acme'),
    files: 3,
    bytes: expect.any(Number),
    hasMain: true,
    manifest: { name: 'acme', version: '1.0.0' },
    changedAt: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  await expect(host.facts('none')).rejects.toMatchObject({ code: 'PLUGIN_UNKNOWN' });
});

it('makes them once for all who ask, and answers the same afterwards', async () => {
  const { host } = open();
  const { cache, calls } = countingCache();
  await host.discover();
  const asked = Array.from({ length: 100 }, () => host.facts('acme', cache));
  const [first, ...others] = await Promise.all(asked);
  expect(others.every((each) => each === first)).toBe(true);
  expect(host.facts('acme', cache)).toBe(asked[0]);
  expect(calls).toEqual({ get: 1, set: 1 });
});

it('sees changed files within a second', async () => {
  const { folder, clock, host } = open();
  const before = await host.facts('acme');
  folder.file('acme/lib/more.js', 'more');
  expect(await host.facts('acme')).toBe(before);
  clock.pass(1_000);
  expect(await host.facts('acme')).toMatchObject({ files: 4 });
  folder.file('acme/lib/more.js', 'less');
  clock.pass(1_000);
  expect(await host.facts('acme')).not.toBe(before);
});

it('answers once more after five minutes while new ones are made', async () => {
  const { clock, host } = open();
  const { cache, calls, kept } = countingCache();
  const before = await host.facts('acme', cache);
  clock.pass(299_999);
  expect(await host.facts('acme', cache)).toBe(before);
  expect(calls.get).toBe(1);
  kept.clear();
  clock.pass(1_000);
  expect(await host.facts('acme', cache)).toBe(before);
  await new Promise((resolve) => setImmediate(resolve));
  const after = await host.facts('acme', cache);
  expect(after).not.toBe(before);
  expect(after).toEqual(before);
  expect(calls).toEqual({ get: 2, set: 2 });
});

it('finds in a cache what another process put there, and does without one that fails', async () => {
  const { folder, host } = open();
  const { cache, calls } = countingCache();
  await host.facts('acme', cache);
  const other = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0' });
  await other.facts('acme', cache);
  expect(calls).toEqual({ get: 2, set: 1 });
  const failing: FactsCache = {
    get: () => Promise.reject(new Error('down')),
    set: () => {
      throw new Error('down');
    },
  };
  host.invalidateFacts();
  expect(await host.facts('acme', failing)).toMatchObject({ files: 3 });
});

it('makes them anew when asked to', async () => {
  const { host } = open();
  const before = await host.facts('acme');
  host.invalidateFacts('acme');
  expect(await host.facts('acme')).not.toBe(before);
});

it('counts a folder that links lead back to once', async () => {
  const { folder, host } = open();
  folder.file('acme/lib/one.js', 'one');
  symlinkSync(join(folder.path, 'acme'), join(folder.path, 'acme', 'self'), 'junction');
  symlinkSync(join(folder.path, 'acme', 'lib'), join(folder.path, 'acme', 'other'), 'junction');
  symlinkSync('loop', join(folder.path, 'acme', 'loop'));
  expect(await host.facts('acme')).toMatchObject({ files: 4 });
});

it('are of the folder where the plugin is found now', async () => {
  const folder = pluginFolder();
  folder.add('here', { manifest: { name: 'moves' } });
  await using host = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0' });
  await host.facts('moves');
  renameSync(join(folder.path, 'here'), join(folder.path, 'there'));
  await host.discover();
  expect((await host.facts('moves')).folder).toBe(join(folder.path, 'there'));
});
