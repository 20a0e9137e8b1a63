import { LogHistogram } from '@hotpath/runtime/telemetry';

export interface MinuteFigures {
  /** Milliseconds; null where nothing was answered. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly firstTokenP50: number | null;
  /** From 0 to 1; null where the cache was asked for nothing. */
  readonly hitRate: number | null;
}

/** A request that has ended. Durations in microseconds. */
export interface EndedRequest {
  readonly duration: number | undefined;
  readonly firstToken: number | undefined;
  readonly isLookup: boolean;
  readonly isHit: boolean;
}

/** What ended within the last minute, whoever looks. Without requests it holds nothing and does nothing. */
export interface LastMinute {
  add(request: EndedRequest): void;
  figures(): MinuteFigures;
}

interface Second {
  readonly at: number;
  hits: number;
  lookups: number;
  readonly durations: LogHistogram;
  readonly firstTokens: LogHistogram;
}

const windowSeconds = 60;

const quantile = (histogram: LogHistogram, share: number): number | null => {
  const value = histogram.quantile(share);
  return value === undefined ? null : value / 1000;
};

/** `now`: epoch milliseconds. */
export const createLastMinute = (now: () => number): LastMinute => {
  let seconds: Second[] = [];
  const secondNow = (): number => Math.floor(now() / 1000);
  // A clock that was set back has seconds that are yet to come: they are not of the last minute either.
  const forget = (at: number): void => {
    seconds = seconds.filter((second) => second.at > at - windowSeconds && second.at <= at);
  };
  return {
    add({ duration, firstToken, isLookup, isHit }) {
      const at = secondNow();
      let second = seconds.at(-1);
      if (second?.at !== at) {
        forget(at);
        second = { at, hits: 0, lookups: 0, durations: new LogHistogram(), firstTokens: new LogHistogram() };
        seconds.push(second);
      }
      if (isLookup) second.lookups += 1;
      if (isHit) second.hits += 1;
      if (duration !== undefined) second.durations.record(duration);
      if (firstToken !== undefined) second.firstTokens.record(firstToken);
    },
    figures() {
      forget(secondNow());
      const durations = new LogHistogram();
      const firstTokens = new LogHistogram();
      let [hits, lookups] = [0, 0];
      for (const second of seconds) {
        durations.merge(second.durations);
        firstTokens.merge(second.firstTokens);
        hits += second.hits;
        lookups += second.lookups;
      }
      return {
        p50: quantile(durations, 0.5),
        p95: quantile(durations, 0.95),
        firstTokenP50: quantile(firstTokens, 0.5),
        hitRate: lookups === 0 ? null : hits / lookups,
      };
    },
  };
};
