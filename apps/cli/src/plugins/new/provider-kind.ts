import { type PluginKind, testHead } from './kind.ts';

export const providerKind: PluginKind = {
  summary: 'A model provider: hotpath ask -m <name>/<model>',
  contributes: ({ contribution: name, summary }) => ({ providers: [{ name, summary, models: ['reverse-1'] }] }),
  source: ({ contribution: name }) => `import type { HotpathPlugin, TextEnd, TextRequest } from '@hotpath/runtime';

/**
 * Answers one question, in pieces that are sent on as they come. This one says the words of the question backwards: call your
 * model here. Throw an error with a \`status\` (429, say) to refuse, and stop when \`signal\` aborts: nobody waits any more.
 */
export async function* answer({ messages, signal }: TextRequest): AsyncGenerator<string, TextEnd> {
  const words = messages.at(-1)?.text.split(/\\s+/).reverse() ?? [];
  for (const [index, word] of words.entries()) {
    signal.throwIfAborted();
    yield index === 0 ? word : \` \${word}\`;
  }
  return { finishReason: 'stop' };
}

export default {
  activate: () => ({
    providers: {
      // \`settings\` are those of the configuration: providers.<id>.settings.
      '${name}': ({ id, textProvider }) => textProvider({ id, models: ['reverse-1'], answer }),
    },
  }),
} satisfies HotpathPlugin;
`,
  test: ({
    contribution: name,
  }) => `${testHead("import type { Provider, TextProviderOptions } from '@hotpath/runtime';\n", 'answer')}
const { providers } = plugin.activate();

const say = async (text: string): Promise<string> => {
  const request = { model: 'reverse-1', system: '', messages: [{ role: 'user', text } as const], stream: true, headers: {} };
  let said = '';
  for await (const piece of answer({ ...request, signal: new AbortController().signal })) said += piece;
  return said;
};

test('contributes the providers that its manifest declares', () => {
  assert.deepEqual(Object.keys(providers), declared('providers'));
});

test('offers the models that its manifest names', () => {
  let offered: TextProviderOptions | undefined;
  const textProvider = (options: TextProviderOptions): Provider => {
    offered = options;
    return {} as Provider;
  };
  providers['${name}']({ id: 'mine', settings: {}, textProvider });
  assert.equal(offered?.id, 'mine');
  assert.deepEqual(offered.models, manifest.contributes.providers[0].models);
});

test('answers', async () => {
  assert.equal(await say('one two three'), 'three two one');
});
`,
  usage: ({ contribution: name }) => `\`\`\`sh
hotpath ask -m ${name}/reverse-1 "one two three"
\`\`\`

It answers under its own name without a word in the configuration. Another name, and settings for \`src/index.ts\`:

\`\`\`yaml
providers:
  mine:
    type: plugin
    name: ${name}
    settings: {}
\`\`\``,
  example: ({ contribution: name }) => `hotpath ask -m ${name}/reverse-1 "one two three"`,
};
