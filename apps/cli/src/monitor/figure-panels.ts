import type { Cells } from '../screen/cells.ts';
import { drawBars } from '../screen/chart.ts';
import type { Area } from '../screen/layout.ts';
import { type Line, writeLine } from '../screen/panel.ts';
import { accent, bad, bold, good, plain, quiet, type Style, warning } from '../screen/styles.ts';
import type { Percentiles } from './percentiles.ts';
import type { LiveFigures } from './view.ts';
import { showAge, showAmount, showDollars, showLatency, showRate, showShare, showSize } from './words.ts';

/** What the panels show that a gateway and the local store have alike, besides the lists. */
export interface FigureContent {
  readonly view: LiveFigures;
  /** The bars of the chart, the last one last; undefined is a gap. */
  readonly rates: readonly (number | undefined)[];
  /** Of what time the latencies are, such as `in the last minute`. */
  readonly time: string;
}

export const label = (text: string, width: number): readonly [string, Style] => [text.padEnd(width), quiet];
export const figure = (text: string, width = 0): readonly [string, Style] => [text.padEnd(width), bold];

export const drawLines = (cells: Cells, area: Area, lines: readonly Line[]): void => {
  for (const [row, line] of lines.entries()) writeLine(cells, area, row, line);
};

/** Lines of plain words, each on as many rows as it takes. */
export const drawWrapped = (cells: Cells, area: Area, lines: readonly Line[]): void => {
  let row = 0;
  for (const line of lines) {
    const [first = ''] = line;
    const style = typeof first === 'string' ? plain : first[1];
    const text = line.map((piece) => (typeof piece === 'string' ? piece : piece[0])).join('');
    const rows: string[] = [''];
    for (const word of text.split(' ')) {
      const last = rows[rows.length - 1] as string;
      if (last !== '' && last.length + word.length >= area.columns) rows.push(word);
      else rows[rows.length - 1] = last === '' ? word : `${last} ${word}`;
    }
    for (const each of rows) {
      writeLine(cells, area, row, [[each, style]]);
      row += 1;
    }
  }
};

export const alarm = (value: number | null): Style => (value !== null && value > 0 ? bad | bold : plain);

/** Bars below the first line of a panel. */
export const drawChart = (cells: Cells, area: Area, values: readonly (number | undefined)[]): void => {
  const chart = { ...area, row: area.row + 1, rows: area.rows - 1 };
  const shown = values.slice(-Math.max(0, area.columns));
  const most = Math.max(...shown.map((value) => value ?? 0), 0);
  drawBars(cells, chart, shown, most, accent);
};

export const drawRequests = (cells: Cells, area: Area, { view: { requests }, rates }: FigureContent): void => {
  const { failedPerSecond, refusedPerSecond } = requests;
  writeLine(cells, area, 0, [
    figure(showRate(requests.perSecond), 8),
    label('in flight', 10),
    figure(showAmount(requests.inFlight), 4),
    label('errors', 7),
    [showRate(failedPerSecond), alarm(failedPerSecond)],
    ...(refusedPerSecond ? [label('  refused', 10), [showRate(refusedPerSecond), warning] as const] : []),
  ]);
  drawChart(cells, area, rates);
};

const percentileLine = (name: string, percentiles: Percentiles | null): Line => [
  label(name, 11),
  ...(['p50', 'p95', 'p99'] as const).map((key) => figure(showLatency(percentiles?.[key] ?? null).padStart(8))),
];

export const drawLatency = (cells: Cells, area: Area, { view, time }: FigureContent): void => {
  drawLines(cells, area, [
    [label('', 11), ...['p50', 'p95', 'p99'].map((name): readonly [string, Style] => [name.padStart(8), quiet])],
    percentileLine('first byte', view.firstByteMs),
    percentileLine('to the end', view.durationMs),
    [[`of ${showAmount(view.answers)} answers ${time}`, quiet]],
  ]);
};

export const drawMoney = (cells: Cells, area: Area, { view: { tokens, costUsd, savedUsd } }: FigureContent): void => {
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

const processFigures = ({ process }: LiveFigures): readonly (readonly [name: string, text: string, style: Style])[] => [
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

export const drawProcess = (cells: Cells, area: Area, { view }: FigureContent): void =>
  drawLines(
    cells,
    area,
    processFigures(view).map(([name, text, style]): Line => [label(name, 11), [text, style]]),
  );

/** Process and a count of what goes on in one line, where there is no room for panels of theirs. The header tells since when it is up. */
export const drawStatusLine = (
  cells: Cells,
  area: Area,
  { view }: FigureContent,
  [name, text]: readonly [name: string, text: string],
): void => {
  const figures: readonly (readonly [name: string, text: string, style: Style])[] = [
    ...processFigures(view).filter(([each]) => each !== 'up'),
    [name, text, bold],
  ];
  writeLine(
    cells,
    area,
    0,
    figures.flatMap(([title, value, style]): Line => [[` ${title} `, quiet], [value, style], ' ']),
  );
};
