import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { freshMachine, heard, type Machine, outcomeOf } from './built.ts';

let machine: Machine;

beforeEach(() => {
  machine = freshMachine();
});

/** A plugin with a command `wave`, in the project's folder of plugins. */
const addPlugin = (code: string, manifest: object = {}): void => {
  const folder = join(machine.folder, '.hotpath', 'plugins', 'waves');
  mkdirSync(folder, { recursive: true });
  const file = (name: string, text: string): string => machine.write(join('.hotpath', 'plugins', 'waves', name), text);
  expect(dirname(file('index.mjs', code))).toBe(folder);
  const contributes = { commands: [{ name: 'wave', summary: 'Waves' }] };
  file(
    'plugin.json',
    JSON.stringify({ name: 'waves', version: '1.0.0', main: './index.mjs', contributes, ...manifest }),
  );
};

const waving = (atActivation: string): string => `export default { async activate() { ${atActivation}
  return { commands: { wave: { examples: [], async run({ write }) {
    await new Promise((go) => setTimeout(go, 50));
    await write('waved\\n');
  } } } };
} };`;

it('names the plugin whose promise failed outside of any call, and goes on', async () => {
  addPlugin(waving('Promise.reject(new Error("floating"));'));
  const { code, stdout, stderr } = await machine.run(['wave']);
  expect(stderr).toContain('[PLUGIN_CRASHED]: The plugin waves failed outside of any call (floating).');
  expect(stderr).toContain('hotpath plugins disable waves');
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'waved\n' });
});

it('names the plugin that threw outside of any call, ends, and leaves it out after two times', async () => {
  addPlugin(waving('setTimeout(() => { throw new Error("late"); }, 1);'));
  for (let time = 0; time < 2; time++) {
    const { code, stderr } = await machine.run(['wave']);
    expect(stderr).toContain('[PLUGIN_CRASHED]: The plugin waves failed outside of any call (late).');
    expect(code).toBe(1);
  }
  expect(await machine.run(['wave'])).toMatchObject({ code: 1, stderr: expect.stringContaining('in quarantine') });
});

it('ends as interrupted where Ctrl-C comes while a plugin is loaded, which is not held against it', async () => {
  addPlugin(
    'console.error("loading"); await new Promise((go) => setTimeout(go, 5_000)); export default { activate() {} };',
  );
  for (let time = 0; time < 2; time++) {
    const child = machine.start(['wave']);
    const ended = outcomeOf(child);
    await heard(child.stderr, /loading/);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130 });
  }
  addPlugin(waving(''));
  expect(await machine.run(['wave'])).toMatchObject({ code: 0, stdout: 'waved\n' });
});

it('gives a command in a thread of its own what it writes with, and says what it cannot have', async () => {
  const code = `export default { activate() { return { commands: { wave: { examples: [], async run({ write, note, hotpath, positionals }) {
    await write('waved\\n');
    note('noted');
    await hotpath();
  } } } }; } };`;
  addPlugin(code, { worker: true });
  const { code: exitCode, stdout, stderr } = await machine.run(['wave']);
  expect(stdout).toBe('waved\n');
  expect(stderr).toContain('noted');
  expect(stderr).toContain(
    '[PLUGIN_WORKER_FAILED]: The worker of the plugin waves cannot be sent what a function returned that run of commands wave was called with',
  );
  expect(exitCode).toBe(1);
});

it('keeps a gateway up when a promise of a plugin fails that nobody waits for', async () => {
  addPlugin(waving('setTimeout(() => Promise.reject(new Error("floating")), 100);'), { activates: ['always'] });
  const child = machine.start(['serve', '--port', '0', '--json']);
  const ended = outcomeOf(child);
  const complained = heard(child.stderr, /PLUGIN_CRASHED/);
  const { url } = JSON.parse(await heard(child.stdout, /\n/));
  await complained;
  expect((await fetch(new URL('/healthz', url))).status).toBe(200);
  child.kill('SIGTERM');
  expect((await ended).stderr).toContain('The plugin waves failed outside of any call (floating)');
});
