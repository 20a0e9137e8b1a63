import type { HourFigure } from '../../src/anomalies/find-anomalies.ts';

/** Numbers that look random, the same for the same seed (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export interface Incident {
  readonly hour: number;
  readonly hours: number;
  /** Figures are so many times as bad. */
  readonly times: number;
}

export interface Traffic {
  readonly latency: readonly HourFigure[];
  readonly cost: readonly HourFigure[];
  readonly errors: readonly HourFigure[];
  readonly hits: readonly HourFigure[];
}

export const startMs = Date.UTC(2027, 0, 4);
const hourMs = 3_600_000;

/**
 * Hours of a gateway of some 800 requests an hour at noon on weekdays, a sixth of it at night and a third at weekends. Noise is
 * lognormal and lasts (AR(1) of 0.5), with an hour in a hundred that is a third off; 1% of requests fail, 60% are hits.
 */
export const simulateTraffic = (seed: number, days: number, incident?: Incident, perHour = 800): Traffic => {
  const random = seeded(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const drift = (spread: number): (() => number) => {
    let state = normal() * spread;
    return () => {
      state = 0.5 * state + Math.sqrt(0.75) * spread * normal();
      return state + (random() < 0.01 ? (random() < 0.5 ? 0.3 : -0.3) : 0);
    };
  };
  /** Of so many, by the normal approximation where they are many. */
  const binomial = (count: number, share: number): number => {
    if (count * share > 50)
      return Math.min(
        count,
        Math.max(0, Math.round(count * share + normal() * Math.sqrt(count * share * (1 - share)))),
      );
    let found = 0;
    for (let each = 0; each < count; each += 1) if (random() < share) found += 1;
    return found;
  };
  const [ofLoad, ofLatency, ofCost, ofErrors, ofHits] = [0.1, 0.06, 0.1, 0.2, 0.1].map(drift) as (() => number)[];
  const traffic = {
    latency: [] as HourFigure[],
    cost: [] as HourFigure[],
    errors: [] as HourFigure[],
    hits: [] as HourFigure[],
  };
  for (let hour = 0; hour < days * 24; hour += 1) {
    const ofDay = 0.58 - 0.42 * Math.cos((2 * Math.PI * (hour % 24)) / 24);
    const ofWeek = Math.floor(hour / 24) % 7 >= 5 ? 0.33 : 1;
    const requests = Math.max(0, Math.round(perHour * ofDay * ofWeek * Math.exp(ofLoad?.() ?? 0)));
    const times =
      incident !== undefined && hour >= incident.hour && hour < incident.hour + incident.hours ? incident.times : 1;
    const atMs = startMs + hour * hourMs;
    // What a 95th percentile of so many lognormal times (σ = 0.6) varies by.
    const ofSample = (1.27 * normal()) / Math.sqrt(Math.max(1, requests));
    const p95 = 2000 * (1 + 0.2 * ofDay * ofWeek) * Math.exp((ofLatency?.() ?? 0) + ofSample) * times;
    traffic.latency.push({ atMs, value: p95, events: requests });
    const usd = requests * 0.004 * Math.exp((ofCost?.() ?? 0) + normal() / Math.sqrt(Math.max(1, requests))) * times;
    traffic.cost.push({ atMs, value: usd, events: requests });
    const failing = Math.min(1, 0.01 * Math.exp(ofErrors?.() ?? 0) * times);
    traffic.errors.push({ atMs, value: binomial(requests, failing), events: requests });
    const hitting = 1 / (1 + Math.exp(-(0.4 + (ofHits?.() ?? 0)))) / times;
    traffic.hits.push({ atMs, value: binomial(requests, hitting), events: requests });
  }
  return traffic;
};
