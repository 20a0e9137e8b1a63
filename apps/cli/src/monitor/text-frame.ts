import { createCells, linesOf } from '../screen/cells.ts';
import { type Content, drawMonitor, leastColumns, leastRows } from './draw.ts';
import { firstState } from './interface-state.ts';
import { listNames } from './store-view.ts';

const mostColumns = 160;
const mostRows = 400;

/** Lists that are seen one at a time where there is little room. */
const listsOf = ({ view }: Content): readonly string[] =>
  view.source === 'store' && view.figures !== null ? listNames : [];

/** A sample as plain text of so many columns (at least 80), with all of its lists in full. */
export const textFrame = (content: Content, columns = leastColumns): string => {
  const width = Math.max(leastColumns, Math.min(mostColumns, columns));
  for (let rows = leastRows; ; rows += 1) {
    const cells = createCells(width, rows);
    const panels = drawMonitor(cells, content, firstState, { hasKeys: false });
    const isThere = (name: string): boolean => panels.some((panel) => panel.name === name);
    const isWhole = panels.every((panel) => panel.rows <= panel.room) && listsOf(content).every(isThere);
    if (isWhole || rows >= mostRows) return `${linesOf(cells).join('\n').trimEnd()}\n`;
  }
};
