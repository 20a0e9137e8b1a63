import { lifetimes, type PricedBlock, type PriceRates, usualPriceRates } from './prefix-pricing.ts';

/** One request, as far as a bill that knows all of them needs it. */
export interface PricedRequest {
  readonly at: number;
  readonly blocks: readonly PricedBlock[];
}

export interface IdealOptions {
  /** @default 1,024 */
  readonly leastTokens?: number;
  readonly rates?: PriceRates;
  /** Lifetimes that may be written. @default both */
  readonly lifetimes?: readonly ('5m' | '1h')[];
}

/**
 * The lowest bill there can be, in tokens of fresh input: of one who knows every request to come, has any number of
 * breakpoints, looks back without end and may decide for every block on its own. No plan can pay less.
 */
export function idealBill(requests: readonly PricedRequest[], options: IdealOptions = {}): number {
  const { leastTokens = 1_024, rates = usualPriceRates, lifetimes: allowed = ['5m', '1h'] } = options;
  const sights = new Map<string, { at: number; tokens: number; canWrite: boolean }[]>();
  for (const { at, blocks } of requests) {
    // A short prefix is kept as a part of a longer one.
    const canWrite = (blocks.at(-1)?.prefixTokens ?? 0) >= leastTokens;
    for (const { hash, tokens } of blocks) {
      const sight = { at, tokens, canWrite };
      const known = sights.get(hash);
      if (known) known.push(sight);
      else sights.set(hash, [sight]);
    }
  }
  let bill = 0;
  for (const block of sights.values()) {
    // Backwards: the least that all later sights cost, by what is in the cache when the next one comes.
    let rest = { none: 0, short: 0, long: 0 };
    let next = Number.POSITIVE_INFINITY;
    for (let index = block.length - 1; index >= 0; index--) {
      const { at, tokens, canWrite } = block[index] as (typeof block)[number];
      const afterShort = next - at <= lifetimes['5m'] ? rest.short : rest.none;
      const afterLong = next - at <= lifetimes['1h'] ? rest.long : rest.none;
      const none = Math.min(
        tokens + rest.none,
        canWrite && allowed.includes('5m') ? tokens * rates.write + afterShort : Number.POSITIVE_INFINITY,
        canWrite && allowed.includes('1h') ? tokens * rates.longWrite + afterLong : Number.POSITIVE_INFINITY,
      );
      rest = { none, short: tokens * rates.read + afterShort, long: tokens * rates.read + afterLong };
      next = at;
    }
    bill += rest.none;
  }
  return bill;
}

/** Kinds of blocks that `bestRuleBill` tells apart: new ones by the length of their request and by how far from its end. */
const kindOf = (sights: number, length: number, distance: number): string =>
  sights > 0 ? `${Math.min(sights, 5)}` : `new ${Math.round(2 * Math.log2(length))} ${Math.min(distance, 4)}`;

/**
 * The bill of the best rule that goes by what a prompt looks like: of who knows, from this very traffic, how often every
 * kind of block comes again within five minutes, but not which of them do. Writes the kinds that do so often enough to pay,
 * and like the ideal one is not bound by breakpoints or lookback.
 */
export function bestRuleBill(requests: readonly PricedRequest[], options: IdealOptions = {}): number {
  const { leastTokens = 1_024, rates = usualPriceRates } = options;
  const returns = new Map<string, { tokens: number; returned: number }>();
  /** Calls back for every block with its kind and the time since it was last seen. */
  const walk = (visit: (kind: string, block: PricedBlock, last: Sighting | undefined, at: number) => void): void => {
    const seen = new Map<string, Sighting>();
    for (const { at, blocks } of requests) {
      const length = blocks.at(-1)?.prefixTokens ?? 0;
      if (length < leastTokens) continue;
      for (const [index, block] of blocks.entries()) {
        const last = seen.get(block.hash);
        const sights = last?.sights ?? 0;
        const kind = kindOf(sights, length, blocks.length - 1 - index);
        visit(kind, block, last, at);
        seen.set(block.hash, { at, sights: sights + 1, kind });
      }
    }
  };
  walk((kind, { tokens }, last, at) => {
    const own = returns.get(kind) ?? { tokens: 0, returned: 0 };
    own.tokens += tokens;
    returns.set(kind, own);
    const before = last && at - last.at <= lifetimes['5m'] ? returns.get(last.kind) : undefined;
    if (before) before.returned += tokens;
  });
  // Each that is written costs w - 1 more, and each of those that return is read instead of being written then.
  const least = (rates.write - 1) / (rates.write - rates.read);
  const entries = new Map<string, number>();
  let bill = 0;
  walk((kind, { hash, tokens }, _last, at) => {
    const { tokens: all, returned } = returns.get(kind) ?? { tokens: 1, returned: 0 };
    const isCached = (entries.get(hash) ?? Number.NEGATIVE_INFINITY) >= at;
    const isWritten = !isCached && returned / all > least;
    if (isCached || isWritten) entries.set(hash, at + lifetimes['5m']);
    bill += tokens * (isCached ? rates.read : isWritten ? rates.write : 1);
  });
  for (const { blocks } of requests) {
    const length = blocks.at(-1)?.prefixTokens ?? 0;
    if (length < leastTokens) bill += length;
  }
  return bill;
}

interface Sighting {
  readonly at: number;
  readonly sights: number;
  readonly kind: string;
}
