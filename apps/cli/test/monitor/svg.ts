import type { Cells } from '../../src/screen/cells.ts';
import { rightHalf, textOf } from '../../src/screen/glyphs.ts';
import { bold, inverse, sequencesOf } from '../../src/screen/styles.ts';

const cellWidth = 8;
const cellHeight = 15;
const margin = 10;
const ground = '#15181d';
const ink = '#d5d9df';

/** The colours that a terminal of 24 bits is sent. */
const colors = sequencesOf(24).map((sequence) => {
  const [, red, green, blue] = /38;2;(\d+);(\d+);(\d+)/.exec(sequence) ?? [];
  return red === undefined ? ink : `rgb(${red},${green},${blue})`;
});

/** Blanks that no viewer of pictures folds. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(' ', '\u00a0');

interface Run {
  readonly column: number;
  readonly style: number;
  readonly width: number;
  readonly text: string;
}

const runsOf = ({ columns, glyphs, styles }: Cells, row: number): readonly Run[] => {
  const runs: Run[] = [];
  for (let column = 0; column < columns; column += 1) {
    const index = row * columns + column;
    const glyph = glyphs[index] ?? 0;
    const style = styles[index] ?? 0;
    const text = glyph === rightHalf ? '' : textOf(glyph);
    const last = runs.at(-1);
    if (last?.style === style) runs[runs.length - 1] = { ...last, width: last.width + 1, text: last.text + text };
    else runs.push({ column, style, width: 1, text });
  }
  return runs;
};

const draw = ({ column, style, width, text }: Run, row: number): string => {
  const x = margin + column * cellWidth;
  const y = margin + row * cellHeight;
  const isInverse = (style & inverse) !== 0;
  const color = colors[style] ?? ink;
  const box = isInverse
    ? `<rect x="${x}" y="${y}" width="${width * cellWidth}" height="${cellHeight}" fill="${color}"/>`
    : '';
  const shown = text.trimEnd();
  if (shown === '') return box;
  const weight = (style & bold) === 0 ? '' : ' font-weight="bold"';
  // The length keeps columns where they are in fonts of any width.
  const length = (width - (text.length - shown.length)) * cellWidth;
  const place = `x="${x}" y="${y + 12}" textLength="${length}"`;
  return `${box}<text ${place} fill="${isInverse ? ground : color}"${weight}>${escaped(shown)}</text>`;
};

/** A screen as a picture, in the colours of a terminal that has all of them. */
export const svgOf = (cells: Cells): string => {
  const width = cells.columns * cellWidth + 2 * margin;
  const height = cells.rows * cellHeight + 2 * margin;
  const lines = Array.from({ length: cells.rows }, (_, row) =>
    runsOf(cells, row)
      .map((run) => draw(run, row))
      .join(''),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="13">
<title>hotpath monitor</title>
<rect width="100%" height="100%" rx="8" fill="${ground}"/>
${lines.filter((line) => line !== '').join('\n')}
</svg>
`;
};
