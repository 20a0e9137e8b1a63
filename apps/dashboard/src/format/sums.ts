import type { SavedView, TokensView } from '../api/contract.ts';

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

/** Tokens, by what they are charged as. */
export const tokenClasses = (tokens: TokensView) => [
  { name: 'Input', count: tokens.input },
  { name: 'Cached input', count: tokens.cachedInput },
  { name: 'Cache write', count: tokens.cacheWrite },
  { name: 'Output', count: tokens.output },
  { name: 'Thinking', count: tokens.reasoning },
];
