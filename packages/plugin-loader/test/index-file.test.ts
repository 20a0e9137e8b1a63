import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDiscoveryIndex } from '../src/discovery-index.ts';
import { createPluginHost, folderSource, npmSource } from '../src/index.ts';
import { readIndex } from '../src/index-file.ts';
import { openManifestIndex } from '../src/manifest-index.ts';
import { startChild } from './support/child.ts';
import { age, pluginFolder } from './support/plugins.ts';

const world = (count = 3) => {
  const folder = pluginFolder();
  const indexFile = join(folder.path, 'state', 'index');
  const plugins = join(folder.path, 'plugins');
  const add = (name: string, version = '1.0.0'): string => {
    const manifest = join(
      folder.add(`plugins/${name}`, { manifest: { name, version, host: '>=1 <2' } }),
      'plugin.json',
    );
    age(manifest, 60);
    return manifest;
  };
  for (let at = 0; at < count; at++) add(`plugin-${at}`);
  // The times of change cannot be set: the files are as old to the index as its clock says.
  const start = async () => {
    const host = createPluginHost({ sources: [folderSource(plugins)], hostVersion: '1.0.0', indexFile });
    const report = await host.discover();
    await host.flush();
    const found = host.plugins().map(({ manifest }) => `${manifest.name} ${manifest.version}`);
    return { ...report, found };
  };
  const settle = () => new Promise((resolve) => setTimeout(resolve, 60));
  return { folder, indexFile, plugins, add, start, settle };
};

const three = ['plugin-0 1.0.0', 'plugin-1 1.0.0', 'plugin-2 1.0.0'];

it('answers a second start without reading a manifest', async () => {
  const { start, settle } = world();
  await settle();
  expect(await start()).toMatchObject({ filesRead: 3, filesReused: 0, found: three });
  expect(await start()).toMatchObject({ filesRead: 0, filesReused: 3, found: three });
});

it('sees what changed, came and went', async () => {
  const { start, settle, add, plugins } = world();
  await settle();
  await start();
  add('plugin-1', '1.0.1-later');
  add('plugin-3');
  rmSync(join(plugins, 'plugin-0'), { recursive: true });
  const changed = ['plugin-1 1.0.1-later', 'plugin-2 1.0.0', 'plugin-3 1.0.0'];
  await settle();
  expect(await start()).toMatchObject({ filesRead: 2, filesReused: 1, found: changed });
  expect(await start()).toMatchObject({ filesRead: 0, filesReused: 3, found: changed });
});

it('sees a change that leaves size and time of writing as they were', async () => {
  const { start, settle, add } = world(1);
  const manifest = add('plugin-0', '1.0.0');
  await settle();
  await start();
  const { atime, mtime } = statSync(manifest);
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('1.0.0', '1.0.1'));
  utimesSync(manifest, atime, mtime);
  expect((await start()).found).toEqual(['plugin-0 1.0.1']);
});

it('does not trust the times of a file that was written only just now', () => {
  const { plugins, indexFile } = world(1);
  const file = join(plugins, 'plugin-0', 'plugin.json');
  const { mtimeMs, ctimeMs } = statSync(file);
  const readAt = async (now: number): Promise<number> => {
    const kept = openDiscoveryIndex(indexFile);
    const manifests = openManifestIndex(kept.manifests(), () => now);
    const source = manifests.source('folder');
    source.read(file, (json) => json);
    source.end();
    await kept.save(manifests.changed(), undefined, undefined);
    return manifests.counts().reused;
  };
  const written = Math.max(mtimeMs, ctimeMs);
  return expect(
    (async () => [
      await readAt(written + 1),
      await readAt(written + 1),
      await readAt(written + 5_000),
      await readAt(written + 5_000),
    ])(),
  ).resolves.toEqual([0, 0, 0, 1]);
});

it('keeps what it knows of sources that a start does not ask', async () => {
  const { folder, start, settle, indexFile } = world();
  await settle();
  await start();
  const other = createPluginHost({ sources: [npmSource({ root: folder.path })], hostVersion: '1.0.0', indexFile });
  folder.file('node_modules/some-package/package.json', '{"name":"some-package"}');
  await settle();
  await other.discover();
  await other.flush();
  expect(await start()).toMatchObject({ filesRead: 0, filesReused: 3 });
});

it('forgets the manifests that are gone', async () => {
  const { start, settle, plugins, indexFile } = world();
  await settle();
  await start();
  rmSync(join(plugins, 'plugin-0'), { recursive: true });
  await settle();
  await start();
  const [source = {}] = Object.values(openDiscoveryIndex(indexFile).manifests()?.sources ?? {});
  expect(Object.keys(source)).toEqual(['plugin-1', 'plugin-2'].map((name) => join(plugins, name, 'plugin.json')));
});

it('keeps the plans of no more hosts than a user may have, the last ones', async () => {
  const { plugins, indexFile, settle } = world(1);
  await settle();
  const startAs = async (patch: number) => {
    const host = createPluginHost({ sources: [folderSource(plugins)], hostVersion: `1.0.${patch}`, indexFile });
    await host.discover();
    await host.flush();
  };
  const kept = () => readIndex(indexFile)?.names.filter((name) => name.startsWith('discovery ')) ?? [];
  for (let patch = 0; patch < 20; patch++) await startAs(patch);
  expect(kept()).toHaveLength(16);
  expect([kept()[0], kept().at(-1)]).toMatchObject([
    expect.stringContaining('"1.0.4"'),
    expect.stringContaining('"1.0.19"'),
  ]);
});

it('tells why a plugin is not used as it was found out, with what that came of', async () => {
  const { folder, plugins, indexFile, settle } = world(1);
  folder.add('plugins/needs', { manifest: { name: 'needs', dependencies: { 'plugin-0': '*' } } });
  folder.file('plugins/spoilt/plugin.json', '{');
  await settle();
  const told = async () => {
    const host = createPluginHost({
      sources: [folderSource(plugins)],
      hostVersion: '1.0.0',
      indexFile,
      disabled: ['plugin-0'],
    });
    const { filesReused, problems } = await host.discover();
    await host.flush();
    const reasons = problems.map(({ code, message, cause }) => {
      const { name, message: of, code: by } = (cause ?? {}) as { name?: string; message?: string; code?: string };
      return { code, message, cause: { name, message: of, code: by } };
    });
    return { filesReused, reasons: reasons.sort((one, other) => one.code.localeCompare(other.code)) };
  };
  const cold = await told();
  const warm = await told();
  expect(warm.filesReused).toBeGreaterThan(0);
  expect(cold.reasons).toMatchObject([
    { code: 'PLUGIN_DEPENDENCY_SKIPPED', cause: { name: 'PluginError', code: 'PLUGIN_DISABLED' } },
    { code: 'PLUGIN_DISABLED' },
    { code: 'PLUGIN_MANIFEST_INVALID', cause: { name: 'SyntaxError' } },
  ]);
  expect(warm.reasons).toEqual(cold.reasons);
});

it('costs time and never correctness where it is missing, cut short, damaged or not an index', async () => {
  const { start, settle, indexFile } = world();
  await settle();
  await start();
  const whole = readFileSync(indexFile);
  const damage = fc.oneof(
    fc.nat({ max: whole.length - 1 }).map((length) => whole.subarray(0, length)),
    fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ by;
      return bytes;
    }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.concat([whole, bytes])),
    fc.json().map((json) => Buffer.from(json)),
  );
  await fc.assert(
    fc.asyncProperty(damage, async (bytes) => {
      writeFileSync(indexFile, bytes);
      expect(await start()).toMatchObject({ filesRead: 3, found: three, problems: [] });
      expect(await start()).toMatchObject({ filesRead: 0, found: three, problems: [] });
    }),
    { numRuns: 150 },
  );
});

it('reports an index that cannot be written, and goes on', async () => {
  const { folder, plugins } = world();
  const blocked = folder.file('a-file', '');
  const host = createPluginHost({
    sources: [folderSource(plugins)],
    hostVersion: '1.0.0',
    indexFile: join(blocked, 'index'),
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  await host.discover();
  await host.flush();
  expect(host.plugins()).toHaveLength(3);
  expect(host.problems()).toMatchObject([{ code: 'PLUGIN_FILE_UNWRITABLE' }]);
});

it('stays whole while two processes write it', async () => {
  const { start, settle, indexFile, plugins } = world(20);
  await settle();
  const ended = await Promise.all(
    ['1', '2'].map((version) => startChild('write-index.ts', [plugins, indexFile, version])),
  );
  expect(ended).toMatchObject([
    { code: 0, stdout: '20 20\n' },
    { code: 0, stdout: '20 20\n' },
  ]);
  expect(readdirSync(dirname(indexFile))).toEqual(['index']);
  expect(await start()).toMatchObject({ plugins: 20, problems: [] });
});
