import type { Cells } from './cells.ts';
import type { Area } from './layout.ts';
import { fitted, writeIn } from './panel.ts';
import { plain, quiet, type Style } from './styles.ts';

export interface Column<Row> {
  readonly title: string;
  /** Cells; the column without one takes what the others leave. */
  readonly width?: number;
  readonly align?: 'left' | 'right';
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style;
}

/** How far a list of `count` rows can be scrolled where `room` of them are seen. */
export const scrolled = (offset: number, count: number, room: number): number =>
  Math.max(0, Math.min(offset, count - room));

/** Titles, and the rows from `offset` on that fit below them. A cell of blanks is between the columns. */
export const drawTable = <Row>(
  cells: Cells,
  area: Area,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  offset: number,
): void => {
  const fixed = columns.reduce((sum, { width = 0 }) => sum + width + 1, -1);
  const flexible = Math.max(0, area.columns - fixed);
  const draw = (
    line: number,
    textOf: (column: Column<Row>) => string,
    styleOf: (column: Column<Row>) => Style,
  ): void => {
    let at = 0;
    for (const column of columns) {
      const width = column.width ?? flexible;
      writeIn(cells, area, line, at, fitted(textOf(column), width, column.align), styleOf(column));
      at += width + 1;
    }
  };
  draw(
    0,
    ({ title }) => title,
    () => quiet,
  );
  for (const [index, row] of rows.slice(offset, offset + Math.max(0, area.rows - 1)).entries()) {
    draw(
      index + 1,
      ({ text }) => text(row),
      ({ style }) => style?.(row) ?? plain,
    );
  }
};
