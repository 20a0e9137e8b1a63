import { type PluginKind, testHead } from './kind.ts';

export const pricesKind: PluginKind = {
  summary: 'Prices of models, for costs and budgets',
  contributes: ({ contribution: name, summary }) => ({ prices: [{ name, summary }] }),
  source: ({ contribution: name }) => `import type { HotpathPlugin, PriceTablePlugin } from '@hotpath/runtime';

/** US dollars for a million tokens, by model or by provider/model. What a configuration says goes before it. */
export const prices = {
  'sim/sim-1': { input: 1, output: 2 },
} satisfies PriceTablePlugin;

export default {
  activate: () => ({ prices: { '${name}': prices } }),
} satisfies HotpathPlugin;
`,
  test: () => `${testHead('', 'prices')}
test('contributes the tables that its manifest declares', () => {
  assert.deepEqual(Object.keys(plugin.activate().prices), declared('prices'));
});

test('has a price for input and output of each model', () => {
  for (const [model, { input, output }] of Object.entries(prices)) {
    assert.ok(input >= 0 && output >= 0, model);
  }
});
`,
  usage: () => `\`\`\`sh
hotpath ask --json -m sim/sim-1 "What does this cost?"
\`\`\`

Nothing has to be configured. \`prices\` of a configuration goes before it.`,
  example: () => 'hotpath ask --json -m sim/sim-1 "What does this cost?"',
};
