import type { EventBatch } from '../exporter.ts';
import type { EventKind } from '../kind.ts';
import { type CardinalityLimits, type Series, SeriesTable } from './series.ts';

/** Takes events of one kind. Recording allocates nothing but what a new series takes. */
export interface Recorder<Dimension extends string = string, Figure extends string = string> {
  readonly kind: EventKind<Dimension, Figure>;
  /** What the next event is told by, at the places of `kind.dimensionAt`. All of them are to be set each time. */
  readonly names: string[];
  /** Its figures, at the places of `kind.measureAt`; `NaN` for those it has none of, as all are after each event. */
  readonly values: Float64Array;
  /**
   * Records the event. `atMs`: when it ended, milliseconds since 1970; 0 for what is only counted and is to be of the time when it is handed
   * on, since to ask for the time takes as long as to count. `texts`: in the order of `kind.textNames`.
   */
  push(atMs: number, ...texts: readonly (string | undefined)[]): void;
}

/** A recorder as its collector sees it. */
export interface OpenRecorder extends Recorder {
  /** Since the process began. */
  readonly series: readonly Series[];
  readonly overflowed: number;
  /** Takes what was recorded since the last time; undefined where there is nothing. */
  take(): EventBatch | undefined;
}

export interface RecorderOptions extends CardinalityLimits {
  /** Events that are held at most until they are taken. */
  readonly rows: number;
  /** So many are held as there may be: they are to be taken at once. */
  readonly onFull: () => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export const createRecorder = (kind: EventKind, { rows, onFull, now, ...limits }: RecorderOptions): OpenRecorder => {
  const table = new SeriesTable(kind, limits);
  const measures = kind.measureNames.length;
  const values = new Float64Array(measures).fill(Number.NaN);
  const names = new Array<string>(kind.dimensionNames.length).fill('');
  const isHighest = kind.measureNames.map((name) => kind.measures[name]?.keep === 'highest');
  // Money is counted in fractions of its unit: what rounding leaves out goes to the next event.
  const isCarried = kind.measureNames.map((name) => kind.measures[name]?.unit === 'micro-dollars');
  const { isCounted, textNames } = kind;
  const width = measures + 2;
  // Made with the first event: of most kinds a short process has none.
  let buffer: Float64Array | undefined;
  const texts: (string | undefined)[] = [];
  /** Of what is only counted: what was taken before, by series, and the series with something new. */
  const taken: { count: number; readonly totals: Float64Array }[] = [];
  let dirty: number[] = [];
  let isDirty = new Uint8Array(64);
  let held = 0;
  let lastAtMs = 0;

  const namesOf = (series: number): readonly string[] => table.all[series]?.names ?? [];

  /** Adds a figure to its series; the whole number that is kept of it. */
  const add = (series: Series, measure: number, value: number): number => {
    const { totals } = series;
    let whole = Math.round(value);
    if (isHighest[measure]) {
      if (whole > (totals[measure] as number)) totals[measure] = whole;
      series.histograms[measure]?.record(whole);
      return whole;
    }
    if (isCarried[measure]) {
      const wanted = value + (series.rest[measure] as number);
      whole = Math.round(wanted);
      series.rest[measure] = wanted - whole;
    }
    totals[measure] = (totals[measure] as number) + whole;
    series.histograms[measure]?.record(whole);
    return whole;
  };

  const markDirty = (place: number): void => {
    if (place >= isDirty.length) {
      const longer = new Uint8Array(Math.max(place + 1, isDirty.length * 2));
      longer.set(isDirty);
      isDirty = longer;
    }
    if (isDirty[place] === 1) return;
    isDirty[place] = 1;
    dirty.push(place);
  };

  /** Where the figures of the next row go; undefined where it is not held. */
  const nextRow = (atMs: number, place: number): number | undefined => {
    if (held === rows) return undefined;
    buffer ??= new Float64Array(rows * width);
    const at = held * width;
    buffer[at] = atMs;
    buffer[at + 1] = place;
    held += 1;
    return at + 2;
  };

  const takeCounted = (): EventBatch | undefined => {
    if (dirty.length === 0) return undefined;
    const rows = new Float64Array(dirty.length * (width + 1));
    const atMs = lastAtMs || now();
    let at = 0;
    for (const place of dirty) {
      const series = table.all[place] as Series;
      const before = taken[place] ?? { count: 0, totals: new Float64Array(measures) };
      taken[place] = before;
      rows[at] = atMs;
      rows[at + 1] = place;
      rows[at + 2] = series.count - before.count;
      for (let measure = 0; measure < measures; measure += 1) {
        const total = series.totals[measure] as number;
        rows[at + 3 + measure] = isHighest[measure] ? total : total - (before.totals[measure] as number);
        if (isHighest[measure]) series.totals[measure] = 0;
      }
      before.count = series.count;
      before.totals.set(series.totals);
      at += width + 1;
    }
    const count = dirty.length;
    for (const place of dirty) isDirty[place] = 0;
    dirty = [];
    return { kind, count, rows, texts: [], namesOf };
  };

  return {
    kind,
    names,
    values,
    get series() {
      return table.all;
    },
    get overflowed() {
      return table.overflowed;
    },
    push(atMs, ...its) {
      const place = table.find(names);
      const series = table.all[place] as Series;
      series.count += 1;
      const at = isCounted ? undefined : nextRow(atMs, place);
      if (isCounted) markDirty(place);
      lastAtMs = atMs;
      for (let measure = 0; measure < measures; measure += 1) {
        const value = values[measure] as number;
        const kept = Number.isFinite(value) ? add(series, measure, value) : Number.NaN;
        if (at !== undefined) (buffer as Float64Array)[at + measure] = kept;
        values[measure] = Number.NaN;
      }
      if (at === undefined) return;
      for (let text = 0; text < textNames.length; text += 1) texts.push(its[text]);
      if (held === rows) onFull();
    },
    take() {
      if (isCounted) return takeCounted();
      if (buffer === undefined || held === 0) return undefined;
      const batch = { kind, count: held, rows: buffer.slice(0, held * width), texts: texts.splice(0), namesOf };
      held = 0;
      return batch;
    },
  };
};
