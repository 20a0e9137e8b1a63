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
  /** Records the event. `atMs`: when it ended, milliseconds since 1970. `texts`: in the order of `kind.textNames`. */
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
}

export const createRecorder = (kind: EventKind, { rows, onFull, ...limits }: RecorderOptions): OpenRecorder => {
  const table = new SeriesTable(kind, limits);
  const measures = kind.measureNames.length;
  const values = new Float64Array(measures).fill(Number.NaN);
  const names = new Array<string>(kind.dimensionNames.length).fill('');
  const isHighest = kind.measureNames.map((name) => kind.measures[name]?.keep === 'highest');
  const width = measures + 2;
  // Made with the first event: of most kinds a short process has none.
  let buffer: Float64Array | undefined;
  const texts: (string | undefined)[] = [];
  const { textNames } = kind;
  /** Of what is only counted: what was taken before, by series. */
  const taken: { count: number; readonly totals: Float64Array }[] = [];
  const dirty = new Set<number>();
  let held = 0;
  let lastAtMs = 0;

  const namesOf = (series: number): readonly string[] => table.all[series]?.names ?? [];

  /** Adds the figures to the series, and makes them the whole numbers that are kept. */
  const add = (series: Series): void => {
    series.count += 1;
    for (let measure = 0; measure < measures; measure += 1) {
      const value = values[measure] as number;
      if (!Number.isFinite(value)) {
        values[measure] = Number.NaN;
        continue;
      }
      const { totals } = series;
      if (isHighest[measure]) {
        values[measure] = Math.round(value);
        if (value > (totals[measure] as number)) totals[measure] = Math.round(value);
        continue;
      }
      const wanted = value + (series.rest[measure] as number);
      const whole = Math.round(wanted);
      series.rest[measure] = wanted - whole;
      totals[measure] = (totals[measure] as number) + whole;
      values[measure] = whole;
      series.histograms[measure]?.record(value);
    }
  };

  const takeCounted = (): EventBatch | undefined => {
    if (dirty.size === 0) return undefined;
    const rows = new Float64Array(dirty.size * (width + 1));
    let at = 0;
    for (const place of dirty) {
      const series = table.all[place] as Series;
      const before = taken[place] ?? { count: 0, totals: new Float64Array(measures) };
      taken[place] = before;
      rows[at] = lastAtMs;
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
    const count = dirty.size;
    dirty.clear();
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
      add(table.all[place] as Series);
      lastAtMs = atMs;
      if (kind.isCounted) {
        dirty.add(place);
      } else if (held < rows) {
        buffer ??= new Float64Array(rows * width);
        const at = held * width;
        buffer[at] = atMs;
        buffer[at + 1] = place;
        buffer.set(values, at + 2);
        for (let text = 0; text < textNames.length; text += 1) texts.push(its[text]);
        held += 1;
        if (held === rows) onFull();
      }
      values.fill(Number.NaN);
    },
    take() {
      if (kind.isCounted) return takeCounted();
      if (buffer === undefined || held === 0) return undefined;
      const batch = { kind, count: held, rows: buffer.slice(0, held * width), texts: texts.splice(0), namesOf };
      held = 0;
      return batch;
    },
  };
};
