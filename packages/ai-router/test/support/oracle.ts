import type { PricedRequest } from './ideal-bill.ts';
import { createPrefixPricing, lifetimes, type PrefixPricingOptions, type PricedBlock } from './prefix-pricing.ts';

const [mostMarks, lookback] = [4, 20];

/**
 * The bill of one who knows every request to come and obeys every rule of the provider, in tokens of fresh input: four breakpoints,
 * the lookback, least lengths, five-minute lifetimes, and entries that can be read once their answer has begun. The very model of
 * the provider that judges plans bills him. He writes as far as the next request that can still read it shares, and marks where
 * the ones that come soonest part ways: not proven to be the least bill there is, but one that can be reached.
 */
export function oracleBill(requests: readonly PricedRequest[], options: PrefixPricingOptions = {}): number {
  const { leastTokens = 1_024, firstByteMs = 0 } = options;
  const upstream = createPrefixPricing(options);
  /** Requests by the hash of their first block: only they can share anything. */
  const families = new Map<string, PricedRequest[]>();
  for (const request of requests) {
    const root = request.blocks[0]?.hash ?? '';
    const family = families.get(root) ?? [];
    family.push(request);
    families.set(root, family);
  }
  const entries = new Map<string, { from: number; until: number }>();
  const passed = new Map<string, number>();
  let bill = 0;
  for (const { at, blocks } of requests) {
    const root = blocks[0]?.hash ?? '';
    const index = passed.get(root) ?? 0;
    passed.set(root, index + 1);
    const hashes = blocks.map(({ hash }) => hash);
    const lastEntry = (isOne: (entry: { from: number; until: number }) => boolean): number =>
      hashes.findLastIndex((hash) => {
        const entry = entries.get(hash);
        return entry !== undefined && entry.until >= at && isOne(entry);
      });
    const hit = lastEntry(({ from }) => from <= at);
    const underWay = lastEntry(({ from }) => from > at);
    const tokensTo = (place: number): number => blocks[place]?.prefixTokens ?? 0;
    // What another request is writing is written twice by going further.
    const paysToGoTo = (place: number): boolean =>
      underWay <= hit || tokensTo(place) - tokensTo(underWay) > 0.25 * (tokensTo(place) - tokensTo(hit));
    const chosen = new Set<number>();
    const isInSight = () =>
      hit < 0 ||
      [...chosen].some((mark) => mark >= hit && positionOf(blocks, mark) - positionOf(blocks, hit) < lookback);
    for (const later of (families.get(root) ?? []).slice(index + 1)) {
      if (later.at > at + lifetimes['5m']) break;
      if (later.at < at + firstByteMs) continue;
      let shared = -1;
      while (shared + 1 < blocks.length && hashes[shared + 1] === later.blocks[shared + 1]?.hash) shared += 1;
      // One mark is kept for what is to be read.
      if (shared < 0 || tokensTo(shared) < leastTokens || !paysToGoTo(shared)) continue;
      if (chosen.size < mostMarks - (isInSight() ? 0 : 1)) chosen.add(shared);
    }
    if (hit >= 0 && !isInSight()) chosen.add(hit);
    const marked = blocks.map((block, place): PricedBlock => ({ ...block, ttl: chosen.has(place) ? '5m' : undefined }));
    bill += upstream.billOf(upstream.serveBlocks(marked, at));
    const until = at + lifetimes['5m'];
    const used = entries.get(hashes[hit] ?? '');
    if (used && chosen.size > 0) used.until = until;
    for (const place of chosen) {
      const entry = entries.get(hashes[place] as string);
      if (entry && entry.until >= at) entry.until = until;
      else entries.set(hashes[place] as string, { from: at + firstByteMs, until });
    }
  }
  return bill;
}

function positionOf(blocks: readonly PricedBlock[], index: number): number {
  return blocks[index]?.position ?? 0;
}
