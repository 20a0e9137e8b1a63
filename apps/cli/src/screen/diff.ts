import { type Cells, createCells } from './cells.ts';
import { type Glyph, isUncertain, isWide, rightHalf, textOf } from './glyphs.ts';

const moveTo = (row: number, column: number): string => `\u001b[${row + 1};${column + 1}H`;

const clearScreen = '\u001b[0m\u001b[2J';

/**
 * What to write so that a terminal which shows `before` shows `after`; empty where they are alike. Without `before`, or
 * where the size differs, the screen is cleared first. `sequences` sets styles, which are as after a reset in the end.
 */
export const changesBetween = (before: Cells | undefined, after: Cells, sequences: readonly string[]): string => {
  const { columns, rows, glyphs, styles } = after;
  const isNew = before?.columns !== columns || before.rows !== rows;
  const old = isNew ? createCells(columns, rows) : before;
  let text = isNew ? clearScreen : '';
  let style = -1;
  /** Where the cursor is known to be. */
  let cursor = -1;
  for (let index = 0; index < glyphs.length; index += 1) {
    const glyph = glyphs[index] as Glyph;
    // Its left half is written for both.
    if (glyph === rightHalf) continue;
    const wanted = styles[index] as number;
    if (glyph === old.glyphs[index] && wanted === old.styles[index]) continue;
    const column = index % columns;
    if (cursor !== index) {
      const gap = index - cursor;
      const isNear = cursor >= 0 && gap > 0 && column - gap >= 0;
      text += isNear ? (gap === 1 ? '\u001b[C' : `\u001b[${gap}C`) : moveTo((index - column) / columns, column);
    }
    if (style !== wanted) {
      style = wanted;
      text += sequences[wanted] ?? '';
    }
    text += textOf(glyph);
    const width = isWide(glyph) ? 2 : 1;
    // Behind the last column a terminal waits to wrap: it is told the place anew, as where it may count otherwise.
    cursor = isUncertain(glyph) || column + width >= columns ? -1 : index + width;
  }
  return style < 0 ? text : `${text}\u001b[0m`;
};
