import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeWorld } from '../../src/plan/node-world.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'batch-world-'));
  for (const folder of ['src/deep', 'node_modules/x', 'bin']) mkdirSync(join(root, folder), { recursive: true });
  for (const file of ['src/a.ts', 'src/b.js', 'src/deep/c.ts', 'node_modules/x/d.ts', 'bin/tool', '.hidden'])
    writeFileSync(join(root, file), file);
  chmodSync(join(root, 'bin/tool'), 0o755);
  symlinkSync('src/a.ts', join(root, 'link'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('the world as this machine has it', () => {
  it('lists what paths and patterns name', async () => {
    const world = nodeWorld({ root });
    expect(await world.list('src/**/*.ts', 10)).toEqual(['src/a.ts', 'src/deep/c.ts']);
    expect(await world.list('**/*.ts', 10)).toEqual(['src/a.ts', 'src/deep/c.ts']);
    expect(await world.list('src', 10)).toEqual(['src/a.ts', 'src/b.js', 'src/deep/c.ts']);
    expect(await world.list('src/*', 10)).toEqual(['src/a.ts', 'src/b.js', 'src/deep/c.ts']);
    expect(await world.list('{src,bin}/*', 2)).toHaveLength(2);
    expect(await world.list('node_modules/**', 10)).toEqual(['node_modules/x/d.ts']);
    expect(await world.list('.hidden', 10)).toEqual(['.hidden']);
    expect(await world.list('nowhere/**', 10)).toEqual([]);
  });

  it('hashes files and links, not folders', async () => {
    const world = nodeWorld({ root });
    expect(await world.hash('src/a.ts')).toMatch(/^[0-9a-f]{64}$/);
    expect(await world.hash('link')).not.toBe(await world.hash('src/a.ts'));
    expect([await world.hash('src'), await world.hash('nowhere')]).toEqual([undefined, undefined]);
    expect([await world.exists('src'), await world.exists('nowhere')]).toEqual([true, false]);
  });

  it.skipIf(process.platform === 'win32')('does not read what has no end', async () => {
    expect(await nodeWorld({ root }).hash('/dev/zero')).toBeUndefined();
  });

  it('knows commands and free space', async () => {
    const world = nodeWorld({ root, env: { PATH: `${join(root, 'bin')}:/nowhere` } });
    expect([...((await world.commands()) ?? [])]).toEqual(['tool']);
    expect(await world.freeBytes()).toBeGreaterThan(0);
  });
});
