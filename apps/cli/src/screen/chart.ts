import type { Cells } from './cells.ts';
import type { Area } from './layout.ts';
import { writeIn } from './panel.ts';
import { quiet, type Style } from './styles.ts';

const eighths = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Bars from the bottom of the area, the last value at its right edge; undefined is a gap. `most` is a full bar. */
export const drawBars = (
  cells: Cells,
  area: Area,
  values: readonly (number | undefined)[],
  most: number,
  style: Style,
): void => {
  const shown = values.slice(-Math.max(0, area.columns));
  const first = area.columns - shown.length;
  for (const [index, value] of shown.entries()) {
    if (value === undefined) {
      writeIn(cells, area, area.rows - 1, first + index, '·', quiet);
      continue;
    }
    const height = most > 0 ? Math.min(area.rows * 8, Math.round((value / most) * area.rows * 8)) : 0;
    // What is little is not nothing.
    const levels = value > 0 ? Math.max(1, height) : 0;
    for (let row = 0; row < area.rows && row * 8 < levels; row += 1) {
      const block = eighths[Math.min(8, levels - row * 8)] ?? ' ';
      writeIn(cells, area, area.rows - 1 - row, first + index, block, style);
    }
  }
};
