import type { DatabaseSync } from 'node:sqlite';
import type { LogHistogram } from '../collector/log-histogram.ts';
import type { EventKind } from '../kind.ts';
import { seriesTable } from './layout.ts';
import type { Filter, Group, Grouping } from './query.ts';

/** What is summed up of the events of one group. */
export interface Sums {
  count: number;
  /** By the figures that are read; NaN where none had it. */
  readonly totals: Float64Array;
  /** By the spreads that are read. */
  readonly spreads: (LogHistogram | undefined)[];
}

/** Takes what is read for one grouping. */
export interface Tally {
  /** The sums that events of a series belong to at a time. */
  find(series: number, atMs: number): Sums | undefined;
  /** Whether it takes each of the spreads that are read. */
  readonly takes: readonly boolean[];
  /** Places of the figures that it sums up, of those that are read. */
  readonly sumsUp: readonly number[];
  groups(): readonly Group[];
}

/** What is read: names of columns, each once. */
export interface Columns {
  readonly figures: readonly string[];
  readonly spreads: readonly string[];
}

/** The names that a group is told by: the same object for all of its series. */
type Names = { readonly names: Readonly<Record<string, string>> };

export const createTally = (
  namesOf: ReadonlyMap<number, Names>,
  { figures, spreads }: Columns,
  { stepMs, ...grouping }: Grouping,
  fromMs: number,
): Tally => {
  /** By when the interval begins, then by the names. */
  const intervals = new Map<number, Map<Names, Sums>>();
  let start: number | undefined;
  let interval = new Map<Names, Sums>();
  /** Of the last interval, by series: rows come in the order of their time. */
  let known: (Sums | undefined)[] = [];
  const takes = spreads.map((name) => grouping.spreads?.includes(name) ?? true);
  const sumsUp = figures.flatMap((name, index) => ((grouping.totals?.includes(name) ?? true) ? [index] : []));

  const groupOf = (atMs: number, { names }: Names, { count, totals, spreads: found }: Sums): Group => {
    const group = {
      names,
      atMs,
      count,
      totals: {} as Record<string, number>,
      spreads: {} as Record<string, LogHistogram>,
    };
    for (const index of sumsUp) {
      const total = totals[index] as number;
      if (!Number.isNaN(total)) group.totals[figures[index] as string] = total;
    }
    spreads.forEach((name, index) => {
      if (found[index] !== undefined) group.spreads[name] = found[index];
    });
    return group;
  };

  return {
    takes,
    sumsUp,
    find(series, atMs) {
      const itsStart = stepMs === undefined ? fromMs : Math.floor(atMs / stepMs) * stepMs;
      if (itsStart !== start) {
        start = itsStart;
        interval = intervals.get(start) ?? new Map();
        intervals.set(start, interval);
        known = [];
      }
      const last = known[series];
      if (last !== undefined) return last;
      const names = namesOf.get(series);
      if (names === undefined) return undefined;
      let sums = interval.get(names);
      if (sums === undefined) {
        sums = { count: 0, totals: new Float64Array(figures.length).fill(Number.NaN), spreads: [] };
        interval.set(names, sums);
      }
      known[series] = sums;
      return sums;
    },
    groups: () =>
      [...intervals]
        .flatMap(([atMs, interval]) => [...interval].map(([names, sums]) => groupOf(atMs, names, sums)))
        .sort((one, other) => one.atMs - other.atMs || other.count - one.count),
  };
};

/** Series that fit, by their number, with the names that are told apart. */
export const readSeries = (
  database: DatabaseSync,
  kind: EventKind,
  by: readonly string[],
  where: Filter,
): ReadonlyMap<number, Names> => {
  const conditions: string[] = [];
  const parameters: string[] = [];
  for (const [name, given] of Object.entries(where)) {
    const allowed = typeof given === 'string' ? [given] : given;
    conditions.push(`"${name}" IN (${allowed.map(() => '?').join(', ')})`);
    parameters.push(...allowed);
  }
  const columns = ['id', ...by.map((name) => `"${name}"`)].join(', ');
  const condition = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const rows = database.prepare(`SELECT ${columns} FROM "${seriesTable(kind)}"${condition}`).all(...parameters);
  const groups = new Map<string, Names>();
  return new Map(
    rows.map((row) => {
      const texts = by.map((name) => String(row[name]));
      const key = JSON.stringify(texts);
      const group = groups.get(key) ?? {
        names: Object.fromEntries(by.map((name, place) => [name, texts[place] ?? ''])),
      };
      groups.set(key, group);
      return [Number(row.id), group];
    }),
  );
};
