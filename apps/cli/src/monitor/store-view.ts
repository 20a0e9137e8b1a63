import type { Cells } from '../screen/cells.ts';
import { type Area, splitColumns, splitRows } from '../screen/layout.ts';
import { drawLatency, drawMoney, drawProcess, drawStatusLine, drawWrapped } from './figure-panels.ts';
import type { FocusPanel, InterfaceState } from './interface-state.ts';
import { layOut } from './lay-out.ts';
import { createPanels } from './panels.ts';
import { showRange } from './range.ts';
import type { StoreFigures } from './store-figures.ts';
import {
  drawRecent,
  drawRuns,
  drawStoreRequests,
  drawStoreTargets,
  drawStoreTiers,
  nothingThere,
} from './store-panels.ts';
import { listTargets } from './targets.ts';
import { showAmount, showShare } from './words.ts';

/** One sample of the local store, as `--json` prints it, with the figures beside the rest. */
export interface StoreView {
  readonly source: 'store';
  /** ISO 8601. */
  readonly at: string;
  /** Where a gateway was looked for, and why none was found. Null where none was. */
  readonly url: string | null;
  readonly problem: string | null;
  /** The file of events. */
  readonly path: string;
  /** How far back it is looked at, in whole five minutes. */
  readonly rangeMs: number;
  /** Null while there is no file; and while it cannot be read: `storeProblem` says why. */
  readonly figures: StoreFigures | null;
  readonly storeProblem: string | null;
}

/** The lists that share the room below, by the titles of their panels. */
export const listNames = ['Models', 'Requests of late', 'Runs'] as const;
type ListName = (typeof listNames)[number];

/** So many rows make a list worth while, with its frame and its titles. */
const leastListRows = 8;
const frameRows = 3;
/** From this width on, lists are beside one another. */
const leastBeside = 150;

/** All lists where there is room: beside one another, or one below the other; else the one that a key has chosen. */
const placesOfLists = (
  area: Area,
  counts: Readonly<Record<ListName, number>>,
  chosen: number,
  isWide: boolean,
): ReadonlyMap<ListName, Area> => {
  // Runs have a panel of their own on a wide screen.
  const names = listNames.filter((name) => name !== 'Runs' || !isWide);
  const parts = (areas: readonly Area[]): ReadonlyMap<ListName, Area> =>
    new Map(names.flatMap((name, index) => (areas[index] ? [[name, areas[index]] as const] : [])));
  const shares = names.map(() => ({ share: 1 }));
  if (area.columns >= leastBeside) return parts(splitColumns(area, shares));
  // One that is empty says so in a row.
  const wanted = names.map((name) => Math.max(1, counts[name]) + frameRows);
  const allRows = wanted.reduce((sum, rows) => sum + rows, 0);
  if (allRows <= area.rows) return parts(splitRows(area, [...wanted.slice(0, -1), { share: 1 }]));
  if (area.rows >= leastListRows * names.length) return parts(splitRows(area, shares));
  return new Map([[names[chosen % names.length] ?? 'Models', area]]);
};

/** Draws what is recorded on this machine. Returns the panels that can have the focus. */
export const drawStore = (cells: Cells, area: Area, view: StoreView, state: InterfaceState): readonly FocusPanel[] => {
  const { figures, rangeMs, at, path, storeProblem } = view;
  const { panel, list, drawn } = createPanels(cells, state);
  if (figures === null) {
    panel('Local store', area, (inner) => drawWrapped(cells, inner, nothingThere(path, storeProblem)));
    return drawn;
  }
  const time = `in the last ${showRange(rangeMs)}`;
  const content = { view: figures, rates: [], time };
  const places = layOut(area);
  const { runs, recent } = figures;
  const targets = listTargets(figures.targets, state);
  const counts = { Models: targets.length, 'Requests of late': recent.length, Runs: runs.length };
  const lists = placesOfLists(places.bottom, counts, state.list, places.batches !== undefined);

  panel(
    'Requests',
    places.requests,
    (inner) => drawStoreRequests(cells, inner, figures),
    `${showAmount(figures.requests.total)} ${time}`,
  );
  panel('Latency', places.latency, (inner) => drawLatency(cells, inner, content));
  panel('Process', places.process, (inner) => drawProcess(cells, inner, content));
  panel('Tokens and cost', places.money, (inner) => drawMoney(cells, inner, content));
  const hits = figures.hitShare === null ? '' : `${showShare(figures.hitShare)} hits`;
  list('Cache', places.tiers, figures.tiers.length, hits, (inner, offset) =>
    drawStoreTiers(cells, inner, figures.tiers, offset),
  );
  const drawRunsIn = (inner: Area, offset: number): void => drawRuns(cells, inner, runs, offset, at);
  list('Runs', places.batches, runs.length, showAmount(runs.length), drawRunsIn);
  if (places.process === undefined) drawStatusLine(cells, places.line, content, ['runs', showAmount(runs.length)]);

  const filtered = state.filter === '' ? '' : ` with "${state.filter}"`;
  list(
    'Models',
    lists.get('Models'),
    targets.length,
    `${targets.length}${filtered} by ${state.sort === 'calls' ? 'asked' : state.sort}`,
    (inner, offset) => drawStoreTargets(cells, inner, targets, offset, state.filter),
  );
  list('Requests of late', lists.get('Requests of late'), recent.length, showAmount(recent.length), (inner, offset) =>
    drawRecent(cells, inner, recent, offset, at),
  );
  list('Runs', lists.get('Runs'), runs.length, showAmount(runs.length), drawRunsIn);
  return drawn;
};
