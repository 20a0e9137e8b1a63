import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const command = fileURLToPath(new URL('../../apps/cli/dist/hotpath.js', import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-example-plugins-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A project that uses one of the examples. */
const configure = (name: string, config: object = {}): void => {
  writeFileSync(
    join(folder, 'hotpath.config.json'),
    JSON.stringify({ plugins: { folders: [example(name)] }, ...config }),
  );
};

/** Runs the built command there, in a process of its own. */
const hotpath = async (...args: readonly string[]): Promise<string> => {
  const env = { PATH: process.env.PATH, HOME: folder, HOTPATH_HOME: join(folder, 'home'), OLLAMA_HOST: '127.0.0.1:1' };
  const running = promisify(execFile)(process.execPath, [command, ...args], { cwd: folder, env });
  running.child.stdin?.end();
  return (await running).stdout;
};

it('a program answers as a model, streamed, cached and listed', async () => {
  const shout = 'process.stdin.setEncoding("utf8").on("data", (text) => process.stdout.write(text.toUpperCase()))';
  configure('plugin-provider', {
    providers: {
      local: {
        type: 'plugin',
        name: 'program',
        settings: { models: { shout: [process.execPath, '-e', shout], none: ['no-such-program'] } },
      },
    },
  });
  expect(await hotpath('ask', '-m', 'local/shout', 'Say it again')).toBe('SAY IT AGAIN\n');
  expect(JSON.parse(await hotpath('ask', '--json', '-m', 'local/shout', 'Say it again'))).toMatchObject({
    text: 'SAY IT AGAIN',
    cache: 'hit',
  });
  expect(await hotpath('models')).toContain('local/shout');
  await expect(hotpath('ask', '-m', 'local/none', 'Hi')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"no-such-program" cannot be run'),
  });
});

it('a command reads the commits, asks the model and writes the changelog', async () => {
  configure('plugin-command');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false', ...args], {
      cwd: folder,
    });
  git('init', '--quiet');
  git('commit', '--quiet', '--allow-empty', '--message', 'Add a plugin');
  expect(await hotpath('changelog', '--help')).toContain('hotpath changelog --since v1.2.0 --title 1.3.0');
  const told = JSON.parse(await hotpath('changelog', '--title', '1.0', '--json'));
  expect(told).toMatchObject({ title: '1.0', commits: 1, file: 'CHANGELOG.md', model: 'sim-1' });
  const written = readFileSync(join(folder, 'CHANGELOG.md'), 'utf8');
  expect(written).toMatch(/^# Changelog\n\n## 1\.0\n\n\[Simulated by Hotpath.*\] You said: Add a plugin\n$/);
});

it('a store answers another process than the one that asked', async () => {
  configure('plugin-store', { cache: { store: { name: 'folder', settings: { folder: './answers' } } } });
  const ask = async () => JSON.parse(await hotpath('ask', '--json', '-m', 'sim/sim-1', 'Hi'));
  const first = await ask();
  expect(first).toMatchObject({ cache: 'miss' });
  expect(readdirSync(join(folder, 'answers'))).toHaveLength(1);
  expect(await ask()).toMatchObject({ cache: 'hit', text: first.text });
  expect(readdirSync(join(folder, 'home')).join()).not.toContain('cache.db');
});
