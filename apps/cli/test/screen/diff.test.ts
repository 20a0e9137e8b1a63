import { type Arbitrary, array, assert, asyncProperty, constantFrom, integer, oneof, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cells, createCells, linesOf, writeCells } from '../../src/screen/cells.ts';
import { changesBetween } from '../../src/screen/diff.ts';
import { rightHalf, textOf } from '../../src/screen/glyphs.ts';
import { createScreen } from '../../src/screen/screen.ts';
import { type ColorDepth, sequencesOf } from '../../src/screen/styles.ts';
import { createEmulator, type Emulator } from './emulator.ts';

interface Writing {
  readonly row: number;
  readonly column: number;
  readonly text: string;
  readonly style: number;
}

const text: Arbitrary<string> = array(
  oneof(
    constantFrom(
      'a',
      'bc',
      ' ',
      '   ',
      '─',
      '│',
      '█',
      '▁',
      '…',
      'é',
      'e\u0301',
      'ö\u0323',
      '日',
      '本語',
      '한글',
      '\u1112\u1161',
      'ｱ',
      'Ａ',
    ),
    constantFrom(
      '🚀',
      '👩‍💻',
      '👍🏽',
      '❤️',
      '🇩🇪',
      '\u200b',
      '\u202e',
      '\ufeff',
      '\u0000',
      '\u001b[2J',
      '\n',
      '\t',
      '\u0301',
      '\ud800',
    ),
    string({ maxLength: 4 }),
  ),
  { maxLength: 12 },
).map((parts) => parts.join(''));

const frame: Arbitrary<readonly Writing[]> = array(
  record({
    row: integer({ min: -1, max: 12 }),
    column: integer({ min: -1, max: 40 }),
    text,
    style: integer({ min: 0, max: 6 }).chain((color) => constantFrom(color, color | 16, color | 32, color | 48)),
  }),
  { maxLength: 12 },
);

const draw = (cells: Cells, writings: readonly Writing[]): void => {
  for (const { row, column, text, style } of writings) writeCells(cells, row, column, text, style);
};

const drawn = (columns: number, rows: number, writings: readonly Writing[]): Cells => {
  const cells = createCells(columns, rows);
  draw(cells, writings);
  return cells;
};

/** Compares each cell with that of a terminal on which all is written in order, from its upper left corner. */
const expectShown = async (emulator: Emulator, cells: Cells, depth: ColorDepth): Promise<void> => {
  const reference = createEmulator(cells.columns, cells.rows);
  const sequences = sequencesOf(depth);
  const places = Array.from(cells.glyphs, (glyph, index) => {
    const column = index % cells.columns;
    return { glyph, column, row: (index - column) / cells.columns, sequence: sequences[cells.styles[index] as number] };
  });
  const whole = places
    .filter(({ glyph }) => glyph !== rightHalf)
    .map(({ glyph, row, column, sequence }) => `\u001b[${row + 1};${column + 1}H${sequence}${textOf(glyph)}`);
  await reference.write(whole.join(''));
  const shown = places.map(({ row, column }) => emulator.cell(row, column));
  expect(shown).toEqual(places.map(({ row, column }) => reference.cell(row, column)));
  expect(shown.map(({ text }) => text)).toEqual(places.map(({ glyph }) => (glyph === rightHalf ? '' : textOf(glyph))));
};

describe('what is written for a frame', () => {
  it('makes a terminal show exactly the cells wanted, after any frames and sizes', async () => {
    const step = record({
      writings: frame,
      columns: integer({ min: 1, max: 40 }),
      rows: integer({ min: 1, max: 10 }),
      isResized: constantFrom(false, false, true),
    });
    await assert(
      asyncProperty(
        array(step, { minLength: 1, maxLength: 6 }),
        constantFrom<ColorDepth>(1, 4, 8, 24),
        async (steps, depth) => {
          let [{ columns, rows } = { columns: 1, rows: 1 }] = steps;
          const emulator = createEmulator(columns, rows);
          // As the view has it.
          let written = '\u001b[?1049h\u001b[?25l\u001b[?7l';
          const output = {
            write: (bytes: string) => {
              written += bytes;
              return true;
            },
            once: () => {},
          };
          const screen = createScreen(output, { columns, rows, depth });
          for (const { writings, ...size } of steps) {
            if (size.isResized) {
              ({ columns, rows } = size);
              emulator.resize(columns, rows);
              screen.resize(columns, rows);
            }
            screen.paint((cells) => draw(cells, writings));
            await emulator.write(written);
            written = '';
            await expectShown(emulator, drawn(columns, rows, writings), depth);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is nothing where nothing changed, and little where little did', () => {
    const sequences = sequencesOf(24);
    const before = drawn(120, 40, [{ row: 3, column: 5, text: 'requests 12.4/s', style: 2 }]);
    const after = drawn(120, 40, [{ row: 3, column: 5, text: 'requests 12.5/s', style: 2 }]);
    expect(changesBetween(before, before, sequences)).toBe('');
    expect(changesBetween(before, after, sequences)).toBe(`\u001b[4;18H${sequences[2]}5\u001b[0m`);
  });

  it('never lets a name write anything but text', () => {
    const cells = drawn(30, 1, [{ row: 0, column: 0, text: 'gpt\u001b]0;x\u0007\u009b2J\n日', style: 0 }]);
    expect(linesOf(cells)).toEqual(['gpt�]0;x��2J�日']);
  });
});

describe('a screen', () => {
  const recorded = (takes: () => boolean) => {
    const writes: string[] = [];
    let ready = (): void => {};
    return {
      writes,
      drain: () => ready(),
      output: {
        write: (bytes: string) => {
          writes.push(bytes);
          return takes();
        },
        once: (_event: 'drain', listener: () => void) => {
          ready = listener;
        },
      },
    };
  };
  const words = (text: string) => (cells: Cells) => void writeCells(cells, 0, 0, text);

  it('writes each frame at once, between the marks of synchronised output', () => {
    const { writes, output } = recorded(() => true);
    const screen = createScreen(output, { columns: 10, rows: 2, depth: 1 });
    screen.paint(words('one'));
    screen.paint(words('one'));
    screen.paint(words('two'));
    expect(writes).toHaveLength(2);
    for (const bytes of writes) {
      expect(bytes.startsWith('\u001b[?2026h')).toBe(true);
      expect(bytes.endsWith('\u001b[?2026l')).toBe(true);
    }
  });

  it('leaves out frames that a slow terminal could not show in time', () => {
    let isReady = false;
    const { writes, output, drain } = recorded(() => isReady);
    const screen = createScreen(output, { columns: 10, rows: 2, depth: 1 });
    for (const text of ['one', 'two', 'six']) screen.paint(words(text));
    expect(writes).toHaveLength(1);
    isReady = true;
    drain();
    expect(writes).toHaveLength(2);
    expect(writes[1]).toContain('six');
  });

  it('writes everything again when something else was on the terminal', async () => {
    const { writes, output } = recorded(() => true);
    const screen = createScreen(output, { columns: 10, rows: 2, depth: 1 });
    screen.paint(words('one'));
    screen.forget();
    screen.paint(words('one'));
    expect(writes[1]).toBe(writes[0]);
  });
});
