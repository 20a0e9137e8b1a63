import type { Reading } from './reading.ts';
import { createTotals } from './totals.ts';

/** What happened between two moments. */
export interface Span {
  readonly seconds: number;
  /** How much a count rose. */
  of(name: string): number;
}

/** Readings of the last minutes. Counts go on where those of a server begin anew. */
export interface History {
  add(reading: Reading, atMs: number): void;
  /** Notes that nobody answered: no rate is taken across it. */
  addGap(atMs: number): void;
  last(): Reading | undefined;
  /** Everything counted, also before a server began anew. */
  total(name: string): number;
  totalNames(): Iterable<string>;
  /** From the first reading within `ms` (a minute at most) to the last, two at least; undefined while there are none. */
  span(ms: number): Span | undefined;
  /** How often a second a count rose between each two readings, the oldest first; undefined for a gap. */
  rates(name: string, most: number): readonly (number | undefined)[];
}

interface Moment {
  readonly atMs: number;
  /** Undefined for a gap. */
  readonly totals: ReadonlyMap<string, number> | undefined;
}

/** How far back a span goes; each moment of it holds all counts. */
const longestSpanMs = 60_000;
/** A rate each, for the charts. */
const mostRates = 600;
/** Counts of which a chart is drawn. */
const charted = ['requests', 'failed', 'tokens-in', 'tokens-out', 'cost'] as const;

const rise = (from: ReadonlyMap<string, number>, to: ReadonlyMap<string, number>, name: string): number =>
  Math.max(0, (to.get(name) ?? 0) - (from.get(name) ?? 0));

const keep = <Item>(items: Item[], item: Item, most: number): void => {
  items.push(item);
  if (items.length > most) items.shift();
};

export const createHistory = (): History => {
  const totals = createTotals();
  const moments: Moment[] = [];
  const rates = new Map<string, (number | undefined)[]>(charted.map((name) => [name, []]));
  let last: Reading | undefined;

  const note = (atMs: number, now: Moment['totals']): void => {
    const previous = moments.at(-1);
    moments.push({ atMs, totals: now });
    // The one at which the longest span begins stays.
    while ((moments[1]?.atMs ?? atMs) <= atMs - longestSpanMs) moments.shift();
    if (!previous) return;
    const seconds = (atMs - previous.atMs) / 1000;
    for (const [name, values] of rates) {
      const isKnown = previous.totals && now && seconds > 0;
      keep(values, isKnown ? rise(previous.totals, now, name) / seconds : undefined, mostRates);
    }
  };

  return {
    add(reading, atMs) {
      last = reading;
      note(atMs, totals.add(reading.counts, reading.startedAt));
    },
    addGap: (atMs) => note(atMs, undefined),
    last: () => last,
    total: (name) => totals.of(name),
    totalNames: () => totals.names(),
    span(ms) {
      const end = moments.at(-1);
      if (!end?.totals) return undefined;
      let start: Moment | undefined;
      for (let index = moments.length - 2; index >= 0; index -= 1) {
        const moment = moments[index];
        // What was before a gap says nothing of now.
        if (!moment?.totals || (start && end.atMs - moment.atMs > ms)) break;
        start = moment;
      }
      if (!start?.totals || end.atMs <= start.atMs) return undefined;
      const { totals: from } = start;
      const { totals: to } = end;
      return { seconds: (end.atMs - start.atMs) / 1000, of: (name) => rise(from, to, name) };
    },
    rates: (name, most) => rates.get(name)?.slice(-most) ?? [],
  };
};
