import type { SavedView, TokenCostsView, TokensView } from '../api/contract.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const savedOf = ({ cache, coalescing, promptCache, batch }: SavedView): number =>
  sum([cache, coalescing, promptCache, batch]);

export const tokensOf = ({ input, cachedInput, cacheWrite, output, reasoning }: TokensView): number =>
  sum([input, cachedInput, cacheWrite, output, reasoning]);

/** What was saved, by what saved it. */
export const savedKinds = (saved: SavedView) => [
  { name: 'Answer cache', usd: saved.cache },
  { name: 'Coalescing', usd: saved.coalescing },
  { name: 'Prompt cache', usd: saved.promptCache },
  { name: 'Batch', usd: saved.batch },
];

const classNames = {
  input: 'Input',
  cachedInput: 'Cached input',
  cacheWrite: 'Cache write',
  output: 'Output',
  reasoning: 'Thinking',
} as const;

/** Tokens, by what they are charged as, with what each class cost where that is known. */
export const tokenClasses = (tokens: TokensView, costs: TokenCostsView | null) =>
  (Object.keys(classNames) as (keyof TokensView)[]).map((each) => ({
    name: classNames[each],
    count: tokens[each],
    usd: costs?.[each] ?? null,
  }));
