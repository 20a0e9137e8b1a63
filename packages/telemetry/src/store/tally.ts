import type { DatabaseSync } from 'node:sqlite';
import { LogHistogram } from '../collector/log-histogram.ts';
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

/** The sums of one group within one interval. */
export interface Entry {
  /** Tells its names from others. */
  readonly key: string;
  readonly atMs: number;
  readonly sums: Sums;
}

/** Takes what is read for one grouping. */
export interface Tally {
  /** The sums that events of a series belong to at a time. */
  find(series: number, atMs: number): Sums | undefined;
  /** The sums that an entry of another tally of the same grouping belongs to. */
  findGroup(key: string, atMs: number): Sums | undefined;
  /** Whether it takes each of the spreads that are read. */
  readonly takes: readonly boolean[];
  /** Places of the figures that it sums up, of those that are read. */
  readonly sumsUp: readonly number[];
  entries(): readonly Entry[];
  groups(): readonly Group[];
  /** Another one of the same grouping with nothing in it. */
  empty(): Tally;
}

/** A total with a value more; NaN stands for none yet. */
export const plus = (total: number, value: number, isHighest: boolean): number =>
  Number.isNaN(total) ? value : isHighest ? Math.max(total, value) : total + value;

/** The spread of a figure by its place, made where it is new. */
export const spreadAt = ({ spreads }: Sums, place: number): LogHistogram => {
  const histogram = spreads[place] ?? new LogHistogram();
  spreads[place] = histogram;
  return histogram;
};

/** What is read: names of columns, each once. */
export interface Columns {
  readonly figures: readonly string[];
  readonly spreads: readonly string[];
}

/** The names that a group is told by: the same object for all of its series. */
interface Names {
  /** All of them in one text. */
  readonly key: string;
  readonly names: Readonly<Record<string, string>>;
}

export const createTally = (
  namesOf: ReadonlyMap<number, Names>,
  columns: Columns,
  grouping: Grouping,
  fromMs: number,
): Tally => {
  const { figures, spreads } = columns;
  const { stepMs } = grouping;
  /** By when the interval begins, then by the names. */
  const intervals = new Map<number, Map<Names, Sums>>();
  let start: number | undefined;
  let interval = new Map<Names, Sums>();
  /** Of the last interval, by series: rows come in the order of their time. */
  let known: (Sums | undefined)[] = [];
  let byKey: ReadonlyMap<string, Names> | undefined;
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

  /** Of the interval in which `atMs` lies. */
  const goTo = (atMs: number): void => {
    const itsStart = stepMs === undefined ? fromMs : Math.floor(atMs / stepMs) * stepMs;
    if (itsStart === start) return;
    start = itsStart;
    interval = intervals.get(start) ?? new Map();
    intervals.set(start, interval);
    known = [];
  };

  const sumsOf = (names: Names): Sums => {
    const found = interval.get(names);
    if (found !== undefined) return found;
    const made = { count: 0, totals: new Float64Array(figures.length).fill(Number.NaN), spreads: [] };
    interval.set(names, made);
    return made;
  };

  return {
    takes,
    sumsUp,
    find(series, atMs) {
      goTo(atMs);
      const last = known[series];
      if (last !== undefined) return last;
      const names = namesOf.get(series);
      if (names === undefined) return undefined;
      const sums = sumsOf(names);
      known[series] = sums;
      return sums;
    },
    findGroup(key, atMs) {
      byKey ??= new Map([...namesOf.values()].map((names) => [names.key, names]));
      const names = byKey.get(key);
      if (names === undefined) return undefined;
      goTo(atMs);
      return sumsOf(names);
    },
    entries: () =>
      [...intervals].flatMap(([atMs, interval]) => [...interval].map(([{ key }, sums]) => ({ key, atMs, sums }))),
    groups: () =>
      [...intervals]
        .flatMap(([atMs, interval]) => [...interval].map(([names, sums]) => groupOf(atMs, names, sums)))
        .sort((one, other) => one.atMs - other.atMs || other.count - one.count),
    empty: () => createTally(namesOf, columns, grouping, fromMs),
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
        key,
        names: Object.fromEntries(by.map((name, place) => [name, texts[place] ?? ''])),
      };
      groups.set(key, group);
      return [Number(row.id), group];
    }),
  );
};
