import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { recallPlugins } from '../../src/plugin-digest.ts';
import { openDisabledList } from '../../src/plugins/disabled-list.ts';
import { findPlugins } from '../../src/plugins/find-plugins.ts';
import { machineForEach } from './support.ts';

const machine = machineForEach();
const command = (name: string) => ({ contributes: { commands: [{ name, summary: `Does ${name}` }] } });
const home = (): string => join(machine.root, 'home');
const digests = (): string => join(home(), 'cache', 'plugins');

/** What was written just now might change again unseen, and nothing is kept of it. */
const settle = (): Promise<void> => sleep(80);

const find = async (more: Readonly<Record<string, string>> = {}): Promise<readonly string[]> => {
  const plugins = await findPlugins({ folder: machine.root, environment: { HOTPATH_HOME: home(), ...more } });
  const names = plugins.contributions('commands').map(({ name }) => name);
  await plugins.close();
  return names;
};

/** As the command's help does it, which knows its folder from the process. */
const recall = (): readonly string[] | undefined => {
  const before = process.cwd();
  process.chdir(machine.root);
  try {
    return recallPlugins({ HOTPATH_HOME: home() })?.contributions.map(({ name }) => name);
  } finally {
    process.chdir(before);
  }
};

/** Writes another name into what is kept: who answers by it has asked nobody else. */
const forge = (from: string, to: string): void => {
  for (const name of readdirSync(digests())) {
    const file = join(digests(), name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`"${from}"`, `"${to}"`));
  }
};

/** Everything it rests on holds, and nothing it says is there. */
const wrong = '{"layout":1,"projectFolder":"HERE","stamps":[],"configStamps":[],"settings":"x"}';

describe('what a start found out about plugins', () => {
  it('answers the next one, as long as nothing has changed', async () => {
    machine.plugin('acme', command('deploy'), '');
    await settle();
    expect(recall()).toBeUndefined();
    expect(await find()).toEqual(['deploy']);
    forge('deploy', 'forged');
    expect(await find()).toEqual(['forged']);
    expect(recall()).toEqual(['forged']);
  });

  it.each<[what: string, change: () => void | Promise<void>, names: readonly string[]]>([
    ['a plugin is added', () => machine.plugin('more', command('more'), ''), ['deploy', 'more']],
    ['a plugin is removed', () => rmSync(join(machine.root, '.hotpath/plugins/acme'), { recursive: true }), []],
    ['a manifest is changed', () => machine.plugin('acme', command('publish'), ''), ['publish']],
    [
      'a plugin of the user is added',
      () => machine.plugin('own', command('own'), '', join(home(), 'plugins')),
      ['deploy', 'own'],
    ],
    ['the user disables one', () => openDisabledList(join(home(), 'state')).set('acme', true), []],
    [
      'the configuration disables one',
      () => writeFileSync(join(machine.root, 'hotpath.config.json'), '{"plugins":{"disabled":["acme"]}}'),
      [],
    ],
    [
      'a package is installed',
      () => {
        const folder = join(machine.root, 'node_modules', 'hotpath-x');
        mkdirSync(folder, { recursive: true });
        const manifest = { name: 'hotpath-x', version: '1.0.0', keywords: ['hotpath-plugin'], hotpath: command('x') };
        writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
      },
      ['deploy', 'x'],
    ],
    [
      'one fails so often that it is quarantined',
      async () => {
        for (let time = 0; time < 3; time++) {
          const plugins = await findPlugins({ folder: machine.root, environment: { HOTPATH_HOME: home() } });
          await (await plugins.host()).load('acme').catch(() => {});
          await plugins.close();
        }
      },
      [],
    ],
  ])('is found out anew where %s', async (_, change, names) => {
    machine.plugin('acme', command('deploy'), '');
    await settle();
    await find();
    forge('deploy', 'forged');
    await change();
    expect(recall()).toBeUndefined();
    await settle();
    expect([...(await find())].sort()).toEqual(names);
    expect([...(recall() ?? [])].sort()).toEqual(names);
  });

  it('holds nothing of what plugins are told, and is for this user alone', async () => {
    machine.plugin('acme', command('deploy'), '');
    writeFileSync(join(machine.root, 'hotpath.config.json'), '{"plugins":{"settings":{"acme":{"token":"secret"}}}}');
    await settle();
    await find();
    const [name = ''] = readdirSync(digests());
    expect(readFileSync(join(digests(), name), 'utf8')).not.toContain('secret');
    expect(statSync(join(digests(), name)).mode & 0o077).toBe(0);
    expect(statSync(digests()).mode & 0o077).toBe(0);
  });

  it('is not that of another configuration', async () => {
    machine.plugin('acme', command('deploy'), '');
    const other = join(machine.root, 'other.json');
    writeFileSync(other, '{"plugins":{"enabled":false}}');
    await settle();
    expect(await find()).toEqual(['deploy']);
    expect(await find({ HOTPATH_CONFIG: other })).toEqual([]);
    expect(await find()).toEqual(['deploy']);
  });

  it.each(['', '{"layout":1}', wrong, 'null', '{"layout":2}'])('is found out anew where %j is kept', async (kept) => {
    machine.plugin('acme', command('deploy'), '');
    await settle();
    await find();
    for (const name of readdirSync(digests())) writeFileSync(join(digests(), name), kept.replace('HERE', machine.root));
    expect(recall()).toBeUndefined();
    expect(await find()).toEqual(['deploy']);
  });

  it('need not be known where there is no place for plugins', () => {
    expect(recall()).toEqual([]);
  });

  it('is that there are none, where there is a configuration and no place for them', async () => {
    writeFileSync(join(machine.root, 'hotpath.config.json'), '{}');
    await settle();
    expect(recall()).toBeUndefined();
    expect(await find()).toEqual([]);
    expect(recall()).toEqual([]);
    machine.plugin('acme', command('deploy'), '');
    expect(recall()).toBeUndefined();
    await settle();
    expect(await find()).toEqual(['deploy']);
  });

  it('is not that of Hotpath installed elsewhere', async () => {
    const roots = ['a', 'b'].map((name) => {
      const root = join(machine.root, name);
      const folder = join(root, 'node_modules', `plug-${name}`);
      mkdirSync(folder, { recursive: true });
      const manifest = { name: `plug-${name}`, version: '1.0.0', keywords: ['hotpath-plugin'], hotpath: command(name) };
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
      return root;
    });
    await settle();
    for (const [index, expected] of [
      [0, 'a'],
      [1, 'b'],
      [0, 'a'],
    ] as const) {
      const environment = { HOTPATH_HOME: home() };
      const plugins = await findPlugins({ folder: machine.root, environment, packageRoots: [roots[index] ?? ''] });
      expect(plugins.contributions('commands').map(({ name }) => name)).toEqual([expected]);
      await plugins.close();
    }
  });

  it('is kept for the latest projects alone', async () => {
    machine.plugin('acme', command('deploy'), '');
    await settle();
    mkdirSync(digests(), { recursive: true });
    for (let each = 0; each < 64; each += 1) writeFileSync(join(digests(), `${each}.json`), '{}');
    await find();
    expect(readdirSync(digests())).toHaveLength(64);
    expect(recall()).toEqual(['deploy']);
  });

  it('saves nothing, and harms nothing, where the cache folder cannot be written to', async () => {
    machine.plugin('acme', command('deploy'), '');
    mkdirSync(home(), { recursive: true });
    writeFileSync(join(home(), 'cache'), 'a file in the way');
    await settle();
    expect(await find()).toEqual(['deploy']);
  });
});
