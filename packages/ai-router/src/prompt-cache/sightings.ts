import { lifetimeMs } from './cache-rules.ts';
import type { Expectations } from './expectations.ts';
import type { PrefixChain } from './prefix-chain.ts';
import type { PrefixMemory, SeenPrefix } from './prefix-memory.ts';
import type { ReturnClass, ReturnRates, Trial } from './return-rates.ts';

/** What is known of one block's prefix when it comes. */
export interface Sighting {
  readonly hash: string;
  readonly tokens: number;
  /** As it was left by the request before; undefined at first sight. */
  readonly known: SeenPrefix | undefined;
  readonly of: ReturnClass;
}

/** Looks up every prefix of a request. `tokens`: of each block; `total`: their sum. */
export function sightingsOf(
  chain: PrefixChain,
  tokens: readonly number[],
  total: number,
  memory: PrefixMemory,
  expectations: Expectations,
  now: number,
): Sighting[] {
  const last = chain.blocks.at(-1)?.position ?? 0;
  let isKnown = true;
  return chain.blocks.map((block, index) => {
    // Where one prefix is new, all longer ones are.
    const known = isKnown ? memory.find(block.hash, now) : undefined;
    isKnown = known !== undefined;
    const of = known
      ? expectations.seen(known.sights + 1, now - known.seenAt <= lifetimeMs['5m'])
      : expectations.fresh(chain, block, total, last - block.position);
    return { hash: block.hash, tokens: tokens[index] ?? 0, known, of };
  });
}

/** Closes the trials that waited for these prefixes, opens new ones and keeps the prefixes. */
export function remember(
  sightings: readonly Sighting[],
  memory: PrefixMemory,
  rates: ReturnRates,
  now: number,
): SeenPrefix[] {
  const tokensOf = new Map<ReturnClass, number>();
  const add = (of: ReturnClass, tokens: number) => tokensOf.set(of, (tokensOf.get(of) ?? 0) + tokens);
  for (const { of, tokens, known } of sightings) {
    if (known) rates.close(known.trial, known.part, now);
    add(of, tokens);
    const widest = widestOf(of);
    if (widest !== of) add(widest, tokens);
  }
  const trials = new Map<ReturnClass, Trial>();
  const trialOf = (of: ReturnClass): Trial => {
    let trial = trials.get(of);
    if (!trial) {
      const all = tokensOf.get(widestOf(of)) ?? 0;
      trial = rates.open(of, all > 0 ? (tokensOf.get(of) ?? 0) / all : 1, now);
      trials.set(of, trial);
    }
    return trial;
  };
  return sightings.map(({ hash, of, tokens, known }): SeenPrefix => {
    const trial = trialOf(of);
    const all = tokensOf.get(of) ?? 0;
    const part = all > 0 ? tokens / all : 0;
    const prefix = known ?? {
      sights: 0,
      seenAt: now,
      trial,
      part,
      entryTtl: '5m',
      entryFrom: Number.NEGATIVE_INFINITY,
      entryUntil: Number.NEGATIVE_INFINITY,
      isReported: false,
    };
    prefix.sights += 1;
    prefix.seenAt = now;
    prefix.trial = trial;
    prefix.part = part;
    memory.keep(hash, prefix);
    return prefix;
  });
}

function widestOf(of: ReturnClass): ReturnClass {
  let widest = of;
  while (widest.parent) widest = widest.parent.of;
  return widest;
}
