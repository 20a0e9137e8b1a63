import type { CacheRates } from './cache-rules.ts';

/** Probability that a prefix comes again within five minutes, and that it does later within the hour. */
export interface ReturnOdds {
  readonly short: number;
  readonly late: number;
}

/** What writing one token is expected to save, in prices of one token of fresh input. Negative: it costs. */
export interface Worth {
  readonly write: number;
  readonly longWrite: number;
}

/** No prefix is taken to return for ever. */
const mostOdds = 0.98;

/**
 * What an entry is worth over all the times that its prefix may come again, of which `now` are the odds of the next and
 * `later` those of each after it. Against not writing now and doing the best from the next time on: a prefix that is bound
 * to be written then anyway saves that write too.
 *
 * With r, w5, w1 for the prices of reading and writing, s and l for `later`'s odds and h = s + l, the expected cost of all
 * further requests, each paid for as it comes, is 1/(1-h) without a cache, (w5(1-s) + rs)/(1-h) with five-minute entries
 * written whenever there is none, and w1 + hr/(1-h) with an hour's.
 */
export function worthOf(now: ReturnOdds, later: ReturnOdds, rates: CacheRates): Worth {
  const { read, write, longWrite } = rates;
  const short = Math.min(later.short, mostOdds);
  const hour = Math.min(short + later.late, mostOdds);
  const late = hour - short;
  const uncached = Math.min(
    1 / (1 - hour),
    (write * (1 - short) + read * short) / (1 - hour),
    longWrite + (hour * read) / (1 - hour),
  );
  const cachedShort = Math.min((read + late * uncached) / (1 - short), uncached);
  const cachedLong = Math.min(read / (1 - hour), uncached);
  return {
    write: now.short * (uncached - cachedShort) - (write - 1),
    longWrite: (now.short + now.late) * (uncached - cachedLong) - (longWrite - 1),
  };
}
