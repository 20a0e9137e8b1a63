import type { AlertSeverity } from '../events.ts';
import { median, spreadAround } from './robust.ts';

/** A figure of one hour. */
export interface HourFigure {
  /** When the hour begins, milliseconds since 1970. */
  readonly atMs: number;
  /** Of a share: how many were part of it. */
  readonly value: number;
  /** Events that it is taken of. */
  readonly events: number;
}

export interface AnomalyOptions {
  /** `amount`: compared by how many times as much. `share`: `value` of `events`. */
  readonly scale: 'amount' | 'share';
  /** Which way is bad. */
  readonly direction: 'up' | 'down';
  /** Hours from here on are judged, each by those before it. @default the last one */
  readonly fromMs?: number | undefined;
  /** Hours of fewer events are neither judged nor learnt from. @default 30 */
  readonly leastEvents?: number | undefined;
}

/** An hour that was not as hours like it. */
export interface Anomaly {
  /** `page`: unlike any such hour of the day. `warn`: unlike such hours of the week. */
  readonly severity: AlertSeverity;
  readonly atMs: number;
  /** An amount, or a share from 0 to 1. */
  readonly value: number;
  /** What it would have been. */
  readonly expected: number;
  /** It is so on the whole of so many hours, this being the last. */
  readonly hours: number;
  /** How far it is off, in standard deviations. */
  readonly deviations: number;
}

export interface AnomalyFinding {
  /** Days of history before the last hour. */
  readonly days: number;
  /** What is missing for it to be judged, as a sentence; undefined where nothing is. */
  readonly missing: string | undefined;
  readonly anomalies: readonly Anomaly[];
}

const hourMs = 3_600_000;
const day = 24;
const week = 7 * day;
/** What is learnt from: the hours of so many days. */
const historyDays = 28;
const leastDays = 7;
/** Hours of the week are not known before each was there twice. */
const leastDaysByWeek = 14;
/** The level of the last days: what grows slowly is no anomaly. */
const levelHours = 72;

/** How many deviations off on the whole of so many hours, the last being the one that is judged, and how many times as much at least. */
interface Limits {
  readonly deviations: Readonly<Record<number, number>>;
  readonly times: number;
}
const page: Limits = { deviations: { 1: 5.5, 3: 5 }, times: 1.5 };
const warn: Limits = { deviations: { 1: 4.5, 3: 3.8, 6: 3.5 }, times: 1.15 };
/** Hours of the day that are as steady as one another: so many before and after. */
const steadyHours = 3;
/** Errors that the spread is taken of, at least. */
const leastErrors = 24;
/** However steady an amount has been, it is not taken to be steadier than this, as a share of it. */
const leastSpread = 0.02;

/** Figures as they are compared: on a scale on which they vary as much everywhere. */
interface Scale {
  to(hour: HourFigure): number;
  from(scaled: number): number;
  /** What an hour varies by at least, by chance alone. */
  leastSpread(events: number): number;
}

const scales: Readonly<Record<AnomalyOptions['scale'], Scale>> = {
  amount: { to: ({ value }) => Math.log(value), from: Math.exp, leastSpread: () => leastSpread },
  // Anscombe 1948, doi:10.1093/biomet/35.3-4.246: the deviation of such a share is half of 1 / √events, whatever the share is.
  share: {
    to: ({ value, events }) => Math.asin(Math.sqrt((Math.min(value, events) + 0.375) / (events + 0.75))),
    from: (scaled) => Math.sin(Math.min(Math.max(scaled, 0), Math.PI / 2)) ** 2,
    leastSpread: (events) => 0.5 / Math.sqrt(events),
  },
};

/** Hours by their number since 1970. */
interface Series {
  readonly first: number;
  readonly last: number;
  readonly scale: Scale;
  at(hour: number): number | undefined;
  /** 0 where it is left out. */
  eventsAt(hour: number): number;
}

const seriesOf = (hours: readonly HourFigure[], { scale: name, leastEvents = 30 }: AnomalyOptions): Series => {
  const scale = scales[name];
  const known = new Map<number, { readonly scaled: number; readonly events: number }>();
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const figure of hours) {
    const { atMs, value, events } = figure;
    if (events < leastEvents || !(value >= 0) || (name === 'amount' && value === 0)) continue;
    const hour = Math.floor(atMs / hourMs);
    known.set(hour, { scaled: scale.to(figure), events });
    first = Math.min(first, hour);
    last = Math.max(last, hour);
  }
  return {
    first,
    last,
    scale,
    at: (hour) => known.get(hour)?.scaled,
    eventsAt: (hour) => known.get(hour)?.events ?? 0,
  };
};

const present = (value: number | undefined): value is number => value !== undefined;

/** What is expected of an hour by those before it; undefined where too little is known. */
type Predictor = (hour: number) => number | undefined;

const remembered = (find: Predictor): Predictor => {
  const known = new Map<number, number | undefined>();
  return (hour) => {
    if (!known.has(hour)) known.set(hour, find(hour));
    return known.get(hour);
  };
};

/** By the same hour of earlier days. */
const predictByDay = (series: Series): Predictor =>
  remembered((hour) => {
    const values = Array.from({ length: historyDays }, (_, back) => series.at(hour - (back + 1) * day)).filter(present);
    return values.length < 3 ? undefined : median(values);
  });

/** By the same hour of earlier weeks, with those next to it where there are few, and the level of the last days. */
const predictByWeek = (series: Series): Predictor => {
  const season = remembered((hour) => {
    const weeks = Array.from({ length: historyDays / 7 }, (_, back) => hour - (back + 1) * week);
    const values = weeks.map((each) => series.at(each)).filter(present);
    if (values.length >= 3) return median(values);
    return median(weeks.flatMap((each) => [series.at(each - 1), series.at(each), series.at(each + 1)]).filter(present));
  });
  const off = remembered((hour) => {
    const [value, usual] = [series.at(hour), season(hour)];
    return value === undefined || usual === undefined ? undefined : value - usual;
  });
  return remembered((hour) => {
    const usual = season(hour);
    const offs = Array.from({ length: levelHours }, (_, back) => off(hour - back - 1)).filter(present);
    return usual === undefined ? undefined : usual + (offs.length < day ? 0 : (median(offs) ?? 0));
  });
};

interface Judgement {
  /** Of how many hours, up to the one that is judged. */
  readonly hours: number;
  readonly deviations: number;
}

/**
 * Tells how far an hour is off, on the bad side, by a predictor, where that is more than its limits. How far the predictor is usually
 * off is learnt from what it said of earlier hours.
 */
const createJudge = (series: Series, predict: Predictor, sign: 1 | -1, { deviations, times }: Limits) => {
  const { scale } = series;
  const error = remembered((hour) => {
    const [value, predicted] = [series.at(hour), predict(hour)];
    return value === undefined || predicted === undefined ? undefined : sign * (value - predicted);
  });
  const meanError = (hour: number, hours: number): number | undefined => {
    let sum = 0;
    for (let back = 0; back < hours; back += 1) {
      const one = error(hour - back);
      if (one === undefined) return undefined;
      sum += one;
    }
    return sum / hours;
  };
  const spreadOf = (hour: number, hours: number): number | undefined => {
    const errors: (number | undefined)[] = [];
    for (let back = 1; back <= historyDays; back += 1)
      for (let beside = -steadyHours; beside <= steadyHours; beside += 1) {
        const other = hour - back * day + beside;
        if (other <= hour - hours) errors.push(meanError(other, hours));
      }
    const known = errors.filter(present);
    // Weekends may lie far to the good side of what the days of the week make usual: that says nothing of the bad one.
    const bad = known.filter((each) => each >= 0);
    if (known.length < leastErrors) return undefined;
    const found = spreadAround(bad.length < leastErrors / 4 ? known : bad, 0) ?? 0;
    return Math.max(found, scale.leastSpread(series.eventsAt(hour) * hours));
  };
  return (hour: number): Judgement | undefined => {
    const expected = predict(hour);
    if (expected === undefined) return undefined;
    for (const [key, limit] of Object.entries(deviations)) {
      const hours = Number(key);
      const off = meanError(hour, hours);
      // What was bad is over once an hour is not.
      if (off === undefined || off <= 0 || (error(hour) ?? 0) < off / 2) continue;
      const worse = scale.from(expected + sign * off) / scale.from(expected);
      if ((sign > 0 ? worse : 1 / worse) < times) continue;
      const spread = spreadOf(hour, hours);
      if (spread !== undefined && off / spread >= limit) return { hours, deviations: off / spread };
    }
    return undefined;
  };
};

/**
 * Judges hours by hours like them, with medians and their deviations, which single bad hours do not move. On simulated traffic (800 requests an
 * hour at noon, nights, weekends, noise of 6–20% that lasts; four figures): 0.03 false pages and 0.7 false warnings a week; it finds 74% of
 * +30% and all of twice the latency, 13% and 83% for cost, 97% and all for hits, within six hours and three; a share of errors of 1% has
 * to be ten times as much (83% within the hour). On traffic of other shapes there are 0.003 false pages a week and figure, and 0.02 where noise
 * has long tails. `bench/findings.md` says how that was measured.
 */
export const findAnomalies = (hours: readonly HourFigure[], options: AnomalyOptions): AnomalyFinding => {
  const { direction, leastEvents = 30 } = options;
  const series = seriesOf(hours, options);
  const told = series.scale.from;
  const days = series.last >= series.first ? Math.floor((series.last - series.first) / day) : 0;
  if (days < leastDays) {
    const missing = `It takes ${leastDays} days of at least ${leastEvents} events an hour to know what is usual; there are ${days}.`;
    return { days, missing, anomalies: [] };
  }
  const sign = direction === 'up' ? 1 : -1;
  const [byDay, byWeek] = [predictByDay(series), predictByWeek(series)];
  const [judgeByDay, judgeByWeek] = [createJudge(series, byDay, sign, page), createJudge(series, byWeek, sign, warn)];

  const anomalies: Anomaly[] = [];
  const from = options.fromMs === undefined ? series.last : Math.ceil(options.fromMs / hourMs);
  for (let hour = Math.max(from, series.first + leastDays * day); hour <= series.last; hour += 1) {
    const value = series.at(hour);
    if (value === undefined) continue;
    const add = (severity: AlertSeverity, predict: Predictor, judgement: Judgement): void => {
      const expected = predict(hour) as number;
      anomalies.push({ severity, atMs: hour * hourMs, value: told(value), expected: told(expected), ...judgement });
    };
    const paged = judgeByDay(hour);
    const warned = paged === undefined && hour - series.first >= leastDaysByWeek * day ? judgeByWeek(hour) : undefined;
    if (paged !== undefined) add('page', byDay, paged);
    else if (warned !== undefined) add('warn', byWeek, warned);
  }
  return { days, missing: undefined, anomalies };
};
