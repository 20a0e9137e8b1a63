import type { EventKind } from '../kind.ts';
import type { OpenRecorder, RecorderOptions } from './recorder.ts';
import { createAddFigure, type Series } from './series.ts';
import { SeriesTable } from './series-table.ts';

/** What was taken of a series before. */
interface Taken {
  count: number;
  readonly totals: Float64Array;
}

/** Keeps counts and sums, and none of the single events: what is taken is by how much they have grown. */
export const createCountedRecorder = (kind: EventKind, { now, ...limits }: RecorderOptions): OpenRecorder => {
  const table = new SeriesTable(kind, limits);
  const add = createAddFigure(kind);
  const measures = kind.measureNames.length;
  const values = new Float64Array(measures).fill(Number.NaN);
  const names = new Array<string>(kind.dimensionNames.length).fill('');
  const isHighest = kind.measureNames.map((name) => kind.measures[name]?.keep === 'highest');
  const width = measures + 3;
  const taken: Taken[] = [];
  let changed: Series[] = [];
  let isChanged = new Uint8Array(64);
  let lastAtMs = 0;

  const namesOf = (series: number): readonly string[] => table.all[series]?.names ?? [];

  const mark = (series: Series): void => {
    const { place } = series;
    if (place >= isChanged.length) {
      const longer = new Uint8Array(Math.max(place + 1, isChanged.length * 2));
      longer.set(isChanged);
      isChanged = longer;
    }
    if (isChanged[place] === 1) return;
    isChanged[place] = 1;
    changed.push(series);
  };

  /** Writes what has come to a series since the last time. */
  const takeInto = (rows: Float64Array, at: number, { place, count, totals }: Series): void => {
    const before = taken[place] ?? { count: 0, totals: new Float64Array(measures) };
    taken[place] = before;
    rows[at] = lastAtMs || now();
    rows[at + 1] = place;
    rows[at + 2] = count - before.count;
    for (let measure = 0; measure < measures; measure += 1) {
      const total = totals[measure] as number;
      rows[at + 3 + measure] = isHighest[measure] ? total : total - (before.totals[measure] as number);
      if (isHighest[measure]) totals[measure] = 0;
    }
    before.count = count;
    before.totals.set(totals);
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
    push(atMs) {
      const series = table.find(names);
      series.count += 1;
      mark(series);
      lastAtMs = atMs;
      for (let measure = 0; measure < measures; measure += 1) {
        const value = values[measure] as number;
        if (Number.isFinite(value)) add(series, measure, value);
        values[measure] = Number.NaN;
      }
    },
    take() {
      const count = changed.length;
      if (count === 0) return undefined;
      const rows = new Float64Array(count * width);
      for (const [index, series] of changed.entries()) takeInto(rows, index * width, series);
      for (const { place } of changed) isChanged[place] = 0;
      changed = [];
      return { kind, count, rows, texts: [], namesOf };
    },
  };
};
