import type { Cells } from '../screen/cells.ts';
import { drawBars } from '../screen/chart.ts';
import type { Area } from '../screen/layout.ts';
import { type Line, writeLine } from '../screen/panel.ts';
import { accent, bad, bold, good, plain, quiet, type Style, second, warning } from '../screen/styles.ts';
import { type Column, drawTable } from '../screen/table.ts';
import type { Percentiles } from './percentiles.ts';
import type { GatewayView, TargetView, TierView } from './view.ts';
import { showAge, showAmount, showDollars, showLatency, showRate, showShare, showSize } from './words.ts';

/** What a panel shows of a sample, besides the lists. `rates` are requests a second, the last one last. */
export interface PanelContent {
  readonly view: GatewayView;
  readonly rates: readonly (number | undefined)[];
}

const label = (text: string, width: number): readonly [string, Style] => [text.padEnd(width), quiet];
const figure = (text: string, width = 0): readonly [string, Style] => [text.padEnd(width), bold];

const drawLines = (cells: Cells, area: Area, lines: readonly Line[]): void => {
  for (const [row, line] of lines.entries()) writeLine(cells, area, row, line);
};

const alarm = (value: number | null): Style => (value !== null && value > 0 ? bad | bold : plain);

export const drawRequests = (cells: Cells, area: Area, { view: { requests }, rates }: PanelContent): void => {
  const { failedPerSecond, refusedPerSecond } = requests;
  writeLine(cells, area, 0, [
    figure(showRate(requests.perSecond), 8),
    label('in flight', 10),
    figure(showAmount(requests.inFlight), 4),
    label('errors', 7),
    [showRate(failedPerSecond), alarm(failedPerSecond)],
    ...(refusedPerSecond ? [label('  refused', 10), [showRate(refusedPerSecond), warning] as const] : []),
  ]);
  const chart = { ...area, row: area.row + 1, rows: area.rows - 1 };
  const shown = rates.slice(-Math.max(0, area.columns));
  const most = Math.max(...shown.map((rate) => rate ?? 0), 0);
  drawBars(cells, chart, shown, most, accent);
};

const percentileLine = (name: string, percentiles: Percentiles | null): Line => [
  label(name, 11),
  ...(['p50', 'p95', 'p99'] as const).map((key) => figure(showLatency(percentiles?.[key] ?? null).padStart(8))),
];

export const drawLatency = (cells: Cells, area: Area, { view }: PanelContent): void => {
  drawLines(cells, area, [
    [label('', 11), ...['p50', 'p95', 'p99'].map((name): readonly [string, Style] => [name.padStart(8), quiet])],
    percentileLine('first byte', view.firstByteMs),
    percentileLine('to the end', view.durationMs),
    [[`of ${showAmount(view.answers)} answers in the last minute`, quiet]],
  ]);
};

export const drawMoney = (cells: Cells, area: Area, { view: { tokens, costUsd, savedUsd } }: PanelContent): void => {
  const tokenLine = (name: string, perSecond: number | null, total: number): Line => [
    label(name, 11),
    figure(showRate(perSecond), 10),
    [`${showAmount(total)} in all`, quiet],
  ];
  const parts = [
    ['cache', savedUsd.cache],
    ['coalescing', savedUsd.coalescing],
    ['prompts', savedUsd.promptCaching],
    ['batch', savedUsd.batch],
  ] as const;
  const isRoomy = area.rows >= 4 + parts.length;
  drawLines(cells, area, [
    tokenLine('tokens in', tokens.inPerSecond, tokens.in),
    tokenLine('tokens out', tokens.outPerSecond, tokens.out),
    [label('cost', 11), figure(showDollars(costUsd.total), 10), [`${showDollars(costUsd.perHour)} an hour`, quiet]],
    [label('saved', 11), [showDollars(savedUsd.total), good | bold]],
    ...(isRoomy
      ? parts.map(([name, usd]): Line => [label(`  ${name}`, 13), showDollars(usd)])
      : [parts.filter(([, usd]) => usd > 0).map(([name, usd]) => [`${name} ${showDollars(usd)}  `, quiet] as const)]),
  ]);
};

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

export const drawTiers = (cells: Cells, area: Area, { view: { tiers } }: PanelContent, offset: number): void => {
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

export const drawBatches = (cells: Cells, area: Area, { view }: PanelContent): void =>
  drawLines(
    cells,
    area,
    batchLines(view).map(([name, text]): Line => (name === '' ? [[text, quiet]] : [label(name, 14), figure(text)])),
  );

const processFigures = ({ process }: GatewayView): readonly (readonly [name: string, text: string, style: Style])[] => [
  ['CPU', showShare(process.cpuShare), process.cpuShare !== null && process.cpuShare > 0.9 ? warning | bold : bold],
  ['memory', showSize(process.residentBytes), bold],
  ['heap', showSize(process.heapBytes), bold],
  [
    'loop lag',
    showLatency(process.eventLoopLagMs),
    process.eventLoopLagMs !== null && process.eventLoopLagMs > 100 ? warning | bold : bold,
  ],
  ['loop busy', showShare(process.eventLoopBusyShare), bold],
  ['up', showAge(process.uptimeSeconds), bold],
];

export const drawProcess = (cells: Cells, area: Area, { view }: PanelContent): void =>
  drawLines(
    cells,
    area,
    processFigures(view).map(([name, text, style]): Line => [label(name, 11), [text, style]]),
  );

/** Process and batches in one line, where there is no room for panels of theirs. The header tells since when it is up. */
export const drawStatusLine = (cells: Cells, area: Area, { view }: PanelContent): void => {
  const running = view.batches && Object.values(view.batches).reduce((sum, count) => sum + count, 0);
  const figures: readonly (readonly [name: string, text: string, style: Style])[] = [
    ...processFigures(view).filter(([name]) => name !== 'up'),
    ['batches', showAmount(running), bold],
  ];
  writeLine(
    cells,
    area,
    0,
    figures.flatMap(([name, text, style]): Line => [[` ${name} `, quiet], [text, style], ' ']),
  );
};
