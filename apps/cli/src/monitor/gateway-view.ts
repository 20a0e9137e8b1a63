import type { Cells } from '../screen/cells.ts';
import { type Area, splitColumns, splitRows } from '../screen/layout.ts';
import { drawPanel } from '../screen/panel.ts';
import { scrolled } from '../screen/table.ts';
import {
  drawBatches,
  drawLatency,
  drawMoney,
  drawProcess,
  drawRequests,
  drawStatusLine,
  drawTargets,
  drawTiers,
  type PanelContent,
} from './gateway-panels.ts';
import type { FocusPanel, InterfaceState } from './interface-state.ts';
import { listTargets } from './targets.ts';
import { showAmount } from './words.ts';

type Draw = (cells: Cells, area: Area, content: PanelContent) => void;

const between = (least: number, value: number, most: number): number =>
  Math.max(least, Math.min(most, Math.round(value)));

/** From this width on, process and batches have panels of their own. */
const wideColumns = 120;

/** Draws what a gateway does. Returns the panels that can have the focus. */
export const drawGateway = (
  cells: Cells,
  area: Area,
  content: PanelContent,
  state: InterfaceState,
): readonly FocusPanel[] => {
  const { view } = content;
  const isWide = area.columns >= wideColumns;
  const spare = Math.max(0, area.rows - 22);
  const heights = [between(6, 6 + spare / 4, 16), between(7, 7 + spare / 5, 10), isWide ? 0 : 1, { share: 1 }] as const;
  const [top, middle, line, bottom] = splitRows(area, heights) as [Area, Area, Area, Area];
  const sizes = isWide ? [{ share: 4 }, { share: 4 }, { share: 3 }] : [{ share: 1 }, { share: 1 }];
  const [requests, latency, process] = splitColumns(top, sizes) as [Area, Area, Area?];
  const [money, tiers, batches] = splitColumns(middle, sizes) as [Area, Area, Area?];
  const drawn: FocusPanel[] = [];

  const panel = (title: string, part: Area | undefined, draw: Draw, note = ''): void => {
    if (!part) return;
    const inner = drawPanel(cells, part, { title, note, isFocused: state.focus === drawn.length });
    draw(cells, inner, content);
    drawn.push({ name: title, rows: 0, room: 0 });
  };
  const list = (
    title: string,
    part: Area,
    rows: number,
    note: string,
    draw: (inner: Area, offset: number) => void,
  ): void => {
    const inner = drawPanel(cells, part, { title, note, isFocused: state.focus === drawn.length });
    const room = Math.max(0, inner.rows - 1);
    draw(inner, scrolled(state.offsets[title] ?? 0, rows, room));
    drawn.push({ name: title, rows, room });
  };

  panel('Requests', requests, drawRequests, `${showAmount(view.requests.total)} in all`);
  panel('Latency', latency, drawLatency);
  panel('Process', process, drawProcess);
  panel('Tokens and cost', money, drawMoney);
  list('Cache', tiers, view.tiers.length, '', (inner, offset) => drawTiers(cells, inner, content, offset));
  panel('Batches', batches, drawBatches);
  if (!isWide) drawStatusLine(cells, line, content);
  const targets = listTargets(view.targets, state);
  const filtered = state.filter === '' ? '' : ` with "${state.filter}"`;
  const note = `${targets.length}${filtered} by ${state.sort}`;
  list('Models', bottom, targets.length, note, (inner, offset) =>
    drawTargets(cells, inner, targets, offset, state.filter),
  );
  return drawn;
};
