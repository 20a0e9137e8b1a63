import type { ReasoningOptions } from '../wire-format.ts';

type Effort = NonNullable<ReasoningOptions['effort']>;

const budgets: readonly (readonly [effort: Effort, tokens: number])[] = [
  ['minimal', 1024],
  ['low', 2048],
  ['medium', 8192],
  ['high', 16_384],
  ['xhigh', 32_768],
];

const largest = 32_768;

/** The tokens that an effort may think with, where a provider knows budgets only: from 1,024 to 32,768, and 0 for `none`. */
export function budgetOf(effort: Effort): number {
  if (effort === 'none') return 0;
  return budgets.find(([name]) => name === effort)?.[1] ?? largest;
}

/** The greatest effort whose budget these tokens cover, where a provider knows efforts only; `minimal` at least. */
export function effortOf(budgetTokens: number): Effort {
  if (budgetTokens <= 0) return 'none';
  return budgets.findLast(([, tokens]) => budgetTokens >= tokens)?.[0] ?? 'minimal';
}
