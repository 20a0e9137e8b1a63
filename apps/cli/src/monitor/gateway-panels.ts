import type { Cells } from '../screen/cells.ts';
import type { Area } from '../screen/layout.ts';
import { type Line, writeLine } from '../screen/panel.ts';
import { bad, bold, good, plain, quiet, type Style, second, warning } from '../screen/styles.ts';
import { type Column, drawTable } from '../screen/table.ts';
import { alarm, drawLines, figure, label } from './figure-panels.ts';
import type { GatewayView, TargetView, TierView } from './view.ts';
import { showAmount, showDollars, showLatency, showRate, showShare, showSize } from './words.ts';

const shareStyle = (share: number | null): Style => (share === null ? quiet : share >= 0.5 ? good : plain);

const tierColumns: readonly Column<TierView>[] = [
  { title: 'tier', text: ({ name }) => name },
  {
    title: 'hits',
    width: 4,
    align: 'right',
    text: ({ hitShare }) => showShare(hitShare),
    style: ({ hitShare }) => shareStyle(hitShare),
  },
  { title: 'held', width: 5, align: 'right', text: ({ entries }) => showAmount(entries) },
  {
    title: 'size',
    width: 9,
    align: 'right',
    text: ({ bytes, maxBytes }) => (maxBytes === null ? showSize(bytes) : `${showSize(bytes)}/${showSize(maxBytes)}`),
    style: ({ bytes, maxBytes }) => (bytes !== null && maxBytes !== null && bytes > maxBytes * 0.95 ? warning : plain),
  },
  { title: 'read', width: 6, align: 'right', text: ({ readMs }) => showLatency(readMs) },
];

export const drawTiers = (cells: Cells, area: Area, { tiers }: GatewayView, offset: number): void => {
  if (tiers.length === 0) writeLine(cells, area, 0, [['The gateway has no cache, or it is silent.', quiet]]);
  else drawTable(cells, area, tierColumns, tiers, offset);
};

const stateOf = ({ breaker, isAvailable }: TargetView): string => {
  if (breaker !== 'closed') return breaker;
  return isAvailable ? 'closed' : 'waiting';
};

const stateStyles: Readonly<Record<string, Style>> = {
  closed: good,
  open: bad | bold,
  'half-open': warning,
  waiting: warning,
};

const targetColumns: readonly Column<TargetView>[] = [
  { title: 'provider', width: 12, text: ({ provider }) => provider, style: () => second },
  { title: 'model', text: ({ model }) => model },
  { title: 'calls', width: 8, align: 'right', text: ({ callsPerSecond }) => showRate(callsPerSecond) },
  {
    title: 'errors',
    width: 6,
    align: 'right',
    text: ({ errorShare }) => showShare(errorShare),
    style: ({ errorShare }) => alarm(errorShare),
  },
  { title: 'breaker', width: 9, text: stateOf, style: (target) => stateStyles[stateOf(target)] ?? plain },
  { title: 'in flight', width: 9, align: 'right', text: ({ inFlight }) => showAmount(inFlight) },
  { title: 'cost', width: 9, align: 'right', text: ({ costUsd }) => showDollars(costUsd) },
];

export const drawTargets = (
  cells: Cells,
  area: Area,
  targets: readonly TargetView[],
  offset: number,
  filter: string,
): void => {
  drawTable(cells, area, targetColumns, targets, offset);
  if (targets.length > 0) return;
  const text = filter === '' ? 'No model has been asked yet.' : `No model has "${filter}" in its name.`;
  writeLine(cells, area, 1, [[text, quiet]]);
};

/** The states of batches in the order of their lives; others follow. */
const batchStates = ['validating', 'in_progress', 'finalizing', 'cancelling'];

const batchLines = ({ batches }: GatewayView): readonly (readonly [name: string, text: string])[] => {
  if (batches === null) return [['', 'The gateway tells nothing of batches.']];
  const names = [...new Set([...batchStates, ...Object.keys(batches)])].filter((name) => (batches[name] ?? 0) > 0);
  if (names.length === 0) return [['', 'None is running.']];
  return names.map((name) => [name.replaceAll('_', ' '), showAmount(batches[name] ?? 0)]);
};

export const drawBatches = (cells: Cells, area: Area, view: GatewayView): void =>
  drawLines(
    cells,
    area,
    batchLines(view).map(([name, text]): Line => (name === '' ? [[text, quiet]] : [label(name, 14), figure(text)])),
  );

/** How many batches are running; unknown where the gateway tells nothing of them. */
export const runningBatches = ({ batches }: GatewayView): string =>
  showAmount(batches && Object.values(batches).reduce((sum, count) => sum + count, 0));
