import { type Cells, clearCells, createCells } from './cells.ts';
import { changesBetween } from './diff.ts';
import { type ColorDepth, sequencesOf } from './styles.ts';

/** Where frames are written to. */
export interface ScreenOutput {
  /** False where it cannot take more before `drain`. */
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

export interface Screen {
  /** Has a frame drawn on blank cells and writes what changed, at once; or the last of them as soon as the terminal is ready. */
  paint(draw: (cells: Cells) => void): void;
  resize(columns: number, rows: number): void;
  /** Writes all of the next frame: something else was on the terminal. */
  forget(): void;
}

// DEC private mode 2026: what is between the marks appears at once. Terminals that do not know it pass over them.
const begin = '\u001b[?2026h';
const end = '\u001b[?2026l';

/** Keeps two frames, the shown and the next. Each is one write between the marks of synchronised output; none where nothing changed. */
export const createScreen = (
  output: ScreenOutput,
  size: { readonly columns: number; readonly rows: number; readonly depth: ColorDepth },
): Screen => {
  const sequences = sequencesOf(size.depth);
  let { columns, rows } = size;
  let next = createCells(columns, rows);
  let spare = createCells(columns, rows);
  let shown: Cells | undefined;
  let isFull = false;
  let waiting: ((cells: Cells) => void) | undefined;

  const paint = (draw: (cells: Cells) => void): void => {
    if (isFull) {
      waiting = draw;
      return;
    }
    clearCells(next);
    draw(next);
    const changes = changesBetween(shown, next, sequences);
    if (changes === '') return;
    const drawn = next;
    next = shown ?? spare;
    shown = drawn;
    if (output.write(begin + changes + end)) return;
    // A slow line: frames that nobody can see are not written.
    isFull = true;
    output.once('drain', () => {
      isFull = false;
      const last = waiting;
      waiting = undefined;
      if (last) paint(last);
    });
  };

  return {
    paint,
    resize(newColumns, newRows) {
      columns = newColumns;
      rows = newRows;
      next = createCells(columns, rows);
      spare = createCells(columns, rows);
      shown = undefined;
    },
    forget() {
      if (shown) spare = shown;
      shown = undefined;
    },
  };
};
