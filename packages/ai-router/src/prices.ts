import type { PriceTable } from './cost.ts';

const gptLong = { aboveTokens: 272_000, input: 2, output: 1.5 };
const grokLong = { aboveTokens: 200_000, input: 2, output: 2 };

/**
 * List prices in US dollars for a million tokens, from the providers' price pages. Models that are missing here have no
 * cost rather than a wrong one: check these against your contract, or hand `createRouter` a table of your own.
 */
export const listPrices: PriceTable = {
  version: '2026-11-05',
  models: {
    'claude-fable-5-1': { input: 10, output: 50, cachedInput: 0.25, cacheWrite: 12.5 },
    'claude-fable-5': { input: 10, output: 50, cachedInput: 1, cacheWrite: 12.5 },
    'claude-opus-5-5': { input: 4, output: 20, cachedInput: 0.2, cacheWrite: 5 },
    'claude-opus-5': { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
    'claude-opus-4-8': { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
    'claude-opus-4-7': { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
    'claude-opus-4-6': { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
    'claude-opus-4-5': { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
    'claude-sonnet-5-5': { input: 2, output: 10, cachedInput: 0.1, cacheWrite: 2.5 },
    'claude-sonnet-5': { input: 2, output: 10, cachedInput: 0.2, cacheWrite: 2.5 },
    'claude-sonnet-4-6': { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 },
    'claude-sonnet-4-5': { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 },
    'claude-haiku-5-5': {
      input: 0.1,
      output: 0.5,
      cachedInput: 0.01,
      cacheWrite: 0.125,
      longPrompt: { aboveTokens: 100_000, input: 5, output: 5 },
    },
    'claude-haiku-4-5': { input: 1, output: 5, cachedInput: 0.1, cacheWrite: 1.25 },
    'gpt-6.1-sol': { input: 2, output: 10, cachedInput: 0.1, longPrompt: gptLong },
    'gpt-6-astra': { input: 10, output: 50, cachedInput: 1, longPrompt: gptLong },
    'gpt-6-sol': { input: 2, output: 10, cachedInput: 0.2, cacheWrite: 2.5, longPrompt: gptLong },
    'gpt-6-luna': { input: 0.1, output: 0.5, cachedInput: 0.01, cacheWrite: 0.125, longPrompt: gptLong },
    'gpt-5.6-sol': { input: 4, output: 20, cachedInput: 0.4, longPrompt: gptLong },
    'gpt-5.6-terra': { input: 2, output: 12, cachedInput: 0.2, longPrompt: gptLong },
    'gpt-5.6-luna': { input: 0.2, output: 1.2, cachedInput: 0.02, longPrompt: gptLong },
    'gpt-5.5': { input: 5, output: 30, cachedInput: 0.5, longPrompt: gptLong },
    'gpt-5.4': { input: 2.5, output: 15, cachedInput: 0.25, longPrompt: gptLong },
    'gpt-5.4-mini': { input: 0.75, output: 4.5, cachedInput: 0.075 },
    'gpt-5.1': { input: 1.25, output: 10, cachedInput: 0.125 },
    'gpt-5': { input: 1.25, output: 10, cachedInput: 0.125 },
    'gpt-5-mini': { input: 0.25, output: 2, cachedInput: 0.025 },
    'gpt-5-nano': { input: 0.05, output: 0.4, cachedInput: 0.005 },
    'gpt-4.1': { input: 2, output: 8, cachedInput: 0.5 },
    'gpt-4.1-mini': { input: 0.4, output: 1.6, cachedInput: 0.1 },
    'gpt-4.1-nano': { input: 0.1, output: 0.4, cachedInput: 0.025 },
    'gpt-4o': { input: 2.5, output: 10, cachedInput: 1.25 },
    'gpt-4o-mini': { input: 0.15, output: 0.6, cachedInput: 0.075 },
    o3: { input: 2, output: 8, cachedInput: 0.5 },
    'o4-mini': { input: 1.1, output: 4.4, cachedInput: 0.275 },
    'grok-4.7': { input: 2, output: 6, cachedInput: 0.5, longPrompt: grokLong },
    'grok-4.6': { input: 2, output: 6, cachedInput: 0.5, longPrompt: grokLong },
    'grok-4.5': { input: 2, output: 6, cachedInput: 0.5, longPrompt: grokLong },
    'sim-1': { input: 0, output: 0 },
  },
};
