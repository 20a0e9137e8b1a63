import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, type Repository } from './support/repository.ts';

const table = 'apps/cli/src/catalogue.ts';
const reference = 'docs/reference/cli.md';
const marker = `<!-- commands: ${table} -->`;

it('of the commands is as they are', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout } = spawnSync(process.execPath, ['scripts/docs-sync.ts', '--check'], { cwd: root, encoding: 'utf8' });
  // Out of date? npm run docs:sync
  expect(stdout).not.toContain(reference);
  expect(readFileSync(join(root, reference), 'utf8')).toMatch(new RegExp(`${marker}\n[\\s\\S]*\n## hotpath doctor\n`));
});

describe('a reference of commands', () => {
  let repository: Repository;

  beforeEach(() => {
    repository = createRepository();
    repository.write(reference, `${marker}\n<!-- /commands -->\n`);
  });

  afterEach(() => repository.remove());

  const sync = (...args: readonly string[]) => repository.run('scripts/docs-sync.ts', ...args);
  const written = (): string => readFileSync(join(repository.root, reference), 'utf8');

  it('names flags, values and examples, and keeps its tables whole', async () => {
    repository.write('apps/cli/src/common-flags.ts', 'export const allFlags = (own) => own;\n');
    repository.write(
      table,
      `const load = async () => ({ name: 'a b', summary: 'Do it', argument: '<x>', examples: ['hotpath a b 1 | wc'], flags: {
        only: { type: 'string', short: 'o', value: 'x|y', description: 'One of <x|y>' },
        tag: { type: 'strings', description: 'A word' },
      } });
      export const catalogue = [{ name: 'a b', load }];\n`,
    );
    expect((await sync('--check')).code).toBe(1);
    await sync();
    const text = written();
    expect(text).toContain(
      '## hotpath a b\n\nDo it.\n\n```sh\nhotpath a b [options] <x>\n```\n\n| option | |\n|---|---|\n',
    );
    expect(text).toContain(
      '| `-o`, `--only <x\\|y>` | One of &lt;x\\|y> |\n| `--tag <text>` | A word; may be repeated |',
    );
    expect(text).toContain('```sh\nhotpath a b 1 | wc\n```');
    expect((await sync('--check')).code).toBe(0);
  });

  it('says that there is no table, where there is none', async () => {
    const { code, stdout } = await sync();
    expect(code).toBe(1);
    expect(stdout).toContain(`${table} is missing: correct the marker, or add the file.`);
  });
});
