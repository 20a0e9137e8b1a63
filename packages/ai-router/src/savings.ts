import { breakdownOf, costOf, type PriceTable, type PricingOptions, priceOf } from './cost.ts';
import type { Usage } from './wire-format.ts';

/**
 * What money was saved by, in US dollars; no dollar is in two of them. `promptCache` is against the same tokens as fresh
 * input, less what writing them cost extra: below zero where prefixes were written that nobody read.
 */
export interface SavedDollars {
  /** Answers from our cache. */
  readonly cache: number;
  /** Answers shared with a request that was under way. */
  readonly coalescing: number;
  /** The provider's prompt cache. */
  readonly promptCache: number;
  /** The provider's batch API. */
  readonly batch: number;
}

export interface SavingsFigures {
  /** Answers, however they came about. */
  readonly requests: number;
  /** Those of models without a price, which the dollars leave out. */
  readonly unpriced: number;
  /** What the providers charge for what they were asked. */
  readonly paidDollars: number;
  /**
   * What of it went to calls whose answer nobody got: hedges and races that were lost, streams that broke off, answers that a
   * check refused. An estimate for the most part, as providers tell no bill of a call that was cancelled.
   */
  readonly discardedDollars: number;
  /**
   * What all answers would have cost, each asked for once and at full price: `paidDollars` without `discardedDollars`, and
   * all that was saved.
   */
  readonly plainDollars: number;
  readonly saved: SavedDollars;
}

export interface SavingsRow extends SavingsFigures {
  readonly tenant: string;
  readonly model: string;
}

/** The ledger as JSON. */
export interface SavingsSnapshot {
  /** Version of the price table that the dollars were reckoned with. */
  readonly prices: string;
  readonly total: SavingsFigures;
  /** By tenant and model, in the order of their first requests. */
  readonly rows: readonly SavingsRow[];
}

/** One answer and whose it was. */
export interface LedgerEntry {
  readonly tenant: string;
  /** Whose prices hold, where it has its own. */
  readonly provider?: string;
  readonly model: string;
  /** What the provider billed for the answer, when it made it. */
  readonly usage: Usage;
  /** How this request came by it. */
  readonly source: 'provider' | 'cache' | 'coalescing';
  /** The provider made it in its batch API. @default false */
  readonly batch?: boolean;
  /** Nobody got it, or not all of it: the provider bills it all the same. @default false */
  readonly discarded?: boolean;
}

export interface SavingsLedger {
  record(entry: LedgerEntry): void;
  snapshot(): SavingsSnapshot;
}

export interface SavingsLedgerOptions {
  readonly prices: PriceTable;
  /** Tenants times models told apart; those that come later share the row of tenant and model `*`. @default 10,000 */
  readonly maxRows?: number;
}

/** What stands in a row, while it is being written. */
interface Row {
  readonly tenant: string;
  readonly model: string;
  requests: number;
  unpriced: number;
  paidDollars: number;
  discardedDollars: number;
  readonly saved: { -readonly [Source in keyof SavedDollars]: number };
}

const others = '*';

/** Tells apart what was saved by what. Adds only; whoever wants a period subtracts two snapshots. */
export function createSavingsLedger({ prices, maxRows = 10_000 }: SavingsLedgerOptions): SavingsLedger {
  const rows: Row[] = [];
  const byTenant = new Map<string, Map<string, Row>>();

  const rowOf = (tenant: string, model: string): Row => {
    const known = byTenant.get(tenant)?.get(model);
    if (known) return known;
    if (rows.length >= maxRows && (tenant !== others || model !== others)) return rowOf(others, others);
    const row = newRow(tenant, model);
    rows.push(row);
    const models = byTenant.get(tenant) ?? new Map<string, Row>();
    byTenant.set(tenant, models.set(model, row));
    return row;
  };

  return {
    record({ tenant, provider, model, usage, source, batch = false, discarded = false }) {
      const row = rowOf(tenant, model);
      const bill = billOf(prices, model, usage, { batch, provider });
      if (discarded) {
        row.paidDollars += bill?.paid ?? 0;
        row.discardedDollars += bill?.paid ?? 0;
        return;
      }
      row.requests += 1;
      if (!bill) {
        row.unpriced += 1;
        return;
      }
      if (source === 'provider') {
        row.paidDollars += bill.paid;
        row.saved.promptCache += bill.plain - bill.cached;
        row.saved.batch += bill.cached - bill.paid;
      } else {
        row.saved[source] += bill.plain;
      }
    },
    snapshot() {
      const total = newRow(others, others);
      for (const row of rows) add(total, row);
      return { prices: prices.version, total: figuresOf(total), rows: rows.map(readRow) };
    },
  };
}

/** Dollars of one answer: with all input fresh, with the prompt cache as it was, and that in a batch if it was one. */
function billOf(prices: PriceTable, model: string, usage: Usage, { batch, provider }: PricingOptions) {
  const cached = breakdownOf(prices, model, usage, { provider });
  if (!cached) return undefined;
  const plain = usesPromptCache(usage)
    ? (costOf(prices, model, asFresh(usage), { provider }) ?? 0)
    : cached.totalDollars;
  const factor = batch ? (priceOf(prices, model, provider)?.batchFactor ?? 1) : 1;
  return { plain, cached: cached.totalDollars, paid: cached.totalDollars * factor };
}

const usesPromptCache = ({ cachedInputTokens, cacheWriteTokens }: Usage): boolean =>
  Boolean(cachedInputTokens) || Boolean(cacheWriteTokens);

const asFresh = ({
  cachedInputTokens: _read,
  cacheWriteTokens: _written,
  longCacheWriteTokens: _long,
  ...fresh
}: Usage) => fresh;

function newRow(tenant: string, model: string): Row {
  const saved = { cache: 0, coalescing: 0, promptCache: 0, batch: 0 };
  return { tenant, model, requests: 0, unpriced: 0, paidDollars: 0, discardedDollars: 0, saved };
}

function add(sum: Row, { requests, unpriced, paidDollars, discardedDollars, saved }: Row): void {
  sum.requests += requests;
  sum.unpriced += unpriced;
  sum.paidDollars += paidDollars;
  sum.discardedDollars += discardedDollars;
  for (const source of ['cache', 'coalescing', 'promptCache', 'batch'] as const) sum.saved[source] += saved[source];
}

function figuresOf({ requests, unpriced, paidDollars, discardedDollars, saved }: Row): SavingsFigures {
  const { cache, coalescing, promptCache, batch } = saved;
  const plainDollars = paidDollars - discardedDollars + cache + coalescing + promptCache + batch;
  return { requests, unpriced, paidDollars, discardedDollars, plainDollars, saved: { ...saved } };
}

function readRow(row: Row): SavingsRow {
  return { tenant: row.tenant, model: row.model, ...figuresOf(row) };
}
