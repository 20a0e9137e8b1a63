import { edgesOf } from '../collector/log-histogram.ts';
import type { Period } from './period.ts';
import type { Snapshot, SnapshotSpread } from './snapshot.ts';
import { holm } from './statistics/holm.ts';
import { mannWhitney } from './statistics/mann-whitney.ts';
import { type Proportion, proportionsTest, wilsonInterval } from './statistics/proportions.ts';
import { quantileRanks } from './statistics/quantile-interval.ts';
import { bucketAt, type Spread, sizeOf, valuesAt } from './statistics/spread.ts';
import { tailTest } from './statistics/tail-test.ts';

/** `unknown`: there are too few events to tell. */
export type Verdict = 'better' | 'worse' | 'same' | 'unknown';

export interface ComparedSide {
  /** How many events it is told from. */
  readonly count: number;
  readonly value: number | null;
  /** Where the true value lies with the confidence asked for; null where there are too few events to say. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface ComparedFigure {
  /** Such as `duration_p95`, `error_rate`. */
  readonly figure: string;
  readonly unit: 'ms' | 'tokens/s' | 'share';
  readonly better: 'lower' | 'higher';
  readonly baseline: ComparedSide;
  readonly current: ComparedSide;
  /** 0.1 is a tenth more than in the baseline; null where that is zero or not known. */
  readonly change: number | null;
  readonly test: 'mann-whitney' | 'quantile' | 'proportions';
  /** Of medians: Cliff's delta, from -1 (all values of the current side are smaller) to 1. */
  readonly effect: number | null;
  /** How often chance alone makes such a difference; null where there are too few events. */
  readonly p: number | null;
  /** The same, corrected for the number of figures (Holm). */
  readonly adjustedP: number | null;
  readonly verdict: Verdict;
}

export interface CompareSideReport extends Period {
  readonly requests: number;
  readonly costUsd: number;
  readonly savedUsd: number;
  readonly costPerRequestUsd: number | null;
}

export interface Comparison {
  readonly version: 1;
  readonly confidence: number;
  readonly tolerance: number;
  readonly baseline: CompareSideReport;
  readonly current: CompareSideReport;
  readonly figures: readonly ComparedFigure[];
  /** `worse` where any figure is, else `better` where any is, else `same`; `unknown` where all are. */
  readonly verdict: Verdict;
}

export interface CompareOptions {
  /** Of the intervals, and that a figure called better or worse is so. @default 0.95 */
  readonly confidence?: number | undefined;
  /** A figure that changed by less is the same, however sure that is: 0.05 is a twentieth. @default 0.05 */
  readonly tolerance?: number | undefined;
}

const perMs = 1000;
const perUsd = 1e6;
/** Events that should lie beyond a quantile for anything to be said of it. */
const fewestBeyond = 10;

const quantiles = [
  ['duration', 0.5],
  ['duration', 0.95],
  ['duration', 0.99],
  ['first_token', 0.5],
  ['first_token', 0.95],
  ['token_rate', 0.5],
] as const satisfies readonly (readonly [SnapshotSpread, number])[];

type Untold = Omit<ComparedFigure, 'adjustedP' | 'verdict' | 'change'>;

const middle = ([low, high]: readonly [number, number]): number => (low + high) / 2;

const quantileSide = (spread: Spread, share: number, confidence: number, scale: number): ComparedSide => {
  const count = sizeOf(spread);
  const bucket = bucketAt(spread, Math.max(1, Math.ceil(share * count)));
  const ranks = quantileRanks(count, share, confidence);
  const low = ranks && valuesAt(spread, ranks.low)?.[0];
  const high = ranks && valuesAt(spread, ranks.high)?.[1];
  return {
    count,
    value: bucket === undefined ? null : middle(edgesOf(bucket)) / scale,
    low: low === undefined ? null : low / scale,
    high: high === undefined ? null : high / scale,
  };
};

const quantileFigure = (
  name: SnapshotSpread,
  share: number,
  [baseline, current]: readonly [Snapshot, Snapshot],
  confidence: number,
): Untold => {
  const isRate = name === 'token_rate';
  const spreads = [baseline.spreads[name], current.spreads[name]] as const;
  const isEnough = spreads.every((spread) => sizeOf(spread) * (1 - share) >= fewestBeyond);
  const order = mannWhitney(...spreads);
  const isMedian = share === 0.5;
  const scale = isRate ? 1 : perMs;
  return {
    figure: `${name}_p${share * 100}`,
    unit: isRate ? 'tokens/s' : 'ms',
    better: isRate ? 'higher' : 'lower',
    baseline: quantileSide(spreads[0], share, confidence, scale),
    current: quantileSide(spreads[1], share, confidence, scale),
    test: isMedian ? 'mann-whitney' : 'quantile',
    effect: isMedian ? (order?.delta ?? null) : null,
    p: !isEnough ? null : isMedian ? (order?.p ?? null) : tailTest(...spreads, share),
  };
};

const shareFigure = (
  figure: string,
  better: ComparedFigure['better'],
  sides: readonly [Proportion, Proportion],
  confidence: number,
): Untold => {
  const side = (proportion: Proportion): ComparedSide => {
    const { part, whole } = proportion;
    if (whole === 0) return { count: 0, value: null, low: null, high: null };
    const [low, high] = wilsonInterval(proportion, confidence);
    return { count: whole, value: part / whole, low, high };
  };
  const isEnough = sides.every(({ whole }) => whole >= 2 * fewestBeyond);
  return {
    figure,
    unit: 'share',
    better,
    baseline: side(sides[0]),
    current: side(sides[1]),
    test: 'proportions',
    effect: null,
    p: isEnough ? proportionsTest(...sides) : null,
  };
};

const changeOf = ({ value: before }: ComparedSide, { value: now }: ComparedSide): number | null =>
  before === null || now === null || before === 0 ? null : now / before - 1;

const verdictOf = (
  figure: Untold,
  change: number | null,
  p: number | null,
  alpha: number,
  tolerance: number,
): Verdict => {
  const [before, now] = [figure.baseline.value, figure.current.value];
  if (p === null || before === null || now === null) return 'unknown';
  // From nothing to something is a change of any size.
  const isLarge = change === null ? now !== before : Math.abs(change) >= tolerance;
  if (p >= alpha || !isLarge) return 'same';
  return now > before === (figure.better === 'higher') ? 'better' : 'worse';
};

const reportOf = ({ fromMs, toMs, requests, cost, saved }: Snapshot): CompareSideReport => ({
  fromMs,
  toMs,
  requests,
  costUsd: cost / perUsd,
  savedUsd: saved / perUsd,
  costPerRequestUsd: requests === 0 ? null : cost / perUsd / requests,
});

/**
 * Compares two snapshots. Nothing is taken for granted of how values are spread: intervals of quantiles are order statistics, those of
 * shares are Wilson's; medians are tested by Mann and Whitney, other quantiles by how many of each side lie beyond that of both, shares
 * by chi-squared or Fisher's exact test; Holm's correction holds for all figures together. Requests that are close in time resemble
 * each other, which no such test knows: compare times of the same length and hours of the week.
 */
export const compare = (baseline: Snapshot, current: Snapshot, options: CompareOptions = {}): Comparison => {
  const { confidence = 0.95, tolerance = 0.05 } = options;
  const sides = [baseline, current] as const;
  const answered = ({ hits, misses }: Snapshot): Proportion => ({ part: hits, whole: hits + misses });
  const failed = ({ failed: part, left = 0, requests }: Snapshot): Proportion => ({ part, whole: requests - left });
  const untold = [
    ...quantiles.map(([name, share]) => quantileFigure(name, share, sides, confidence)),
    shareFigure('error_rate', 'lower', [failed(baseline), failed(current)], confidence),
    shareFigure('hit_rate', 'higher', [answered(baseline), answered(current)], confidence),
  ].filter((figure) => figure.baseline.count > 0 || figure.current.count > 0);
  const tested = untold.flatMap(({ p }) => (p === null ? [] : [p]));
  const adjusted = holm(tested);
  let next = 0;
  const figures = untold.map((figure): ComparedFigure => {
    const adjustedP = figure.p === null ? null : (adjusted[next++] ?? null);
    const change = changeOf(figure.baseline, figure.current);
    return { ...figure, change, adjustedP, verdict: verdictOf(figure, change, adjustedP, 1 - confidence, tolerance) };
  });
  const has = (verdict: Verdict): boolean => figures.some((figure) => figure.verdict === verdict);
  return {
    version: 1,
    confidence,
    tolerance,
    baseline: reportOf(baseline),
    current: reportOf(current),
    figures,
    verdict: has('worse') ? 'worse' : has('better') ? 'better' : has('same') ? 'same' : 'unknown',
  };
};
