import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepository, type Outcome, type Repository } from './support/repository.ts';

let repository: Repository;

const example = `import { hello } from './hello.ts';

export const main = () => {
  // #region call
  hello('world');
    hello('again');
  // #endregion
};
`;
const results = {
  date: '2026-11-20T10:00:00Z',
  machine: { cpu: 'A processor', cores: 2, node: '26.10.0' },
  command: 'npm run bench -- gateway',
  tables: [
    {
      id: 'overview',
      columns: ['side', 'requests/s'],
      rows: [
        ['hotpath', 12_345.6789],
        ['a | b', 7],
      ],
      notes: ['Medians of seven windows.'],
    },
  ],
};

beforeEach(() => {
  repository = createRepository();
  repository.write('examples/hello/index.ts', example);
  repository.write('bench/results/gateway.json', results);
});

afterEach(() => repository.remove());

const marked = (kind: 'snippet' | 'results' | 'schema', what: string, content = ''): string =>
  `<!-- ${kind}: ${what} -->\n${content}<!-- /${kind} -->\n`;
const sync = (...args: readonly string[]): Promise<Outcome> => repository.run('scripts/docs-sync.ts', ...args);
const readme = (): string => readFileSync(join(repository.root, 'README.md'), 'utf8');

const region = "```ts\nhello('world');\n  hello('again');\n```\n";
const table = `| side | requests/s |
|---|---:|
| hotpath | 12,345.679 |
| a \\| b | 7 |

- Medians of seven windows.

A processor, 2 cores, Node 26.10.0; 2026-11-20; \`npm run bench -- gateway\`.
`;

describe('the documents', () => {
  it('take their code and their tables from files, also where older ones stand', async () => {
    const text = (code: string, figures: string): string =>
      `# Title\n\n${marked('snippet', 'examples/hello/index.ts call', code)}\nBetween.\n\n${marked('results', 'bench/results/gateway.json overview', figures)}`;
    repository.write('README.md', text('```ts\nold();\n```\n', ''));
    expect(await sync()).toEqual({ code: 0, stdout: 'written: README.md\n', stderr: '' });
    expect(readme()).toBe(text(region, table));
    expect(await sync()).toMatchObject({ code: 0, stdout: '1 documents are up to date\n' });
  });

  it('show whole files as well, and say when a machine was not quiet', async () => {
    repository.write('bench/results/gateway.json', { ...results, clean: false });
    repository.write(
      'README.md',
      marked('snippet', 'examples/hello/index.ts') + marked('results', 'bench/results/gateway.json overview'),
    );
    await sync();
    expect(readme()).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
    expect(readme()).toContain('The machine was not quiet');
  });

  it('are only checked with --check, which fails when one is out of date', async () => {
    const before = marked('snippet', 'examples/hello/index.ts call');
    repository.write('README.md', before);
    const { code, stdout } = await sync('--check');
    expect(code).toBe(1);
    expect(stdout).toBe('README.md is out of date: run "npm run docs:sync" and commit what it writes.\n');
    expect(readme()).toBe(before);
    await sync();
    expect(await sync('--check')).toMatchObject({ code: 0, stdout: '' });
  });

  it('get what can be written when something is missing, and the failure names it', async () => {
    const missing = marked('results', 'bench/results/batch.json overview');
    repository.write('README.md', missing + marked('snippet', 'examples/hello/index.ts call'));
    repository.write('docs/guide.md', marked('snippet', 'examples/hello/index.ts call'));
    const { code, stdout, stderr } = await sync();
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain('README.md: bench/results/batch.json is missing: "npm run bench -- batch"');
    expect(stdout).toContain('written: README.md, docs/guide.md\n');
    expect(readme()).toBe(missing + marked('snippet', 'examples/hello/index.ts call', region));
    expect(await sync('--check')).toMatchObject({ code: 1, stdout: expect.stringContaining('batch.json is missing') });
  });

  it('show what a JSON Schema says of its fields', async () => {
    const text = { type: 'string' };
    const kind = (title: string, own: object) => ({
      title,
      required: ['id'],
      properties: { id: text, map: { anyOf: [text, { type: 'array' }] }, ...own },
    });
    const first = kind('Asks an AI', { agent: { ...text, description: 'One of <a|b>' } });
    const steps = { items: { anyOf: [first, kind('Waits', { wait: { $ref: '#' } })] } };
    const least = { type: 'integer', minimum: 1 };
    const inputs = { type: 'object', additionalProperties: { properties: { most: least, way: { enum: ['a', 'b'] } } } };
    repository.write('w.json', { required: ['steps'], properties: { inputs, steps } });
    repository.write(
      'README.md',
      ['document', 'inputs', 'common', 'kinds'].map((part) => marked('schema', `w.json ${part}`)).join(''),
    );
    expect(await sync()).toMatchObject({ code: 0 });
    const head = '| field | takes | |\n|---|---|---|\n';
    expect(readme()).toBe(
      [
        ['document', `${head}| \`inputs\` | values by name |  |\n| \`steps\` (required) | anything |  |\n`],
        ['inputs', `${head}| \`most\` | whole number from 1 |  |\n| \`way\` | \`"a"\`, \`"b"\` |  |\n`],
        ['common', `${head}| \`id\` (required) | text |  |\n| \`map\` | text, or list |  |\n`],
        [
          'kinds',
          `### \`agent\`: asks an AI\n\n${head}| \`agent\` | text | One of &lt;a\\|b> |\n\n### \`wait\`: waits\n\n${head}| \`wait\` | a workflow |  |\n`,
        ],
      ]
        .map(([part, content]) => marked('schema', `w.json ${part}`, content))
        .join(''),
    );
  });

  it.each([
    ['a part of a schema that is not there', marked('schema', 'bench/results/gateway.json gone'), 'has no part "gone"'],
    ['a schema that is not there', marked('schema', 'gone.json'), 'gone.json is missing'],
    ['a file that is not there', marked('snippet', 'examples/gone.ts'), 'examples/gone.ts is missing'],
    ['a region that is not there', marked('snippet', 'examples/hello/index.ts gone'), 'no "// #region gone"'],
    ['code that nobody compiles', marked('snippet', 'scratch/a.ts'), 'move it to examples/'],
    ['a table that is not there', marked('results', 'bench/results/gateway.json cost'), 'its tables are overview'],
    ['a marker without an end', '<!-- snippet: examples/hello/index.ts -->\n', 'a marker is not closed'],
  ])('are refused for %s', async (_, text, message) => {
    repository.write('README.md', text);
    expect(await sync('--check')).toMatchObject({ code: 1, stdout: expect.stringContaining(message) });
    expect(await sync()).toMatchObject({ code: 1, stdout: expect.stringContaining(message) });
    expect(readme()).toBe(text);
  });
});
