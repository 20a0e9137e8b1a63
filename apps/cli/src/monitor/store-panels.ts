import { condensed } from '../analytics/text.ts';
import type { Cells } from '../screen/cells.ts';
import type { Area } from '../screen/layout.ts';
import { type Line, writeLine } from '../screen/panel.ts';
import { bad, bold, good, plain, quiet, type Style, second, warning } from '../screen/styles.ts';
import { type Column, drawTable } from '../screen/table.ts';
import { alarm, drawChart, figure, label } from './figure-panels.ts';
import type { RecentRequest, RecentRun, StoreFigures, StoreTarget } from './store-figures.ts';
import type { TierView } from './view.ts';
import { showAmount, showDollars, showLatency, showRate, showShare } from './words.ts';

/** As many bars as there are cells: of more intervals some are added up, of fewer each is as wide as the others or a cell wider. */
const fittingBars = (values: readonly number[], columns: number): readonly number[] => {
  const bars = condensed(values, Math.max(1, columns));
  return Array.from({ length: columns }, (_, column) => bars[Math.floor((column * bars.length) / columns)] ?? 0);
};

export const drawStoreRequests = (cells: Cells, area: Area, { requests, byInterval }: StoreFigures): void => {
  const { total, failed, refused, perSecond } = requests;
  const share = total > 0 ? showShare(failed / total) : '';
  writeLine(cells, area, 0, [
    figure(showRate(perSecond), 8),
    label('failed', 7),
    // There is no room for all of it.
    [refused > 0 ? share : `${showAmount(failed)}${share === '' ? '' : ` (${share})`}`, alarm(failed)],
    ...(refused > 0 ? [label('  refused', 10), [showAmount(refused), warning] as const] : []),
  ]);
  drawChart(cells, area, fittingBars(byInterval, area.columns));
};

const targetColumns: readonly Column<StoreTarget>[] = [
  { title: 'provider', width: 12, text: ({ provider }) => provider, style: () => second },
  { title: 'model', text: ({ model }) => model },
  { title: 'asked', width: 6, align: 'right', text: ({ calls }) => showAmount(calls) },
  {
    title: 'errors',
    width: 6,
    align: 'right',
    text: ({ errorShare }) => showShare(errorShare),
    style: ({ errorShare }) => alarm(errorShare),
  },
  { title: 'p50', width: 7, align: 'right', text: ({ p50Ms }) => showLatency(p50Ms) },
  { title: 'p95', width: 7, align: 'right', text: ({ p95Ms }) => showLatency(p95Ms) },
  { title: 'hits', width: 4, align: 'right', text: ({ hitShare }) => showShare(hitShare) },
  { title: 'cost', width: 8, align: 'right', text: ({ costUsd }) => showDollars(costUsd) },
];

export const drawStoreTargets = (
  cells: Cells,
  area: Area,
  targets: readonly StoreTarget[],
  offset: number,
  filter: string,
): void => {
  drawTable(cells, area, targetColumns, targets, offset);
  if (targets.length > 0) return;
  const text = filter === '' ? 'No model was asked in this time.' : `No model has "${filter}" in its name.`;
  writeLine(cells, area, 1, [[text, quiet]]);
};

const tierColumns: readonly Column<TierView>[] = [
  { title: 'tier', text: ({ name }) => name },
  { title: 'hits', width: 6, align: 'right', text: ({ hitShare }) => showShare(hitShare), style: () => good },
  { title: 'answered', width: 9, align: 'right', text: ({ hits }) => showAmount(hits) },
];

export const drawStoreTiers = (cells: Cells, area: Area, tiers: readonly TierView[], offset: number): void => {
  if (tiers.length === 0) writeLine(cells, area, 0, [['No cache had an answer.', quiet]]);
  else drawTable(cells, area, tierColumns, tiers, offset);
};

const outcomeStyles: Readonly<Record<string, Style>> = {
  complete: good,
  succeeded: good,
  failed: bad | bold,
  left: warning,
};
const styleOf = ({ outcome }: { readonly outcome: string }): Style => outcomeStyles[outcome] ?? plain;

/** Those of a day by their time, older ones by their day. */
const timeOf = (at: string, now: string): string =>
  at.slice(0, 10) === now.slice(0, 10) ? at.slice(11, 19) : at.slice(5, 10);

/** How a request ended: by what it failed with, or that the cache had it. */
const endOf = ({ outcome, code, cache }: RecentRequest): string => {
  if (outcome === 'failed') return code === '' ? 'failed' : code.replace(/^ROUTER_/, '');
  return outcome === 'complete' && (cache === 'hit' || cache === 'coalesced') ? cache : outcome;
};

const recentColumns = (now: string): readonly Column<RecentRequest>[] => [
  { title: 'time', width: 8, text: ({ at }) => timeOf(at, now), style: () => quiet },
  { title: 'model', text: ({ model }) => model },
  { title: 'end', width: 16, text: endOf, style: styleOf },
  { title: 'took', width: 7, align: 'right', text: ({ durationMs }) => showLatency(durationMs) },
  { title: 'cost', width: 8, align: 'right', text: ({ costUsd }) => showDollars(costUsd) },
];

export const drawRecent = (
  cells: Cells,
  area: Area,
  recent: readonly RecentRequest[],
  offset: number,
  now: string,
): void => {
  drawTable(cells, area, recentColumns(now), recent, offset);
  if (recent.length === 0) writeLine(cells, area, 1, [['No request in this time.', quiet]]);
};

const runColumns = (now: string): readonly Column<RecentRun>[] => [
  { title: 'time', width: 8, text: ({ at }) => timeOf(at, now), style: () => quiet },
  { title: 'run', text: ({ name }) => name },
  { title: 'end', width: 9, text: ({ outcome }) => outcome, style: styleOf },
  { title: 'took', width: 7, align: 'right', text: ({ durationMs }) => showLatency(durationMs) },
];

export const drawRuns = (cells: Cells, area: Area, runs: readonly RecentRun[], offset: number, now: string): void => {
  drawTable(cells, area, runColumns(now), runs, offset);
  if (runs.length === 0) writeLine(cells, area, 1, [['No run in this time.', quiet]]);
};

/** What to do where there is nothing to show. */
export const nothingThere = (path: string, storeProblem: string | null): readonly Line[] =>
  storeProblem !== null
    ? [[['The events cannot be read. Looking again.', warning]], [storeProblem]]
    : [
        [['Nothing is recorded yet', bold], ` in ${path}.`],
        [],
        ['Ask something with "hotpath ask", run a workflow with "hotpath run", or start a gateway'],
        ['with "hotpath serve": it is shown here as soon as it is done.'],
        [['Nothing is recorded where telemetry.enabled of the configuration is false.', quiet]],
      ];
