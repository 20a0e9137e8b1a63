import { classifyTokens, type TokenClasses } from './token-classes.ts';
import type { Usage } from './wire-format.ts';

/** What a model can do, for whoever must choose one. */
export type Capability = 'tools' | 'images' | 'files' | 'structured-output' | 'reasoning';

/** US dollars for a million tokens, and what else a price list says of a model. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Input read from the provider's prompt cache. @default `input` */
  readonly cachedInput?: number;
  /** Input written to the provider's prompt cache, at its shortest lifetime. @default `input` */
  readonly cacheWrite?: number;
  /** Input written to the prompt cache for longer (Anthropic's hour). @default `cacheWrite` */
  readonly longCacheWrite?: number;
  /** Output spent on reasoning. @default `output` */
  readonly reasoning?: number;
  /** What every price is multiplied by in the provider's batch API. @default 1, no discount */
  readonly batchFactor?: number;
  /** What the prices are multiplied by for a prompt of more than `aboveTokens`, cached tokens counted. */
  readonly longPrompt?: { readonly aboveTokens: number; readonly input: number; readonly output: number };
  /** Shortest prompt, in tokens, that the provider's prompt cache takes. */
  readonly leastCachedTokens?: number;
  /** Longest prompt and answer together, tokens. */
  readonly contextTokens?: number;
  /** Longest answer, tokens. */
  readonly maxOutputTokens?: number;
  readonly capabilities?: readonly Capability[];
}

/** Prices by model name, without the provider; a name covers its dated versions (`…-20251001`, `…-2025-10-01`). */
export interface PriceTable {
  /** When the prices were read, `YYYY-MM-DD`. */
  readonly version: string;
  readonly models: Readonly<Record<string, Price>>;
  /** What one provider alone charges, by `provider/model`: goes before the price of the model. */
  readonly targets?: Readonly<Record<string, Price>>;
}

/** How the call was made, where that changes its price. */
export interface PricingOptions {
  /** Through the provider's batch API. @default false */
  readonly batch?: boolean;
  /** Whose bill it is on, by its id. @default the model's price, whoever provides it */
  readonly provider?: string | undefined;
}

/** Where the money of one answer went. */
export interface CostBreakdown {
  /** Classes that do not overlap and sum to the usage's totals. */
  readonly tokens: TokenClasses;
  /** US dollars of each class. */
  readonly dollars: TokenClasses;
  /** US dollars of all classes. */
  readonly totalDollars: number;
  /** The provider's counts contradicted each other; what did not fit its totals is not billed. */
  readonly inconsistent: boolean;
}

/** The cost of these tokens in US dollars, or undefined for a model without a price. */
export function costOf(table: PriceTable, model: string, usage: Usage, options?: PricingOptions): number | undefined {
  return breakdownOf(table, model, usage, options)?.totalDollars;
}

/** The cost of these tokens by class, or undefined for a model without a price. */
export function breakdownOf(
  table: PriceTable,
  model: string,
  usage: Usage,
  { batch = false, provider }: PricingOptions = {},
): CostBreakdown | undefined {
  const price = priceOf(table, model, provider);
  if (!price) return undefined;
  const { input, output, cachedInput = input, cacheWrite = input, reasoning = output, longPrompt } = price;
  const { longCacheWrite = cacheWrite, batchFactor = 1 } = price;
  const { tokens, inconsistent } = classifyTokens(usage);
  const promptTokens = tokens.input + tokens.cachedInput + tokens.cacheWrite + tokens.longCacheWrite;
  const long = longPrompt && promptTokens > longPrompt.aboveTokens ? longPrompt : { input: 1, output: 1 };
  const factor = (batch ? batchFactor : 1) / 1_000_000;
  const dollars: TokenClasses = {
    input: tokens.input * input * long.input * factor,
    cachedInput: tokens.cachedInput * cachedInput * long.input * factor,
    cacheWrite: tokens.cacheWrite * cacheWrite * long.input * factor,
    longCacheWrite: tokens.longCacheWrite * longCacheWrite * long.input * factor,
    output: tokens.output * output * long.output * factor,
    reasoning: tokens.reasoning * reasoning * long.output * factor,
  };
  const read = dollars.input + dollars.cachedInput + dollars.cacheWrite + dollars.longCacheWrite;
  return { tokens, dollars, totalDollars: read + dollars.output + dollars.reasoning, inconsistent };
}

/** The price of a model or of the one that this is a dated version of; undefined for names that are merely alike. */
export function priceOf({ models, targets }: PriceTable, model: string, provider?: string): Price | undefined {
  const own = targets && provider !== undefined ? named(targets, `${provider}/${model}`) : undefined;
  return own ?? named(models, model);
}

function named(prices: Readonly<Record<string, Price>>, model: string): Price | undefined {
  if (Object.hasOwn(prices, model)) return prices[model];
  const undated = model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, '');
  return Object.hasOwn(prices, undated) ? prices[undated] : undefined;
}

/**
 * The table with prices of your own laid over it, by the model or, for what one of `providers` charges, by `provider/model`.
 * What a price does not name stays as it is in the table: a contract that names `input` alone leaves the rest at list price.
 */
export function withOwnPrices(
  table: PriceTable,
  own: Readonly<Record<string, Partial<Price>>>,
  providers: readonly string[],
): PriceTable {
  const models: Record<string, Price> = { ...table.models };
  const targets: Record<string, Price> = { ...table.targets };
  for (const [name, price] of Object.entries(own)) {
    const slash = name.indexOf('/');
    const provider = providers.includes(name.slice(0, Math.max(0, slash))) ? name.slice(0, slash) : undefined;
    const known = priceOf(table, name.slice(provider === undefined ? 0 : slash + 1), provider);
    (provider === undefined ? models : targets)[name] = { ...known, ...price } as Price;
  }
  return { version: `${table.version}+own`, models, targets };
}
