import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { type KindName, kindNames } from '../src/plugins/new/kinds.ts';
import { hostRange } from '../src/plugins/new/plugin-files.ts';
import { parsePluginName } from '../src/plugins/new/plugin-name.ts';
import { freshMachine, type Machine } from './built.ts';
import { hasScript, hotpathOnTerminal } from './pseudo-terminal.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let machine: Machine;

beforeEach(() => {
  machine = freshMachine();
});

const inFolder = async (folder: string, program: string, ...args: string[]): Promise<string> => {
  const PATH = [dirname(process.execPath), join(root, 'node_modules', '.bin'), machine.environment.PATH].join(
    delimiter,
  );
  const env = { ...machine.environment, PATH, npm_config_offline: 'true', npm_config_update_notifier: 'false' };
  const { stdout } = await promisify(execFile)(program, args, { cwd: folder, env }).catch((error) => {
    throw new Error(`${program} ${args.join(' ')}: ${error.message}\n${error.stdout}`);
  });
  return stdout;
};

/** Lends a plugin what `npm install` would bring. */
const lend = (folder: string): void => {
  for (const [name, path] of [
    ['@hotpath/runtime', 'packages/runtime'],
    ['@types/node', 'node_modules/@types/node'],
  ] as const) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(join(root, path), join(folder, 'node_modules', name), 'junction');
  }
};

/** Uses a plugin the way its README says, from the folder that the machine is in. */
const uses: Readonly<Record<KindName, (name: string) => Promise<void>>> = {
  async command(name) {
    const { stdout, code } = await machine.run([name, '--words', '7', 'A long story']);
    expect(stdout).toContain('at most 7 words:\n\nA long story');
    expect(code).toBe(0);
  },
  async provider(name) {
    const { stdout } = await machine.run(['ask', '-m', `${name}/reverse-1`, 'one two three']);
    expect(stdout).toBe('three two one\n');
  },
  async store(name) {
    const config = JSON.parse(readFileSync(join(machine.folder, 'hotpath.config.json'), 'utf8')) as object;
    const cache = { store: { name, settings: { folder: join(machine.folder, `kept by ${name}`) } } };
    machine.write('hotpath.config.json', JSON.stringify({ ...config, cache }));
    const ask = async () => JSON.parse((await machine.run(['ask', '--json', '-m', 'sim/sim-1', 'Hi'])).stdout);
    expect(await ask()).toMatchObject({ cache: 'miss' });
    expect(readdirSync(cache.store.settings.folder)).toHaveLength(1);
    expect(await ask()).toMatchObject({ cache: 'hit' });
  },
  async prices() {
    const { stdout } = await machine.run(['ask', '--json', '-m', 'sim/sim-1', 'Hi']);
    expect(JSON.parse(stdout).costUsd).toBeGreaterThan(0);
  },
};

describe.each(kindNames)('a new plugin of kind %s', (kind) => {
  const name = `my-${kind}`;

  it('works, is tested, has types that hold, and works when it is packed and installed', async () => {
    machine.write('hotpath.config.json', JSON.stringify({ plugins: { folders: [`./${name}`] } }));
    const made = await machine.run(['plugins', 'new', name, '--kind', kind, '--json']);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const { folder, files, next } = JSON.parse(made.stdout);
    expect(folder).toBe(join(machine.folder, name));
    expect(files.every((file: string) => existsSync(join(folder, file)))).toBe(true);
    expect(next).toContain(`hotpath plugins link ${name}`);

    await uses[kind](name);
    const tests = await inFolder(folder, process.execPath, '--test', '--test-reporter=tap');
    expect(tests).toMatch(/^# pass [2-9]/m);
    expect(tests).toMatch(/^# fail 0$/m);

    lend(folder);
    expect(await inFolder(folder, 'npm', 'run', '--silent', 'check')).toBe('');
    // A wrong type has to be an error: were the declarations not found, everything would be any, and pass.
    writeFileSync(
      join(folder, 'test', 'wrong.ts'),
      "import type { HotpathPlugin } from '@hotpath/runtime';\nexport default { activate: () => ({ commands: 1 }) } satisfies HotpathPlugin;\n",
    );
    await expect(inFolder(folder, 'npm', 'run', '--silent', 'check')).rejects.toThrow(/wrong\.ts.*TS\d/);

    await inFolder(folder, 'npm', 'pack', '--silent');
    const [tarball = ''] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
    const former = machine;
    machine = freshMachine();
    machine.write('package.json', '{"private":true}');
    await inFolder(
      machine.folder,
      'npm',
      'install',
      '--silent',
      '--no-audit',
      '--no-fund',
      join(former.folder, name, tarball),
    );
    expect(existsSync(join(machine.folder, 'node_modules', name, 'src'))).toBe(false);
    machine.write('hotpath.config.json', '{}');
    await uses[kind](name);
  });
});

it('is used at once where it is made for the project', async () => {
  await machine.run(['plugins', 'new', 'hotpath-deploy', '--project', '--summary', 'Ships  it.']);
  const folder = join(machine.folder, '.hotpath', 'plugins', 'hotpath-deploy');
  expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toMatchObject({
    name: 'hotpath-deploy',
    description: 'Ships it',
    hotpath: { contributes: { commands: [{ name: 'deploy', summary: 'Ships it' }] } },
  });
  expect((await machine.run(['deploy', 'it'])).stdout).toContain('Summarise this');
});

it('overwrites nothing', async () => {
  mkdirSync(join(machine.folder, 'deploy'));
  machine.write('deploy/notes.txt', 'mine');
  machine.write('taken', 'mine');
  for (const args of [['deploy'], ['other', '--folder', 'taken']]) {
    const { code, stderr } = await machine.run(['plugins', 'new', ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain('is there already');
  }
  expect(readFileSync(join(machine.folder, 'taken'), 'utf8')).toBe('mine');
  expect(readdirSync(join(machine.folder, 'deploy'))).toEqual(['notes.txt']);
  expect(readdirSync(machine.folder).filter((file) => file.startsWith('.hotpath'))).toEqual([]);
});

it.each([
  [['Deploy It'], /"Deploy It" cannot be the name of a plugin/],
  [['../deploy'], /cannot be the name/],
  [['ask'], /"hotpath ask" is a command of Hotpath itself/],
  [['hotpath-cache'], /"hotpath cache" is a command of Hotpath itself/],
  [['deploy.'], /cannot be the name.*not at the end/],
  [['@acme./deploy'], /cannot be the name/],
  [['node_modules'], /cannot be the name of a plugin: npm refuses it/],
  [['favicon.ico'], /npm refuses it/],
  [['fs'], /a module of Node itself/],
  [['con'], /Windows keeps it/],
  [['@acme/aux.io'], /Windows keeps it/],
  [['constructor'], /every object of JavaScript/],
  [['hotpath-constructor'], /every object of JavaScript/],
  [['deploy', '--kind', 'provder'], /Did you mean "provider"\?/],
  [['deploy', '--project', '--folder', 'x'], /one of --project and --folder/],
  [[], /Name one plugin/],
  [['deploy', 'again'], /Name one plugin/],
])('refuses %j, and makes nothing', async (args, words) => {
  const { code, stderr } = await machine.run(['plugins', 'new', ...args]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(words) });
  expect(readdirSync(machine.folder)).toEqual([]);
});

it('calls a contribution by what is left of the plugin’s name', () => {
  const named = (text: string) => parsePluginName(text, 'store', ['ask']);
  expect(named('@acme/hotpath-plugin-shelf')).toEqual({
    plugin: '@acme/hotpath-plugin-shelf',
    folder: 'hotpath-plugin-shelf',
    contribution: 'shelf',
  });
  expect(named('ask').contribution).toBe('ask');
  expect(named('hotpath-').contribution).toBe('hotpath-');
  // What stands before a dash or a dot alone is no beginning: a command cannot begin with one.
  expect(named('hotpath-.x').contribution).toBe('hotpath-.x');
  // Scopes keep them apart, and what only begins so is another name.
  for (const name of ['@acme/fs', 'consoles', 'deploy.io', 'nul-point']) expect(named(name).plugin).toBe(name);
});

it('is meant for this version and those that are compatible with it', () => {
  expect([hostRange('0.3.1'), hostRange('12.0.0-beta.1')]).toEqual(['>=0.3.1 <1', '>=12.0.0-beta.1 <13']);
});

it.skipIf(!hasScript)('asks at a terminal what it is not told', async () => {
  const { outcome, shown, type } = hotpathOnTerminal(machine, 'plugins new shelf');
  expect(await shown(/What does it contribute\? \[command\] /)).toMatch(/ 3 {2}store/);
  type('3\n');
  await shown(/in one line\? \[.+\] /);
  type('Keeps answers on a shelf\n');
  expect((await outcome).code).toBe(0);
  expect(JSON.parse(readFileSync(join(machine.folder, 'shelf', 'package.json'), 'utf8'))).toMatchObject({
    description: 'Keeps answers on a shelf',
    hotpath: { contributes: { stores: [{ name: 'shelf' }] } },
  });
});
