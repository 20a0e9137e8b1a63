import { showCount, showDuration, showTime } from '../figures.ts';
import { renderColumns } from '../table.ts';

const eighths = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * A bar for each value, the highest being a full one; a blank for none, and `·` where nothing is known. `from`: what the lowest bar stands
 * for. For counts and sums that is 0; changes of what is never near it show only from the lowest value on.
 */
export const sparkline = (values: readonly (number | null)[], from: 'zero' | 'lowest' = 'zero'): string => {
  const known = values.filter((value) => value !== null);
  const most = Math.max(0, ...known);
  const least = from === 'zero' ? 0 : Math.min(...known);
  return values
    .map((value) => {
      if (value === null) return '·';
      if (value <= 0) return ' ';
      return eighths[Math.min(7, Math.floor(((value - least) / (most - least || 1)) * 8))] ?? ' ';
    })
    .join('');
};

/** As many values as there is room for, neighbours added up: for figures that are counts or sums. */
export const condensed = (values: readonly number[], most: number): readonly number[] => {
  const together = Math.ceil(values.length / most);
  if (together <= 1) return values;
  return Array.from({ length: Math.ceil(values.length / together) }, (_, index) =>
    values.slice(index * together, (index + 1) * together).reduce((sum, value) => sum + value, 0),
  );
};

/** `12.5%`, `0.03%`; `–` where there is nothing to take it of. */
export const showShare = (share: number | null): string => {
  if (share === null) return '–';
  const percent = share * 100;
  if (percent === 0) return '0%';
  const digits = Math.abs(percent) >= 10 ? 1 : Math.abs(percent) >= 0.01 ? 2 : 4;
  return `${percent.toFixed(digits)}%`;
};

/** Without digits that say nothing: `95%`, `2.5%`. */
export const showPlainShare = (share: number): string => `${Number((share * 100).toPrecision(6))}%`;

/** `+12.0%`, `-3.10%`. */
export const showChange = (change: number | null): string =>
  change === null ? '' : `${change > 0 ? '+' : ''}${showShare(change)}`;

export const showMs = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? '–' : showDuration(ms);

/** `1.2B`, `34.5M`, `12,345`. */
export const showMany = (count: number): string => {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)}B`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(1)}M` : showCount(Math.round(count));
};

/** Of requests whose names are not told apart; nothing where all are. */
export const showOverflow = (overflowed: number): string =>
  overflowed === 0
    ? ''
    : `\n${showCount(overflowed)} ${overflowed === 1 ? 'request stands' : 'requests stand'} under "other": there were too many names to tell theirs apart.\n`;

/** What is not told has no name. */
export const named = (name: string): string => (name === '' ? '(none)' : name);

/** `2026-11-15 11:05:00Z to 2026-11-22 11:05:00Z`. */
export const showPeriod = ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): string =>
  `${showTime(fromMs)} to ${showTime(toMs)}`;

/** ` with model gpt-5, gpt-5-mini`. */
export const showFilter = (where: Readonly<Record<string, string | readonly string[]>>): string => {
  const parts = Object.entries(where).map(
    ([name, values]) => `${name} ${(typeof values === 'string' ? [values] : values).map(named).join(' or ')}`,
  );
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
};

/** A table whose columns from `firstNumber` on are aligned at their right. */
export const showFigures = (
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  firstNumber = 1,
): string => {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const align = (row: readonly string[]): readonly string[] =>
    row.map((cell, column) => (column < firstNumber ? cell : cell.padStart(widths[column] ?? 0)));
  return renderColumns(align(heading), rows.map(align));
};
