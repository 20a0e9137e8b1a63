import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testPlugin } from '@hotpath/plugin-loader/testing';
import type { Hotpath } from '@hotpath/runtime';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addEntry } from '../src/add-entry.ts';
import plugin, { changelog } from '../src/index.ts';

const home = process.cwd();
let folder: string;

const git = (...args: string[]): void => {
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false', ...args]);
};
const commit = (message: string): void => git('commit', '--quiet', '--allow-empty', '--message', message);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-changelog-'));
  process.chdir(folder);
  git('init', '--quiet');
});
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command beside a model that answers with what it was asked. */
const run = async (flags: Readonly<Record<string, string | boolean>> = {}, json = false) => {
  const said = { stdout: '', stderr: '' };
  const query = async ({ prompt }: { prompt: string }) => ({ text: `${prompt}\n`, model: 'a/b', costUsd: 0.5 });
  const code = await changelog.run({
    flags: { since: undefined, title: undefined, file: undefined, model: undefined, 'dry-run': false, ...flags },
    positionals: [],
    signal: new AbortController().signal,
    json,
    write: async (text) => {
      said.stdout += text;
    },
    note: (text) => {
      said.stderr += text;
    },
    hotpath: async () => ({ router: { query } }) as unknown as Hotpath,
  });
  return { code, ...said };
};
const written = (): string => readFileSync('CHANGELOG.md', 'utf8');

// #region manifest
it('contributes what its manifest declares', async () => {
  const { name, version, hotpath } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const context = { settings: {}, projectFolder: folder, dataFolder: folder };
  await using tested = await testPlugin(plugin, { manifest: { name, version, ...hotpath }, context });
  expect(tested.contributions.commands).toEqual({ changelog });
});
// #endregion manifest

it('begins a changelog with all commits, and adds to its top what came after the last tag', async () => {
  commit('Add one');
  commit('Add two\n\nWith a reason.');
  expect(await run()).toMatchObject({ code: 0, stderr: expect.stringContaining('2 commits since the beginning') });
  expect(written()).toBe('# Changelog\n\n## Unreleased\n\nAdd two\n\nWith a reason.\n\nAdd one\n');
  git('tag', 'v1');
  commit('Add three');
  await run({ title: '2.0' });
  expect(written()).toMatch(/^# Changelog\n\n## 2\.0\n\nAdd three\n\n## Unreleased\n\nAdd two\n/);
});

it('writes nothing for --dry-run, and JSON for --json', async () => {
  commit('Add one');
  expect((await run({ 'dry-run': true })).stdout).toBe('## Unreleased\n\nAdd one\n');
  expect(written).toThrow(/ENOENT/);
  expect(JSON.parse((await run({ title: '1.0' }, true)).stdout)).toEqual({
    ...{ title: '1.0', text: 'Add one\n', since: 'the beginning', commits: 1, file: 'CHANGELOG.md' },
    ...{ model: 'a/b', costUsd: 0.5 },
  });
});

it('asks nobody where nothing was committed', async () => {
  commit('Add one');
  expect(await run({ since: 'HEAD' })).toEqual({ code: 1, stdout: '', stderr: 'Nothing was committed since HEAD.' });
});

it('says what git says', async () => {
  commit('Add one');
  await expect(run({ since: 'nowhere' })).rejects.toThrow(/fatal: .*nowhere/);
  await expect(run({ since: '--output=x' })).rejects.toThrow(/fatal/);
});

it('keeps what stands before the entries', async () => {
  writeFileSync('NEWS.md', '# News\n\nOf everything.\n\n## 1.0\n\n- old\n');
  await addEntry('NEWS.md', '## 1.1\n\n- new\n');
  expect(readFileSync('NEWS.md', 'utf8')).toBe('# News\n\nOf everything.\n\n## 1.1\n\n- new\n\n## 1.0\n\n- old\n');
});
