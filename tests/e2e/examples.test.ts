import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
// Those with tests of their own are told there.
const stories = (await readdir(examples, { withFileTypes: true }))
  .map(({ name }) => name)
  .filter((name) => existsSync(join(examples, name, 'index.ts')) && !existsSync(join(examples, name, 'test')));

/** What each story must say at least; those of models are answered by the simulator. */
const said: Readonly<Record<string, string>> = {
  cache: '1000 callers, 1 load: User 7',
  plugins: 'greet Says hello to somebody\nGood morning, world!\n',
  routing: 'one two three four five six seven eight nine ten\n',
};

it.each(stories)('the example %s runs, and says what it got', async (story) => {
  const home = await mkdtemp(join(tmpdir(), 'hotpath-example-'));
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(examples, story, 'index.ts')], {
      cwd: home,
      env: { PATH: process.env.PATH, HOME: home, HOTPATH_HOME: home, OLLAMA_HOST: '127.0.0.1:1' },
    });
    expect(stdout).toContain(said[story] ?? 'Simulated by Hotpath');
    expect(stderr).toBe('');
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
