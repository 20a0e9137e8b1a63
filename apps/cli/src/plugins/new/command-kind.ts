import { type PluginKind, testHead } from './kind.ts';

export const commandKind: PluginKind = {
  summary: 'A command: hotpath <name>',
  contributes: ({ contribution: name, summary }) => ({ commands: [{ name, summary }] }),
  source: ({
    contribution: name,
  }) => `import type { FlagSpecs, FlagValues, HotpathPlugin, PluginInvocation } from '@hotpath/runtime';

const options = {
  model: { type: 'string', short: 'm', value: 'provider/model', description: 'Model to ask (default: the default model)' },
  words: { type: 'number', integer: true, between: [1, 1000], value: 'count', description: 'Most words (default: 20)' },
} satisfies FlagSpecs;

/** What the model is asked. Apart from the command, so that a test can look at it. */
export const question = (text: string, words: number): string =>
  \`Summarise this in at most \${words} words:\\n\\n\${text}\`;

export default {
  activate: () => ({
    commands: {
      '${name}': {
        argument: '<text>',
        description: 'Asks a model. Name and summary of the command stand in package.json, under "hotpath".',
        flags: options,
        examples: ['hotpath ${name} "A long story"', 'hotpath ${name} --words 5 --json "A long story"'],
        async run({ flags, positionals, json, signal, write, note, hotpath }: PluginInvocation<FlagValues<typeof options>>) {
          const text = positionals.join(' ');
          if (text === '') {
            note('Say what to summarise: hotpath ${name} "A long story"');
            return 2;
          }
          const { router } = await hotpath();
          const { model, words = 20 } = flags;
          const answer = await router.query({ prompt: question(text, words), ...(model && { model }), signal });
          await write(json ? \`\${JSON.stringify({ text: answer.text, model: answer.model })}\\n\` : \`\${answer.text}\\n\`);
          return 0;
        },
      },
    },
  }),
} satisfies HotpathPlugin;
`,
  test: ({
    contribution: name,
  }) => `${testHead("import type { Hotpath, PluginInvocation } from '@hotpath/runtime';\n", 'question')}
const { commands } = plugin.activate();
const command = commands['${name}'];

/** Runs the command beside a model that answers with what it was asked. */
const run = async (positionals: string[], { words, json = false }: { words?: number; json?: boolean } = {}) => {
  let stdout = '';
  const router = { query: async ({ prompt }: { prompt: string }) => ({ text: prompt, model: 'a/b' }) };
  const code = await command.run({
    flags: { model: undefined, words },
    positionals,
    json,
    signal: new AbortController().signal,
    write: async (text: string) => {
      stdout += text;
    },
    note: () => {},
    hotpath: async () => ({ router }) as unknown as Hotpath,
  } satisfies PluginInvocation<{ model: string | undefined; words: number | undefined }>);
  return { code, stdout };
};

test('contributes the commands that its manifest declares', () => {
  assert.deepEqual(Object.keys(commands), declared('commands'));
});

test('asks a model and writes what it says', async () => {
  assert.deepEqual(await run(['A', 'story']), { code: 0, stdout: \`\${question('A story', 20)}\\n\` });
});

test('asks for as many words as it is told', async () => {
  assert.match((await run(['A story'], { words: 5 })).stdout, /at most 5 words/);
});

test('writes JSON for --json', async () => {
  const { stdout } = await run(['A story'], { json: true });
  assert.deepEqual(JSON.parse(stdout), { text: question('A story', 20), model: 'a/b' });
});

test('says how to use it when there is nothing to do', async () => {
  assert.deepEqual(await run([]), { code: 2, stdout: '' });
});
`,
  usage: ({ contribution: name }) => `\`\`\`sh
hotpath ${name} "A long story"
hotpath ${name} --help
\`\`\``,
  example: ({ contribution: name }) => `hotpath ${name} "A long story"`,
};
