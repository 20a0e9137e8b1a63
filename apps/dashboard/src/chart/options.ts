import type uPlot from 'uplot';
import { showTick } from '../format/clock.ts';
import { type Colors, faded } from './colors.ts';
import { aloneIn, type Line } from './columns.ts';

export interface DrawOptions {
  readonly lines: readonly Line[];
  readonly show: (value: number) => string;
  readonly width: number;
  readonly height: number;
  readonly colors: Colors;
  /** Charts of one page show the same moment. */
  readonly syncKey: string;
  readonly onPoint: (index: number | null, left: number) => void;
  readonly onZoom?: ((fromMs: number, toMs: number) => void) | undefined;
}

const font = '11px system-ui, sans-serif';
/** The least room for what stands at the left: charts below one another have their times in line. */
const gutter = 58;

const seriesOf = (
  { label, color, kind = 'line' }: Line,
  colors: Colors,
  bars: uPlot.Series.PathBuilder,
): uPlot.Series => {
  const stroke = colors.of(color);
  const common = {
    label,
    stroke,
    width: 1.5,
    points: {
      show: true,
      size: 4,
      width: 0,
      fill: stroke,
      filter: (plot: uPlot, line: number) => aloneIn([...(plot.data[line] ?? [])]),
    },
    spanGaps: false,
  };
  if (kind === 'line') return common;
  if (kind === 'bars') return { ...common, width: 0, fill: stroke, paths: bars };
  return { ...common, fill: faded(stroke, kind === 'stack' ? 0.55 : 0.14) };
};

/** How uPlot draws these lines: no legend of its own, since the page writes it. */
export const optionsOf = (Plot: typeof uPlot, options: DrawOptions): uPlot.Options => {
  const { lines, show, width, height, colors, syncKey, onPoint, onZoom } = options;
  const bars = (Plot.paths.bars as uPlot.Series.BarsPathBuilderFactory)({ size: [0.7, 24] });
  const axis = { stroke: colors.text, font, ticks: { show: false }, grid: { stroke: colors.grid, width: 1 } };
  // What is stacked is drawn from the top down, so that each covers what is not its own.
  const bands = lines.flatMap(({ kind }, index) =>
    kind === 'stack' && lines[index - 1]?.kind === 'stack' ? [{ series: [index + 1, index] as [number, number] }] : [],
  );
  return {
    width,
    height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: onZoom !== undefined, y: false, setScale: false },
      sync: { key: syncKey },
    },
    scales: { y: { range: (_, __, high) => [0, high > 0 ? high * 1.08 : 1] } },
    axes: [
      {
        ...axis,
        size: 24,
        grid: { show: false },
        space: 64,
        values: (_, splits, __, ___, step) => splits.map((seconds) => showTick(seconds * 1_000, step * 1_000)),
      },
      { ...axis, size: gutter, gap: 6, space: 36, values: (_, values) => values.map((value) => show(value)) },
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, colors, bars))],
    bands,
    hooks: {
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? null, cursor.left ?? 0)],
      setSelect: [
        (plot) => {
          const { left, width: marked } = plot.select;
          if (marked > 4 && onZoom) onZoom(plot.posToVal(left, 'x') * 1_000, plot.posToVal(left + marked, 'x') * 1_000);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
};
