import { useMemo } from 'preact/hooks';
import type { SeriesView } from '../../api/contract.ts';
import { Chart } from '../../chart/chart.tsx';
import { showDuration, showUsd } from '../../format/figures.ts';
import { failedShare, showRate, showShare } from '../../format/shares.ts';

interface ChartsProps {
  readonly series: SeriesView | undefined;
  readonly stepMs: number;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

const height = 176;
const nothing: readonly never[] = [];

const shares = (series: SeriesView | undefined): readonly (number | null)[] =>
  series?.requests.map((requests, index) =>
    failedShare({ requests, failed: series.failed[index] ?? 0, left: series.left[index] ?? 0 }),
  ) ?? nothing;

/** How the figures went over the time that was chosen. */
export const Charts = ({ series, stepMs, onZoom }: ChartsProps) => {
  const lines = useMemo(() => {
    const perSecond = (values: readonly number[] = nothing) => values.map((count) => (count / stepMs) * 1_000);
    return {
      requests: [{ label: 'Requests', values: perSecond(series?.requests), color: 'accent', kind: 'area' }],
      failed: [{ label: 'Failed', values: shares(series), color: 'bad', kind: 'area' }],
      latency: [
        { label: 'p95', values: series?.p95 ?? nothing, color: 'second' },
        { label: 'p50', values: series?.p50 ?? nothing, color: 'accent' },
      ],
      firstToken: [{ label: 'p50', values: series?.firstTokenP50 ?? nothing, color: 'accent', kind: 'area' }],
      cost: [
        { label: 'Spent', values: series?.costUsd ?? nothing, color: 'accent', kind: 'stack' },
        { label: 'Saved', values: series?.savedUsd ?? nothing, color: 'third', kind: 'stack' },
      ],
      hitRate: [{ label: 'Hit rate', values: series?.hitRate ?? nothing, color: 'accent', kind: 'area' }],
    } as const;
  }, [series, stepMs]);
  const common = { at: series?.at, height, onZoom };
  return (
    <div class="charts">
      <Chart {...common} title="Requests" lines={lines.requests} show={showRate} />
      <Chart
        {...common}
        title="Failed requests"
        lines={lines.failed}
        show={showShare}
        empty="Nothing failed in this time."
      />
      <Chart {...common} title="Latency" lines={lines.latency} show={showDuration} />
      <Chart {...common} title="Time to first token" lines={lines.firstToken} show={showDuration} />
      <Chart
        {...common}
        title="Cost and savings"
        lines={lines.cost}
        show={showUsd}
        empty="Nothing was spent or saved in this time."
      />
      <Chart {...common} title="Cache hit rate" lines={lines.hitRate} show={showShare} />
    </div>
  );
};
