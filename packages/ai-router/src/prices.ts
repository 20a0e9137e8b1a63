import type { Price, PriceTable } from './cost.ts';
import file from './prices/list-prices.json' with { type: 'json' };

/** One provider's part of the price file. */
export interface ProviderPrices {
  /** The page that the prices were read from. */
  readonly source: string;
  /** The page that the lengths were read from. */
  readonly limitsSource: string;
  /** When they were read, `YYYY-MM-DD`. */
  readonly readOn: string;
  /** Of all its models that do not name their own. */
  readonly batchFactor?: number;
  readonly models: Readonly<Record<string, Price>>;
}

export interface PriceFile {
  readonly version: string;
  readonly unit: string;
  readonly providers: Readonly<Record<string, ProviderPrices>>;
}

/** The table of a price file: its providers' models side by side. */
function tableOf({ version, providers }: PriceFile): PriceTable {
  const models: Record<string, Price> = {};
  for (const { batchFactor, models: theirs } of Object.values(providers)) {
    for (const [name, price] of Object.entries(theirs)) {
      models[name] = batchFactor === undefined ? price : { batchFactor, ...price };
    }
  }
  return { version, models };
}

/**
 * List prices in US dollars for a million tokens, from the providers' price pages (`prices/list-prices.json` names them).
 * Models that are missing here have no cost rather than a wrong one: check these against your contract, or hand
 * `createRouter` a table of your own.
 */
export const listPrices: PriceTable = tableOf(file as PriceFile);
