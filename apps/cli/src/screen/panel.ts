import { type Cells, writeCells } from './cells.ts';
import { widthOf } from './glyphs.ts';
import type { Area } from './layout.ts';
import { accent, bold, plain, quiet, type Style } from './styles.ts';

/** Pieces of a line, one behind another. */
export type Line = readonly (string | readonly [text: string, style: Style])[];

/** Writes within an area: a row and a column of it, and never beyond it. Returns the cells taken. */
export const writeIn = (
  cells: Cells,
  area: Area,
  row: number,
  column: number,
  text: string,
  style: Style = plain,
): number =>
  row < 0 || row >= area.rows
    ? 0
    : writeCells(cells, area.row + row, area.column + column, text, style, Math.max(0, area.columns - column));

export const writeLine = (cells: Cells, area: Area, row: number, line: Line, from = 0): void => {
  let column = from;
  for (const piece of line) {
    const [text, style] = typeof piece === 'string' ? ([piece, plain] as const) : piece;
    column += writeIn(cells, area, row, column, text, style);
  }
};

/** A text in so many cells: cut with an ellipsis, or filled with blanks. */
export const fitted = (text: string, width: number, side: 'left' | 'right' = 'left'): string => {
  const taken = widthOf(text);
  if (taken <= width) {
    const blanks = ' '.repeat(width - taken);
    return side === 'left' ? text + blanks : blanks + text;
  }
  if (width <= 0) return '';
  let cut = '';
  let used = 0;
  for (const character of text) {
    const next = widthOf(cut + character);
    if (next > width - 1) break;
    cut += character;
    used = next;
  }
  return `${cut}…${' '.repeat(Math.max(0, width - 1 - used))}`;
};

export interface PanelOptions {
  readonly title: string;
  /** Said in the right upper corner. */
  readonly note?: string;
  readonly isFocused?: boolean;
}

/** Draws a frame and returns what is within it, with a blank to each side. */
export const drawPanel = (cells: Cells, area: Area, { title, note = '', isFocused = false }: PanelOptions): Area => {
  const { rows, columns } = area;
  const border = isFocused ? accent : quiet;
  const inner = { row: area.row + 1, column: area.column + 2, rows: rows - 2, columns: columns - 4 };
  if (rows < 2 || columns < 5) return { ...inner, rows: 0, columns: 0 };
  const line = '─'.repeat(columns - 2);
  writeIn(cells, area, 0, 0, `╭${line}╮`, border);
  writeIn(cells, area, rows - 1, 0, `╰${line}╯`, border);
  for (let row = 1; row < rows - 1; row += 1) {
    writeIn(cells, area, row, 0, '│', border);
    writeIn(cells, area, row, columns - 1, '│', border);
  }
  const shown = ` ${title} `;
  writeIn(cells, { ...area, columns: columns - 1 }, 0, 2, shown, isFocused ? accent | bold : bold);
  const width = widthOf(note) + 2;
  if (note !== '' && widthOf(shown) + width + 4 <= columns) {
    writeIn(cells, area, 0, columns - width - 2, ` ${note} `, quiet);
  }
  return inner;
};
