import { createCells, linesOf } from '../screen/cells.ts';
import { type Content, drawMonitor, leastColumns, leastRows } from './draw.ts';
import { firstState } from './interface-state.ts';

const mostColumns = 160;
const mostRows = 400;

/** A sample as plain text of so many columns (at least 80), with all of its lists in full. */
export const textFrame = (content: Content, columns = leastColumns): string => {
  const width = Math.max(leastColumns, Math.min(mostColumns, columns));
  for (let rows = leastRows; ; rows += 1) {
    const cells = createCells(width, rows);
    const panels = drawMonitor(cells, content, firstState, { hasKeys: false });
    const isWhole = panels.every((panel) => panel.rows <= panel.room);
    if (isWhole || rows >= mostRows) return `${linesOf(cells).join('\n').trimEnd()}\n`;
  }
};
