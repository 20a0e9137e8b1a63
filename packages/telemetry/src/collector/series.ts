import type { EventKind } from '../kind.ts';
import { LogHistogram } from './log-histogram.ts';

/** Events of one kind whose dimensions are all alike, since the process began. */
export class Series {
  /** In the order of the kind's dimensions. */
  readonly names: readonly string[];
  /** Among all series of its kind, in the order in which they came up. */
  readonly place: number;
  count = 0;
  /** By measure: the sum, or the highest where that is kept. */
  readonly totals: Float64Array;
  /** By measure; undefined for those without. */
  readonly histograms: readonly (LogHistogram | undefined)[];
  /** What rounding to whole numbers has left out so far, so that sums are not wrong by more than one in all. */
  readonly rest: Float64Array;

  constructor(kind: EventKind, names: readonly string[], place: number) {
    const { measureNames, measures } = kind;
    this.names = names;
    this.place = place;
    this.totals = new Float64Array(measureNames.length);
    this.rest = new Float64Array(measureNames.length);
    // What is the highest within some time can only be told from how all of it is spread; that is not kept beyond this process.
    this.histograms = measureNames.map((name) =>
      ['histogram', 'highest'].includes(measures[name]?.keep ?? 'none') ? new LogHistogram() : undefined,
    );
  }
}

/** Adds a figure to its series, and tells the whole number that is kept of it. */
export type AddFigure = (series: Series, measure: number, value: number) => number;

const summedUp = 0;
const highestKept = 1;
const carried = 2;

export const createAddFigure = (kind: EventKind): AddFigure => {
  const ways = Uint8Array.from(kind.measureNames, (name) => {
    const { keep, unit } = kind.measures[name] as EventKind['measures'][string];
    if (keep === 'highest') return highestKept;
    // Money is counted in fractions of its unit: what rounding leaves out goes to the next event.
    return unit === 'micro-dollars' ? carried : summedUp;
  });
  return ({ totals, rest, histograms }, measure, value) => {
    const way = ways[measure];
    let whole = Math.round(value);
    if (way === highestKept) {
      if (whole > (totals[measure] as number)) totals[measure] = whole;
    } else {
      if (way === carried) {
        const wanted = value + (rest[measure] as number);
        whole = Math.round(wanted);
        rest[measure] = wanted - whole;
      }
      totals[measure] = (totals[measure] as number) + whole;
    }
    histograms[measure]?.record(whole);
    return whole;
  };
};
