import { beforeEach, describe, expect, it } from 'vitest';
import { contributing, type PluginMachine, pluginMachine } from './plugin-machine.ts';

let machine: PluginMachine;
beforeEach(() => {
  machine = pluginMachine();
});

const prices = { contributes: { prices: [{ name: 'team' }] } };
const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** What a question says beside its answer, which is there whatever is wrong. */
const ask = async (...more: string[]): Promise<readonly string[]> => {
  const { code, stdout, stderr } = await machine.run(['ask', 'Hi', '--json', ...more]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ text: expect.stringMatching(/\S/) });
  return linesOf(stderr);
};

describe('hotpath ask', () => {
  it('says in a line that the store of a plugin cannot be opened', async () => {
    const store = { name: 'shelf', settings: {} };
    machine.write(
      'hotpath.config.json',
      JSON.stringify({ providers: { sim: {} }, detect: { ollama: false }, cache: { store } }),
    );
    const stores = `{ stores: { shelf: () => { throw new Error('no room'); } } }`;
    machine.plugin('shelves', { contributes: { stores: [{ name: 'shelf' }] } }, contributing(stores));
    expect(await ask()).toEqual([expect.stringMatching(/^hotpath: The store that cache\.store names .*\(no room\)/)]);
    expect(await ask('--quiet')).toEqual([]);
  });

  it('says in a line that a price table is none', async () => {
    const table = `{ 'gpt-5.1': { input: 'free' }, 'gpt-5': { output: -1 } }`;
    machine.plugin('rates', prices, contributing(`{ prices: { team: ${table} } }`));
    expect(await ask()).toEqual([
      expect.stringMatching(/^hotpath: The price table team of the plugin rates.*gpt-5\.1/),
    ]);
    expect(await ask('--quiet')).toEqual([]);
  });

  it('goes on without a price table that is not loaded soon, and says so', async () => {
    machine.plugin('rates', prices, 'export default { activate: () => new Promise(() => {}) };');
    expect(await ask()).toEqual([expect.stringMatching(/^hotpath: The plugin rates took longer than 1000 ms/)]);
  });

  it('leaves what is wrong with other plugins to those who ask for it', async () => {
    machine.plugin('bad', { version: 'one' });
    machine.plugin('apart', { worker: true, contributes: { providers: [{ name: 'apart' }] } });
    expect(await ask()).toEqual([]);
    expect((await ask('--verbose')).join('\n')).toMatch(/providers apart of apart is not used/);
  });
});
