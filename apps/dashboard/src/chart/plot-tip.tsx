import { showClock, showDay } from '../format/clock.ts';
import { orUnknown } from '../format/shares.ts';
import type { PlotProps } from './plot.tsx';

interface PlotTipProps extends Pick<PlotProps, 'at' | 'lines' | 'show'> {
  readonly index: number;
  /** Of the moment, within the drawing, pixels. */
  readonly left: number;
}

const dayMs = 86_400_000;

/** What the lines come to at one moment. */
export const PlotTip = ({ at, lines, show, index, left }: PlotTipProps) => {
  const moment = at[index];
  if (moment === undefined) return null;
  const isLong = (at.at(-1) ?? 0) - (at[0] ?? 0) >= dayMs;
  return (
    <div class={`tip ${index > at.length / 2 ? 'tip-left' : ''}`} style={{ left: `${left + 58}px` }}>
      <b>{isLong ? showDay(moment) : showClock(moment)}</b>
      {lines.map(({ label, values, color }) => (
        <span key={label}>
          <i class={`key key-${color}`} />
          {label} <b>{orUnknown(values[index], show)}</b>
        </span>
      ))}
    </div>
  );
};
