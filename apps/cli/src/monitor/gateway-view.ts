import type { Cells } from '../screen/cells.ts';
import type { Area } from '../screen/layout.ts';
import {
  drawLatency,
  drawMoney,
  drawProcess,
  drawRequests,
  drawStatusLine,
  type FigureContent,
} from './figure-panels.ts';
import { drawBatches, drawTargets, drawTiers, runningBatches } from './gateway-panels.ts';
import type { FocusPanel, InterfaceState } from './interface-state.ts';
import { layOut } from './lay-out.ts';
import { createPanels } from './panels.ts';
import { listTargets } from './targets.ts';
import type { GatewayView } from './view.ts';
import { showAmount } from './words.ts';

/** Seconds; readings lie a few of them apart. */
const wholeMinute = 55;

/** A sample of a gateway. `rates` are requests a second, the last one last. */
export interface GatewayContent {
  readonly view: GatewayView;
  readonly rates: readonly (number | undefined)[];
}

/** Whoever began to watch a moment ago knows nothing of the whole minute. */
const timeOf = ({ watchedSeconds: seconds }: GatewayView): string => {
  if (seconds === null) return 'since watching';
  if (seconds >= wholeMinute) return 'in the last minute';
  return `in the last ${seconds < 1 ? seconds.toFixed(1) : Math.round(seconds)} s`;
};

/** Draws what a gateway does. Returns the panels that can have the focus. */
export const drawGateway = (
  cells: Cells,
  area: Area,
  { view, rates }: GatewayContent,
  state: InterfaceState,
): readonly FocusPanel[] => {
  const content: FigureContent = {
    view,
    rates,
    time: timeOf(view),
  };
  const { requests, latency, process, money, tiers, batches, line, bottom } = layOut(area);
  const { panel, list, drawn } = createPanels(cells, state);
  panel(
    'Requests',
    requests,
    (inner) => drawRequests(cells, inner, content),
    `${showAmount(view.requests.total)} in all`,
  );
  panel('Latency', latency, (inner) => drawLatency(cells, inner, content));
  panel('Process', process, (inner) => drawProcess(cells, inner, content));
  panel('Tokens and cost', money, (inner) => drawMoney(cells, inner, content));
  list('Cache', tiers, view.tiers.length, '', (inner, offset) => drawTiers(cells, inner, view, offset));
  panel('Batches', batches, (inner) => drawBatches(cells, inner, view));
  if (process === undefined) drawStatusLine(cells, line, content, ['batches', runningBatches(view)]);
  const targets = listTargets(view.targets, state);
  const filtered = state.filter === '' ? '' : ` with "${state.filter}"`;
  const note = `${targets.length}${filtered} by ${state.sort}`;
  list('Models', bottom, targets.length, note, (inner, offset) =>
    drawTargets(cells, inner, targets, offset, state.filter),
  );
  return drawn;
};
