import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readCommands } from '../../scripts/docs/commands.ts';
import { createRepository } from './support/repository.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const table = 'apps/cli/src/catalogue.ts';

it('documents every command as it is', async () => {
  const render = await readCommands(root);
  const reference = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');
  // Out of date? npm run docs:sync
  expect(reference).toContain(`<!-- commands: ${table} -->\n${render(root, table)}\n<!-- /commands -->`);
});

it('names flags, values and examples, and keeps tables whole', async () => {
  const repository = createRepository();
  try {
    repository.write('apps/cli/src/common-flags.ts', 'export const commonFlags = {};\n');
    repository.write(
      table,
      `const load = async () => ({ name: 'a b', summary: 'Do it', argument: '<x>', examples: ['hotpath a b 1 | wc'], flags: {
        only: { type: 'string', short: 'o', value: 'x|y', description: 'One of <x|y>' },
        tag: { type: 'strings', description: 'A word' },
      } });
      export const catalogue = [{ name: 'a b', load }];\n`,
    );
    const render = await readCommands(repository.root);
    const text = render(repository.root, table);
    expect(text).toContain(
      '## hotpath a b\n\nDo it.\n\n```sh\nhotpath a b [options] <x>\n```\n\n| option | |\n|---|---|\n',
    );
    expect(text).toContain(
      '| `-o`, `--only <x\\|y>` | One of &lt;x\\|y> |\n| `--tag <text>` | A word; may be repeated |',
    );
    expect(text).toContain('```sh\nhotpath a b 1 | wc\n```');
    expect(() => render(repository.root, 'other.ts')).toThrow('other.ts is no table of commands');
  } finally {
    repository.remove();
  }
});

it('says that there is no table, where there is none', async () => {
  const repository = createRepository();
  try {
    const render = await readCommands(repository.root);
    expect(() => render(repository.root, table)).toThrow('is missing');
  } finally {
    repository.remove();
  }
});
