import type { Usage } from './wire-format.ts';

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Input read from the provider's prompt cache. */
  readonly cachedInput?: number;
  /** Input written to the provider's prompt cache. */
  readonly cacheWrite?: number;
}

/** Prices by model name, without the provider. A name that ends in `*` covers every name that begins so. */
export interface PriceTable {
  /** When the prices were read, `YYYY-MM-DD`. */
  readonly version: string;
  readonly models: Readonly<Record<string, Price>>;
}

/**
 * List prices as their providers published them; check them against your contract. Models that are missing here have no
 * cost rather than a wrong one: hand `createRouter` a table of your own.
 */
export const listPrices: PriceTable = {
  version: '2025-11-01',
  models: {
    'gpt-4o-mini*': { input: 0.15, output: 0.6, cachedInput: 0.075 },
    'gpt-4o*': { input: 2.5, output: 10, cachedInput: 1.25 },
    'gpt-4.1-nano*': { input: 0.1, output: 0.4, cachedInput: 0.025 },
    'gpt-4.1-mini*': { input: 0.4, output: 1.6, cachedInput: 0.1 },
    'gpt-4.1*': { input: 2, output: 8, cachedInput: 0.5 },
    'gpt-5-nano*': { input: 0.05, output: 0.4, cachedInput: 0.005 },
    'gpt-5-mini*': { input: 0.25, output: 2, cachedInput: 0.025 },
    'gpt-5': { input: 1.25, output: 10, cachedInput: 0.125 },
    'gpt-5-2025*': { input: 1.25, output: 10, cachedInput: 0.125 },
    'o3-mini*': { input: 1.1, output: 4.4, cachedInput: 0.55 },
    'o4-mini*': { input: 1.1, output: 4.4, cachedInput: 0.275 },
    'claude-3-5-haiku*': { input: 0.8, output: 4, cachedInput: 0.08, cacheWrite: 1 },
    'claude-haiku-4-5*': { input: 1, output: 5, cachedInput: 0.1, cacheWrite: 1.25 },
    'claude-sonnet-4*': { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 },
    'claude-opus-4-1*': { input: 15, output: 75, cachedInput: 1.5, cacheWrite: 18.75 },
    'grok-3-mini*': { input: 0.3, output: 0.5, cachedInput: 0.075 },
    'grok-3': { input: 3, output: 15, cachedInput: 0.75 },
    'grok-4': { input: 3, output: 15, cachedInput: 0.75 },
    'sim-*': { input: 0, output: 0 },
  },
};

/** The cost of these tokens in US dollars, or undefined for a model without a price. The longest matching name counts. */
export function costOf(table: PriceTable, model: string, usage: Usage): number | undefined {
  const price = findPrice(table, model);
  if (!price) return undefined;
  const cached = usage.cachedInputTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  const fresh = Math.max(0, usage.inputTokens - cached - written);
  return (
    (fresh * price.input +
      cached * (price.cachedInput ?? price.input) +
      written * (price.cacheWrite ?? price.input) +
      usage.outputTokens * price.output) /
    1_000_000
  );
}

function findPrice({ models }: PriceTable, model: string): Price | undefined {
  const exact = Object.hasOwn(models, model) ? models[model] : undefined;
  if (exact) return exact;
  let best: string | undefined;
  for (const name in models) {
    if (name.endsWith('*') && model.startsWith(name.slice(0, -1)) && name.length > (best?.length ?? 0)) best = name;
  }
  return best === undefined ? undefined : models[best];
}
