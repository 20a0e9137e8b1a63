import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { showClock, showDay } from '../format/clock.ts';
import { orUnknown } from '../format/shares.ts';
import { DataTable } from '../parts/data-table.tsx';
import { hasValues, rowsOf, summaryOf } from './columns.ts';
import { Plot, type PlotProps } from './plot.tsx';

export interface ChartProps extends Omit<PlotProps, 'at' | 'lines'> {
  readonly title: string;
  /** Undefined until it is there: the place is kept. */
  readonly at: readonly number[] | undefined;
  readonly lines: PlotProps['lines'];
  readonly empty?: ComponentChildren;
  /** As beside the title. */
  readonly aside?: ComponentChildren;
}

const dayMs = 86_400_000;

/** A chart with its legend, the same in words, and as a table for whoever opens it. */
export const Chart = ({ title, at, lines, show, height, onZoom, empty, aside }: ChartProps) => {
  const [isOpen, setOpen] = useState(false);
  const showTime = at && (at.at(-1) ?? 0) - (at[0] ?? 0) >= dayMs ? showDay : showClock;
  const isEmpty = at !== undefined && !hasValues(lines);
  return (
    <figure class="panel chart" aria-label={title}>
      <figcaption class="panel-head">
        <h2>{title}</h2>
        <ul class="legend" aria-label="Lines">
          {lines.map(({ label, color }) => (
            <li key={label}>
              <i class={`key key-${color}`} />
              {label}
            </li>
          ))}
        </ul>
        {aside}
      </figcaption>
      {at === undefined ? (
        <div key="skeleton" class="skeleton" style={{ height: `${height}px` }} />
      ) : isEmpty ? (
        <div key="empty" class="chart-empty" style={{ height: `${height}px` }}>
          {empty ?? 'Nothing happened in this time.'}
        </div>
      ) : (
        <Plot at={at} lines={lines} show={show} height={height} onZoom={onZoom} />
      )}
      <p class="hidden">{at && summaryOf(at, lines, { show, showTime })}</p>
      <details class="chart-table" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          As a table<span class="hidden">: {title}</span>
        </summary>
        {isOpen && at && (
          <DataTable
            caption={title}
            isCaptionHidden
            rows={rowsOf(at, lines)}
            keyOf={(row) => String(row.at)}
            columns={[
              { name: 'Time', cell: (row) => showTime(row.at) },
              ...lines.map(({ label }, index) => ({
                name: label,
                isNumber: true,
                cell: (row: { readonly values: readonly (number | null)[] }) => orUnknown(row.values[index], show),
              })),
            ]}
          />
        )}
      </details>
    </figure>
  );
};
