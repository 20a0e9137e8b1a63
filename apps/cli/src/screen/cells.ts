import { blank, type Glyph, glyphsOf, isPlainText, isWide, rightHalf, textOf } from './glyphs.ts';
import { plain, type Style } from './styles.ts';

/** What is, or is to be, on a screen: a glyph and a style for each cell, row by row. */
export interface Cells {
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: Uint32Array;
  readonly styles: Uint8Array;
}

/** Cells that are blank. */
export const createCells = (columns: number, rows: number): Cells => ({
  columns,
  rows,
  glyphs: new Uint32Array(columns * rows).fill(blank),
  styles: new Uint8Array(columns * rows),
});

export const clearCells = ({ glyphs, styles }: Cells): void => {
  glyphs.fill(blank);
  styles.fill(plain);
};

/** Half a wide glyph cannot stay where its other half goes. */
const part = ({ glyphs }: Cells, index: number): void => {
  if (glyphs[index] === rightHalf) glyphs[index - 1] = blank;
  if (isWide(glyphs[index] as Glyph)) glyphs[index + 1] = blank;
};

/** Puts a glyph, whose room has been looked at, in its place. */
const put = (cells: Cells, index: number, glyph: Glyph, style: Style): void => {
  part(cells, index);
  cells.glyphs[index] = glyph;
  cells.styles[index] = style;
  if (!isWide(glyph)) return;
  part(cells, index + 1);
  cells.glyphs[index + 1] = rightHalf;
  cells.styles[index + 1] = style;
};

/**
 * Writes a text within one row, as far as `room` cells go, and returns how many it took. What lies outside of the screen
 * is left out.
 */
export const writeCells = (
  cells: Cells,
  row: number,
  column: number,
  text: string,
  style: Style = plain,
  room = cells.columns,
): number => {
  if (row < 0 || row >= cells.rows || column < 0) return 0;
  const end = Math.min(cells.columns, column + room);
  let at = column;
  if (isPlainText(text)) {
    for (; at < end && at - column < text.length; at += 1) {
      put(cells, row * cells.columns + at, text.charCodeAt(at - column), style);
    }
    return Math.max(0, at - column);
  }
  for (const glyph of glyphsOf(text)) {
    const width = isWide(glyph) ? 2 : 1;
    if (at + width > end) break;
    put(cells, row * cells.columns + at, glyph, style);
    at += width;
  }
  return at - column;
};

/** The screen as lines of text, without styles and without blanks at their ends. */
export const linesOf = ({ columns, rows, glyphs }: Cells): readonly string[] =>
  Array.from({ length: rows }, (_, row) =>
    Array.from(glyphs.subarray(row * columns, (row + 1) * columns), (glyph) =>
      glyph === rightHalf ? '' : textOf(glyph),
    )
      .join('')
      .trimEnd(),
  );
