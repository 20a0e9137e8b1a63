import type { EventKind } from '../kind.ts';
import type { OpenRecorder, RecorderOptions } from './recorder.ts';
import { createAddFigure } from './series.ts';
import { SeriesTable } from './series-table.ts';

/** Keeps each event until it is taken. */
export const createEventRecorder = (kind: EventKind, { rows, onFull, ...limits }: RecorderOptions): OpenRecorder => {
  const table = new SeriesTable(kind, limits);
  const add = createAddFigure(kind);
  const measures = kind.measureNames.length;
  const textCount = kind.textNames.length;
  const values = new Float64Array(measures).fill(Number.NaN);
  const names = new Array<string>(kind.dimensionNames.length).fill('');
  const width = measures + 2;
  // Made with the first event: of most kinds a short process has none.
  let buffer: Float64Array | undefined;
  const texts: (string | undefined)[] = [];
  let held = 0;

  const namesOf = (series: number): readonly string[] => table.all[series]?.names ?? [];

  /** Where the next row begins; undefined where it is not held. */
  const nextRow = (): number | undefined => {
    if (held === rows) return undefined;
    buffer ??= new Float64Array(rows * width);
    held += 1;
    return (held - 1) * width;
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
    push(atMs, first, second, third, fourth) {
      const series = table.find(names);
      series.count += 1;
      const at = nextRow();
      const row = buffer as Float64Array;
      for (let measure = 0; measure < measures; measure += 1) {
        const value = values[measure] as number;
        let kept = Number.NaN;
        if (Number.isFinite(value)) {
          kept = add(series, measure, value);
          values[measure] = Number.NaN;
        }
        if (at !== undefined) row[at + 2 + measure] = kept;
      }
      if (at === undefined) return;
      row[at] = atMs;
      row[at + 1] = series.place;
      if (textCount > 0) texts.push(first);
      if (textCount > 1) texts.push(second);
      if (textCount > 2) texts.push(third);
      if (textCount > 3) texts.push(fourth);
      if (held === rows) onFull();
    },
    take() {
      if (buffer === undefined || held === 0) return undefined;
      const batch = { kind, count: held, rows: buffer.slice(0, held * width), texts: texts.splice(0), namesOf };
      held = 0;
      return batch;
    },
  };
};
