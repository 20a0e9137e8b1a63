import { costOf, listPrices, type Price } from '@hotpath/ai-router';
import * as v from 'valibot';
import { capabilities } from './routing-schema.ts';
import { checkedSection, isRecord, numberBetween, oneOf, type Schema, section, table, text } from './schema-kinds.ts';

const dollars = numberBetween(0, 1_000_000, false);
const factor = numberBetween(0, 1_000, false);
const tokens = numberBetween(0, 1_000_000_000, true);

const longPrompt = checkedSection<NonNullable<Price['longPrompt']>>(
  { aboveTokens: tokens, input: factor, output: factor },
  (values) => {
    const key = ['aboveTokens', 'input', 'output'].find((name) => values[name] === undefined);
    return key === undefined
      ? undefined
      : {
          key,
          expected: 'a number',
          fix: 'A longPrompt has aboveTokens, and what input and output are multiplied by.',
        };
  },
);

const price = section({
  input: dollars,
  output: dollars,
  cachedInput: dollars,
  cacheWrite: dollars,
  longCacheWrite: dollars,
  reasoning: dollars,
  batchFactor: factor,
  longPrompt,
  leastCachedTokens: tokens,
  contextTokens: tokens,
  maxOutputTokens: tokens,
  capabilities: v.pipe(v.array(oneOf(capabilities)), v.readonly()),
}) as unknown as Schema<Partial<Price>>;

const nothing = { inputTokens: 0, outputTokens: 0 };

/** Whether a name, or what stands behind its provider, has a list price to fill in what is left out. */
const isListed = (name: string): boolean =>
  [name, name.slice(name.indexOf('/') + 1)].some((model) => costOf(listPrices, model, nothing) !== undefined);

/** Prices of one's own: of a model that no list knows, both the input's and the output's have to be there. */
export const pricesSchema: Schema<Record<string, Partial<Price>>> = v.pipe(
  table(text('the name of a model'), price),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [name, given] of Object.entries(dataset.value)) {
      if (!isRecord(given) || isListed(name)) continue;
      for (const key of ['input', 'output'] as const) {
        if (given[key] !== undefined) continue;
        addIssue({
          input: undefined,
          expected: 'US dollars for a million tokens',
          message: 'There is no list price of this model: name those of its input and its output.',
          path: [
            { type: 'object', origin: 'value', input: dataset.value, key: name, value: given },
            { type: 'object', origin: 'value', input: given, key, value: undefined },
          ],
        });
      }
    }
  }),
);
