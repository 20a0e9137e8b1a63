import type { Cells } from '../screen/cells.ts';
import { widthOf } from '../screen/glyphs.ts';
import { type Area, splitRows } from '../screen/layout.ts';
import { drawPanel, fitted, type Line, writeIn, writeLine } from '../screen/panel.ts';
import { accent, bad, bold, good, inverse, plain, quiet, warning } from '../screen/styles.ts';
import { drawGateway, type GatewayContent } from './gateway-view.ts';
import type { FocusPanel, InterfaceState } from './interface-state.ts';
import { drawStore, type StoreView } from './store-view.ts';
import { showAge } from './words.ts';

/** What the view shows: a gateway, or the local store. */
export type Content = GatewayContent | { readonly view: StoreView };

export const leastColumns = 80;
export const leastRows = 24;

const keyHelp = [
  ['q, Ctrl-C', 'quit'],
  ['p', 'pause, and go on'],
  ['tab, ← →', 'go to the next panel'],
  ['↑ ↓ page home end', 'scroll the list of the panel'],
  ['s', 'sort the models: calls, errors, in flight, cost, name'],
  ['/', 'filter the models; enter keeps the filter, esc ends it'],
  ['r, l', 'of the local store: the time that is shown, and the list'],
  ['Ctrl-L', 'draw the screen anew'],
  ['Ctrl-Z', 'stop; fg goes on'],
] as const;

const isGateway = (content: Content): content is GatewayContent => content.view.source === 'gateway';

const connection = (content: Content, isPaused: boolean): Line[number] => {
  if (isPaused) return ['▌▌ paused', warning | bold];
  if (!isGateway(content))
    return content.view.url === null ? ['● local store', good] : ['○ no gateway: local store', warning];
  return content.view.isConnected ? ['● live', good] : ['○ reconnecting', bad | bold];
};

const drawHeader = (cells: Cells, area: Area, content: Content, { isPaused }: InterfaceState): void => {
  const { view } = content;
  const [text, style] = connection(content, isPaused) as readonly [string, number];
  const place = view.source === 'gateway' ? view.url : view.path;
  const uptime = view.source === 'gateway' ? view.process.uptimeSeconds : null;
  const right = `${uptime === null ? '' : `up ${showAge(uptime)}  `}${view.at.slice(11, 19)}Z`;
  const room = area.columns - right.length - widthOf(text) - 22;
  writeLine(cells, area, 0, [
    [' hotpath monitor', accent | bold],
    `  ${fitted(place, Math.min(room, widthOf(place)))}  `,
    [text, style],
  ]);
  writeIn(cells, area, 0, area.columns - right.length - 1, right, quiet);
};

const problemOf = (content: Content): string | null =>
  isGateway(content) ? content.view.problem : content.view.storeProblem;

const drawFooter = (cells: Cells, area: Area, content: Content, { isFiltering, filter }: InterfaceState): void => {
  if (isFiltering) {
    writeLine(cells, area, 0, [
      [' filter ', inverse],
      ` ${filter}`,
      [' ', inverse],
      ['  enter keeps it, esc ends it', quiet],
    ]);
    return;
  }
  const problem = problemOf(content);
  if (problem !== null) {
    writeLine(cells, area, 0, [[` ${fitted(problem, area.columns - 2)}`, warning]]);
    return;
  }
  const keys = [
    ['q', 'quit'],
    ['p', 'pause'],
    ['tab', 'panel'],
    ...(isGateway(content)
      ? [['↑↓', 'scroll']]
      : [
          ['l', 'list'],
          ['r', 'range'],
        ]),
    ['s', 'sort'],
    ['/', 'filter'],
    ['?', 'help'],
  ];
  writeLine(
    cells,
    area,
    0,
    keys.flatMap(
      ([key = '', text = '']): Line => [
        [` ${key}`, bold],
        [` ${text} `, quiet],
      ],
    ),
  );
};

const drawHelp = (cells: Cells, area: Area): void => {
  const columns = 78;
  const rows = keyHelp.length + 6;
  const box = {
    row: area.row + Math.floor((area.rows - rows) / 2),
    column: area.column + Math.floor((area.columns - columns) / 2),
    rows,
    columns,
  };
  for (let row = 0; row < rows; row += 1) writeIn(cells, box, row, 0, ' '.repeat(columns));
  const inner = drawPanel(cells, box, { title: 'Keys', isFocused: true });
  for (const [row, [key, text]] of keyHelp.entries()) writeLine(cells, inner, row, [[key.padEnd(20), bold], text]);
  writeIn(
    cells,
    inner,
    inner.rows - 3,
    0,
    'Rates are of the last 5 seconds; latencies, shares and the cost of an hour',
    quiet,
  );
  writeIn(
    cells,
    inner,
    inner.rows - 2,
    0,
    'of the last minute; totals since the gateway started. Hits of the cache',
    quiet,
  );
  writeIn(
    cells,
    inner,
    inner.rows - 1,
    0,
    'are told of all its time where there were no lookups in that minute.',
    quiet,
  );
};

/** Draws a frame, on paper without the `hasKeys` line. Returns the panels that can have the focus. */
export const drawMonitor = (
  cells: Cells,
  content: Content,
  state: InterfaceState,
  { hasKeys = true }: { readonly hasKeys?: boolean } = {},
): readonly FocusPanel[] => {
  const { columns, rows } = cells;
  const whole = { row: 0, column: 0, rows, columns };
  if (columns < leastColumns || rows < leastRows) {
    const text = `hotpath monitor needs ${leastColumns} x ${leastRows} characters; this terminal has ${columns} x ${rows}.`;
    for (let row = 0; row * columns < text.length; row += 1) {
      writeIn(cells, whole, row, 0, text.slice(row * columns, (row + 1) * columns), plain);
    }
    return [];
  }
  const [header, body, footer] = splitRows(whole, [
    1,
    { share: 1 },
    hasKeys || problemOf(content) !== null ? 1 : 0,
  ]) as [Area, Area, Area];
  drawHeader(cells, header, content, state);
  const panels = isGateway(content)
    ? drawGateway(cells, body, content, state)
    : drawStore(cells, body, content.view, state);
  drawFooter(cells, footer, content, state);
  if (state.isHelpShown) drawHelp(cells, body);
  return panels;
};
