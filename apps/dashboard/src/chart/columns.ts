export type Color = 'accent' | 'second' | 'third' | 'fourth' | 'bad';

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly color: Color;
  /** `stack` adds it on top of the ones before it. @default 'line' */
  readonly kind?: 'line' | 'area' | 'bars' | 'stack' | undefined;
}

/** What uPlot draws: seconds, then a column for each line. */
export type Columns = [number[], ...(number | null)[][]];

/** Lines of the kind `stack` become sums, each with all before it. */
export const columnsOf = (at: readonly number[], lines: readonly Line[]): Columns => {
  const sums: number[] = at.map(() => 0);
  const columns = lines.map(({ kind, values }) => {
    if (kind !== 'stack') return at.map((_, index) => values[index] ?? null);
    return at.map((_, index) => {
      sums[index] = (sums[index] ?? 0) + (values[index] ?? 0);
      return sums[index] ?? 0;
    });
  });
  return [at.map((ms) => ms / 1_000), ...columns];
};

const known = (values: readonly (number | null)[]): readonly number[] =>
  values.filter((value): value is number => value !== null);

export const hasValues = (lines: readonly Line[]): boolean =>
  lines.some(({ values }) => values.some((value) => value !== null && value !== 0));

export interface SummaryOptions {
  readonly show: (value: number) => string;
  readonly showTime: (epochMs: number) => string;
}

/** A chart in words: where each line is highest, and where it ends. */
export const summaryOf = (
  at: readonly number[],
  lines: readonly Line[],
  { show, showTime }: SummaryOptions,
): string => {
  const [first, last] = [at[0], at.at(-1)];
  if (first === undefined || last === undefined || !hasValues(lines)) return 'Nothing happened in this time.';
  const told = lines.flatMap(({ label, values }) => {
    const all = known(values);
    if (all.length === 0) return [];
    const highest = Math.max(...all);
    const when = at[values.indexOf(highest)] ?? last;
    return [`${label}: highest ${show(highest)} at ${showTime(when)}, at the end ${show(all.at(-1) ?? 0)}.`];
  });
  return `From ${showTime(first)} to ${showTime(last)}. ${told.join(' ')}`;
};

/** Values that stand alone, with nothing known beside them: no line leads there, so that they need a point. */
export const aloneIn = (values: readonly (number | null | undefined)[]): number[] =>
  values.flatMap((value, index) => {
    const isKnown = (at: number): boolean => typeof values[at] === 'number';
    return typeof value === 'number' && !isKnown(index - 1) && !isKnown(index + 1) ? [index] : [];
  });

/** Rows for a table beside a chart, at most so many: every so-manieth interval, the last one among them. */
export const rowsOf = (at: readonly number[], lines: readonly Line[], most = 24) => {
  const every = Math.max(1, Math.ceil(at.length / most));
  return at.flatMap((ms, index) =>
    (at.length - 1 - index) % every === 0 ? [{ at: ms, values: lines.map(({ values }) => values[index] ?? null) }] : [],
  );
};

/** Points of a line within a box, for a small chart: `0,10 5,3`. */
export const pointsOf = (values: readonly (number | null)[], width: number, height: number): string => {
  const all = known(values);
  const highest = Math.max(...all, Number.MIN_VALUE);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values
    .flatMap((value, index) =>
      value === null
        ? []
        : [`${Number((index * step).toFixed(1))},${Number((height - (value / highest) * height).toFixed(1))}`],
    )
    .join(' ');
};
