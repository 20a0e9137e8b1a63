import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pluginFolder } from './support/plugins.ts';

const source = new URL('../src/index.ts', import.meta.url).href;

/** In a process of its own: once enabled, it stays. */
const enable = (folder: string, env: Readonly<Record<string, string>> = {}): unknown => {
  const code = `const { enableCompileCache } = await import(${JSON.stringify(source)});
    console.log(JSON.stringify(enableCompileCache({ folder: ${JSON.stringify(folder)} })));`;
  const stdout = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  });
  return JSON.parse(stdout);
};

it('keeps compiled code in a folder', () => {
  const folder = join(pluginFolder().path, 'compiled');
  expect(enable(folder)).toMatchObject({ isEnabled: true, folder: expect.stringContaining('compiled') });
  expect(existsSync(folder)).toBe(true);
  expect(readdirSync(folder)).toHaveLength(1);
});

it('says why it does not', () => {
  const { path } = pluginFolder();
  expect(enable(path, { NODE_DISABLE_COMPILE_CACHE: '1' })).toEqual({
    isEnabled: false,
    reason: 'NODE_DISABLE_COMPILE_CACHE is set',
  });
});
