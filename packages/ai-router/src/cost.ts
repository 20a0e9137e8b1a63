import type { Usage } from './wire-format.ts';

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Input read from the provider's prompt cache. @default `input` */
  readonly cachedInput?: number;
  /** Input written to the provider's prompt cache, at its shortest lifetime. @default `input` */
  readonly cacheWrite?: number;
  /** What the prices are multiplied by for a prompt of more than `aboveTokens`, cached tokens counted. */
  readonly longPrompt?: { readonly aboveTokens: number; readonly input: number; readonly output: number };
}

/** Prices by model name, without the provider; a name covers its dated versions (`…-20251001`, `…-2025-10-01`). */
export interface PriceTable {
  /** When the prices were read, `YYYY-MM-DD`. */
  readonly version: string;
  readonly models: Readonly<Record<string, Price>>;
}

/** The cost of these tokens in US dollars, or undefined for a model without a price. */
export function costOf(table: PriceTable, model: string, usage: Usage): number | undefined {
  const price = findPrice(table, model);
  if (!price) return undefined;
  const { input, output, cachedInput = input, cacheWrite = input, longPrompt } = price;
  const cached = usage.cachedInputTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  const fresh = Math.max(0, usage.inputTokens - cached - written);
  const long = longPrompt && usage.inputTokens > longPrompt.aboveTokens ? longPrompt : { input: 1, output: 1 };
  const read = fresh * input + cached * cachedInput + written * cacheWrite;
  return (read * long.input + usage.outputTokens * output * long.output) / 1_000_000;
}

function findPrice({ models }: PriceTable, model: string): Price | undefined {
  for (const name of [model, model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, '')]) {
    if (Object.hasOwn(models, name)) return models[name];
  }
  return undefined;
}
