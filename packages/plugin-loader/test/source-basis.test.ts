import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { createPluginHost, npmSource, type PluginSource } from '../src/index.ts';
import { type PluginFolder, pluginFolder } from './support/plugins.ts';

let folder: PluginFolder;
beforeEach(() => {
  folder = pluginFolder();
});

const start = async (source: PluginSource, disabled: readonly string[] = []) => {
  const indexFile = join(folder.path, 'state', 'index');
  const host = createPluginHost({ sources: [source], hostVersion: '1.0.0', indexFile, disabled });
  const { filesRead, problems } = await host.discover();
  await host.flush();
  return {
    filesRead,
    codes: problems.map(({ code }) => code),
    names: host.plugins().map(({ manifest }) => manifest.name),
  };
};

/** Lists the plugins of these names in a folder, and counts how often it is asked. */
const counting = (names: readonly string[], basis?: string) => {
  let asked = 0;
  const source: PluginSource = {
    id: 'counting',
    basis,
    list: ({ read }) => {
      asked += 1;
      return names.flatMap((name) => {
        const path = join(folder.path, name);
        const found = read(join(path, 'plugin.json'), (json) => json);
        if (found === undefined) return [];
        return {
          folder: path,
          file: join(path, 'plugin.json'),
          manifest: 'error' in found ? found.error : found.value,
        };
      });
    },
  };
  return { source, asked: () => asked };
};

it('is what a source is not asked for while it stays the same', async () => {
  folder.add('alpha');
  folder.add('bravo');
  await delay(60);
  const first = counting(['alpha'], 'alpha');
  expect(await start(first.source)).toMatchObject({ filesRead: 1, names: ['alpha'] });
  const again = counting(['alpha'], 'alpha');
  expect(await start(again.source)).toMatchObject({ filesRead: 0, names: ['alpha'] });
  const other = counting(['alpha', 'bravo'], 'alpha bravo');
  expect(await start(other.source)).toMatchObject({ filesRead: 1, names: ['alpha', 'bravo'] });
  expect([first.asked(), again.asked(), other.asked()]).toEqual([1, 0, 1]);
});

it('is missed: a source that does not tell what it goes by is asked at every start', async () => {
  folder.add('alpha');
  folder.add('bravo');
  await delay(60);
  const { source, asked } = counting(['alpha', 'bravo']);
  await start(source);
  expect(await start(source)).toMatchObject({ filesRead: 0, names: ['alpha', 'bravo'] });
  expect(asked()).toBe(2);
});

it('keeps what is wrong with a package that says it is a plugin and is described nowhere', async () => {
  folder.file('node_modules/empty/package.json', '{"name":"empty","version":"1.0.0","keywords":["hotpath-plugin"]}');
  await delay(60);
  const source = npmSource({ root: folder.path });
  const invalid = { codes: ['PLUGIN_MANIFEST_INVALID'] };
  expect(await start(source)).toMatchObject(invalid);
  expect(await start(source)).toMatchObject(invalid);
  // Another plan, from the same manifests.
  expect(await start(source, ['other'])).toMatchObject({ filesRead: 0, ...invalid });
});
