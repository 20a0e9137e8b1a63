import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { useStore } from '../store.ts';
import { shownTheme } from '../theme.ts';
import { readColors } from './colors.ts';
import { columnsOf, type Line } from './columns.ts';
import { optionsOf } from './options.ts';
import { PlotTip } from './plot-tip.tsx';

export interface PlotProps {
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly show: (value: number) => string;
  readonly height: number;
  readonly onZoom?: ((fromMs: number, toMs: number) => void) | undefined;
}

/** The drawing alone; those who do not see it are told by the figure around it. */
export const Plot = ({ at, lines, show, height, onZoom }: PlotProps) => {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef({ at, lines, onZoom });
  latest.current = { at, lines, onZoom };
  const [point, setPoint] = useState<{ index: number; left: number }>();
  const theme = useStore(shownTheme);
  const form = lines.map(({ label, kind, color }) => `${label} ${kind} ${color}`).join('\n');

  // Other values are drawn below, another form or theme anew.
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let isGone = false;
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    // It comes by itself, so that the page is there before what draws charts.
    void import('uplot').then(({ default: UPlot }) => {
      if (isGone) return;
      const options = optionsOf(UPlot, {
        lines: latest.current.lines,
        show,
        width: element.clientWidth,
        height,
        colors: readColors(element),
        syncKey: 'page',
        onPoint: (index, left) => setPoint(index === null || left < 0 ? undefined : { index, left }),
        onZoom: onZoom && ((from, to) => latest.current.onZoom?.(from, to)),
      });
      plot.current = new UPlot(options, columnsOf(latest.current.at, latest.current.lines), element);
      observer.observe(element);
    });
    return () => {
      isGone = true;
      observer.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [form, theme, height, onZoom === undefined]);

  useEffect(() => plot.current?.setData(columnsOf(at, lines)), [at, lines]);

  return (
    <div class="plot" ref={box} style={{ height: `${height}px` }} aria-hidden="true">
      {point && <PlotTip at={at} lines={lines} show={show} index={point.index} left={point.left} />}
    </div>
  );
};
