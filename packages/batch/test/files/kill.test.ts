import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { realTree } from './support/real-tree.ts';
import { randomFrom } from './support/simulated-tree.ts';
import { temporaryFolders } from './support/temporary-folders.ts';

const newFolder = temporaryFolders();
const start = (script: string, ...args: string[]) =>
  spawn(process.execPath, [fileURLToPath(new URL(`./children/${script}`, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
const kills = 20;

const newTree = (): string => {
  const root = newFolder();
  const paths = [...Array.from({ length: 20 }, (_, at) => `src/${at}.txt`), 'src/inner/x', 'tree/deep/leaf', 'tree/y'];
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path);
  }
  return root;
};

describe('a process that is killed while it changes files', () => {
  it(`leaves what another can take back, ${kills} times out of ${kills}`, async () => {
    const random = randomFrom(6);
    const killOne = async (seed: number): Promise<number> => {
      const root = newTree();
      const journal = join(newFolder(), 'journal');
      const before = realTree(root);
      const child = start('change-on.ts', root, journal, String(seed));
      await once(child.stdout, 'data');
      await wait(random() * 60);
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');
      const undo = start('undo-all.ts', root, journal);
      let printed = '';
      for await (const chunk of undo.stdout) printed += chunk;
      const { undone, conflicts } = JSON.parse(printed);
      expect(conflicts).toEqual([]);
      expect(realTree(root)).toEqual(before);
      return undone;
    };
    let undone = 0;
    for (let seed = 0; seed < kills; seed += 2)
      for (const count of await Promise.all([killOne(seed), killOne(seed + 1)])) undone += count;
    expect(undone).toBeGreaterThan(kills);
  });
});
