import { pointsOf } from './columns.ts';

interface SparklineProps {
  readonly values: readonly (number | null)[];
}

const [width, height] = [120, 24];

/** The course of a figure that stands beside it: a picture for the eye alone. */
export const Sparkline = ({ values }: SparklineProps) => (
  <svg class="sparkline" viewBox={`0 -2 ${width} ${height + 4}`} preserveAspectRatio="none" aria-hidden="true">
    {values.length > 1 && <polyline points={pointsOf(values, width, height)} />}
  </svg>
);
