import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @boundaries-ignore the scripts belong to the repository, not to a package
import { workspacePackages } from '../../scripts/workspace.mjs';
import { createRepository, type Outcome, outcomeOf, type Repository } from './support/repository.ts';

const source = fileURLToPath(new URL('../../', import.meta.url));
let clone: Repository;

beforeAll(() => {
  clone = createRepository();
  const manifests = workspacePackages().map(({ folder }) => `${folder}/package.json`);
  for (const path of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    cpSync(join(source, path), join(clone.root, path));
  }
});

afterAll(() => clone.remove());

/** `npm test` as on a machine that has never seen a package, with nothing listening where the registry should be. */
const npmTest = (environment: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
  outcomeOf(
    spawn('npm', ['test'], {
      cwd: clone.root,
      env: {
        PATH: process.env.PATH,
        HOME: clone.root,
        npm_config_registry: 'http://127.0.0.1:1',
        npm_config_cache: join(clone.root, '.npm'),
        ...environment,
      },
    }),
  );

const expectClearFailure = ({ code, stdout, stderr }: Outcome): void => {
  expect(code).toBe(1);
  expect(stderr).toContain('hotpath: installing the dependencies failed (pnpm exited with 1).');
  expect(stderr).toContain('ECONNREFUSED');
  expect(stderr).toMatch(/The npm registry could not be reached\. Are you offline.* then run the command again\.\n/);
  expect(stdout + stderr).not.toMatch(/^ *(npm error +)?at .*[:(]/m);
};

describe('a first run without a registry', () => {
  // npm's own pauses between its attempts would be a minute and ten seconds.
  it('ends soon, and says what failed and what to do', async () => {
    expectClearFailure(await npmTest());
  });

  it('leaves nothing behind that a second run would trip over', async () => {
    const { stderr, ...rest } = await npmTest({ npm_config_fetch_retries: '0' });
    expectClearFailure({ ...rest, stderr });
    expect(stderr).not.toContain('waiting for');
    expect(stderr).not.toContain('from scratch');
    expect(existsSync(join(clone.root, 'node_modules', '.hotpath-install'))).toBe(false);
    expect(readdirSync(join(clone.root, '.cache'))).toEqual([]);
  });
});
