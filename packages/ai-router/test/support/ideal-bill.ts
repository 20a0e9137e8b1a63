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
  /** From a request's start until what it writes can be read. @default 0 */
  readonly firstByteMs?: number;
  /** Lifetimes that may be written. @default both */
  readonly lifetimes?: readonly ('5m' | '1h')[];
}

/**
 * A bill that no plan can get below, in tokens of fresh input: of one who knows every request to come, has any number of
 * breakpoints, looks back without end and may decide for every block on its own. He keeps to least lengths, lifetimes, prices
 * and to what is written being readable only once its answer has begun.
 */
export function idealBill(requests: readonly PricedRequest[], options: IdealOptions = {}): number {
  const { leastTokens = 1_024, rates = usualPriceRates, firstByteMs = 0 } = options;
  const { lifetimes: allowed = ['5m', '1h'] } = options;
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
    // Backwards: the least that all sights from one on cost, by what can be read when it comes.
    const none = [0];
    const alive = { '5m': [0], '1h': [0] };
    const last = block.length;
    none[last] = alive['5m'][last] = alive['1h'][last] = 0;
    const after = (index: number, next: number, ttl: '5m' | '1h'): number => {
      const gap = (block[next]?.at ?? Number.POSITIVE_INFINITY) - (block[index]?.at ?? 0);
      return (gap <= lifetimes[ttl] ? alive[ttl][next] : none[next]) as number;
    };
    for (let index = last - 1; index >= 0; index--) {
      const { at, tokens, canWrite } = block[index] as (typeof block)[number];
      let readable = index + 1;
      while (readable < last && (block[readable]?.at ?? 0) < at + firstByteMs) readable += 1;
      // Those before it pay in full, and are taken to renew it.
      const between = (readable - index - 1) * tokens;
      none[index] = Math.min(
        tokens + (none[index + 1] as number),
        ...allowed
          .filter(() => canWrite)
          .map((ttl) => {
            const rate = ttl === '1h' ? rates.longWrite : rates.write;
            return tokens * rate + between + after(readable - 1, readable, ttl);
          }),
      );
      for (const ttl of allowed) alive[ttl][index] = tokens * rates.read + after(index, index + 1, ttl);
    }
    bill += none[0] as number;
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
