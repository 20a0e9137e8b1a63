import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { freshMachine } from './built.ts';

const machine = freshMachine();

it('the help of a group has the commands that plugins add to it, and loads none of them', async () => {
  mkdirSync(`${machine.folder}/.hotpath/plugins/extra`, { recursive: true });
  const contributes = {
    commands: [
      { name: 'cache extra', summary: 'Look closer' },
      { name: 'cache stats', summary: 'Hidden by ours' },
      { name: 'extra', summary: 'In no group' },
    ],
  };
  const manifest = { name: 'extra', version: '1.0.0', type: 'module', exports: './index.js', hotpath: { contributes } };
  machine.write('.hotpath/plugins/extra/package.json', JSON.stringify(manifest));
  machine.write('.hotpath/plugins/extra/index.js', 'console.log("loaded");');
  // At first nobody knows of plugins; then an earlier start does.
  for (const _ of [1, 2]) {
    const { code, stdout } = await machine.run(['cache', '--help']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/\n {2}cache doctor +\S.*\n {2}cache extra +Look closer\n\n/),
    ]);
    expect(stdout).not.toMatch(/loaded|Hidden by ours|In no group/);
  }
  expect((await machine.run(['cache'])).stderr).toContain('  cache extra');
  expect((await machine.run(['keys', '--help'])).stdout).not.toContain('extra');
});
