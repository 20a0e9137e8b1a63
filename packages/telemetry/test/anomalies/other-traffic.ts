import type { HourFigure } from '../../src/anomalies/find-anomalies.ts';
import { seeded, startMs, type Traffic } from './traffic.ts';

/** How traffic is that the limits were not chosen by. */
export interface Shape {
  /** At its height. */
  readonly perHour: number;
  /** How much of an hour's noise is left in the next, from 0 to 1. */
  readonly lasting: number;
  /** Of the noise of latency; that of errors is three times as wide. */
  readonly spread: number;
  /** Noise of Student's t with four degrees of freedom instead of a normal one. */
  readonly hasLongTails: boolean;
  /** Ten busy hours with steep edges instead of a wave. */
  readonly isOffice: boolean;
  /** One day in thirty is as a weekend is. */
  readonly hasHolidays: boolean;
  /** It is twice as much at the end. */
  readonly grows: boolean;
}

const wave: Shape = {
  perHour: 800,
  lasting: 0.5,
  spread: 0.07,
  hasLongTails: false,
  isOffice: false,
  hasHolidays: false,
  grows: false,
};

export const shapes: Readonly<Record<string, Shape>> = {
  wave,
  office: { ...wave, isOffice: true },
  small: { ...wave, perHour: 150 },
  large: { ...wave, perHour: 20_000 },
  lasting: { ...wave, lasting: 0.8 },
  growth: { ...wave, grows: true },
  holidays: { ...wave, isOffice: true, hasHolidays: true },
  'long tails': { ...wave, hasLongTails: true },
};

const hourMs = 3_600_000;

const ofDay = (hour: number, isOffice: boolean): number => {
  if (!isOffice) return 0.6 + 0.4 * Math.sin((2 * Math.PI * (hour - 9)) / 24);
  return hour >= 8 && hour < 18 ? 1 : hour >= 6 && hour < 21 ? 0.35 : 0.06;
};

/** Hours of such traffic in which nothing is wrong. */
export const otherTraffic = (seed: number, days: number, shape: Shape): Traffic => {
  const random = seeded(seed * 7919 + 13);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const noise = (): number => {
    if (!shape.hasLongTails) return normal();
    const chi = Array.from({ length: 4 }, () => normal() ** 2).reduce((sum, square) => sum + square, 0);
    return normal() / Math.sqrt(chi / 4) / Math.SQRT2;
  };
  const drift = (times: number): (() => number) => {
    let state = 0;
    return () => {
      state = shape.lasting * state + Math.sqrt(1 - shape.lasting ** 2) * shape.spread * times * noise();
      return state;
    };
  };
  const binomial = (count: number, share: number): number => {
    const variance = count * share * (1 - share);
    if (count * share > 50)
      return Math.min(count, Math.max(0, Math.round(count * share + normal() * Math.sqrt(variance))));
    let found = 0;
    for (let each = 0; each < count; each += 1) if (random() < share) found += 1;
    return found;
  };
  const [ofLoad, ofLatency, ofCost, ofErrors, ofHits] = [
    drift(1.5),
    drift(1),
    drift(1.5),
    drift(3),
    drift(1.5),
  ] as const;
  const holidays = new Set(
    Array.from({ length: days }, (_, day) => day).filter(() => shape.hasHolidays && random() < 1 / 30),
  );
  const traffic: Record<keyof Traffic, HourFigure[]> = { latency: [], cost: [], errors: [], hits: [] };
  for (let hour = 0; hour < days * 24; hour += 1) {
    const day = Math.floor(hour / 24);
    const busy = ofDay(hour % 24, shape.isOffice) * (day % 7 >= 5 || holidays.has(day) ? 0.25 : 1);
    const level = shape.grows ? 1 + day / days : 1;
    const events = Math.max(0, Math.round(shape.perHour * busy * level * Math.exp(ofLoad())));
    const ofSample = normal() / Math.sqrt(Math.max(1, events));
    const atMs = startMs + hour * hourMs;
    traffic.latency.push({ atMs, value: 1500 * (1 + 0.4 * busy) * Math.exp(ofLatency() + 1.27 * ofSample), events });
    const ofCalls = (1.5 * normal()) / Math.sqrt(Math.max(1, events));
    traffic.cost.push({ atMs, value: events * 0.006 * Math.exp(ofCost() + ofCalls), events });
    traffic.errors.push({ atMs, value: binomial(events, Math.min(1, 0.004 * Math.exp(ofErrors()))), events });
    traffic.hits.push({ atMs, value: binomial(events, 1 / (1 + Math.exp(0.2 - ofHits()))), events });
  }
  return traffic;
};
