import { breakdownOf, type PriceTable } from '@hotpath/runtime';
import type { RequestView, TokenCostsView, TokensView } from './contract.ts';

const classes = ['input', 'cachedInput', 'cacheWrite', 'output', 'reasoning'] as const;
const nothing: TokenCostsView = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0 };

const sumOf = (costs: TokenCostsView): number => classes.reduce((sum, name) => sum + costs[name], 0);

interface Priced {
  readonly provider: string;
  readonly model: string;
  readonly tokens: TokensView;
}

/** Undefined for a model without a price. */
const listCosts = (prices: PriceTable, { provider, model, tokens }: Priced, batch: boolean) => {
  const usage = {
    inputTokens: tokens.input + tokens.cachedInput + tokens.cacheWrite,
    cachedInputTokens: tokens.cachedInput,
    cacheWriteTokens: tokens.cacheWrite,
    outputTokens: tokens.output + tokens.reasoning,
    reasoningTokens: tokens.reasoning,
  };
  const dollars = breakdownOf(prices, model, usage, { provider, batch })?.dollars;
  return dollars && { ...dollars, cacheWrite: dollars.cacheWrite + dollars.longCacheWrite };
};

/** What is recorded is rounded to a millionth of a dollar. */
const roundingUsd = 1e-6;

/** What one request cost by class of tokens, and what of its cost is none of theirs. */
export const requestCosts = (
  prices: PriceTable,
  { costUsd, lane, ...request }: RequestView,
): { readonly tokenCosts: TokenCostsView | null; readonly otherUsd: number } => {
  const dollars = costUsd ? listCosts(prices, request, lane === 'batch') : undefined;
  if (dollars === undefined) return { tokenCosts: null, otherUsd: costUsd ?? 0 };
  const tokenCosts = Object.fromEntries(classes.map((name) => [name, dollars[name]])) as unknown as TokenCostsView;
  const otherUsd = (costUsd ?? 0) - sumOf(tokenCosts);
  return { tokenCosts, otherUsd: Math.abs(otherUsd) <= roundingUsd ? 0 : otherUsd };
};

/** So few tokens that no price for long prompts applies. */
const fewTokens: TokensView = { input: 100, cachedInput: 100, cacheWrite: 100, output: 100, reasoning: 100 };

/**
 * What many requests cost, by class of tokens: what each model was charged with, shared out by how much its classes cost at the prices
 * of now. `totalUsd`: of all models, those included that are not among `models`.
 */
export const summedCosts = (
  prices: PriceTable,
  models: readonly (Priced & { readonly costUsd: number })[],
  totalUsd: number,
): { readonly tokenCosts: TokenCostsView; readonly unsplitUsd: number } => {
  const tokenCosts = { ...nothing };
  for (const { costUsd, ...model } of models) {
    const rates = listCosts(prices, { ...model, tokens: fewTokens }, false);
    const weights = classes.map((name) => model.tokens[name] * (rates?.[name] ?? 0));
    const sum = weights.reduce((one, other) => one + other, 0);
    if (sum > 0)
      for (const [index, name] of classes.entries()) tokenCosts[name] += (costUsd * (weights[index] ?? 0)) / sum;
  }
  return { tokenCosts, unsplitUsd: Math.max(0, totalUsd - sumOf(tokenCosts)) };
};
