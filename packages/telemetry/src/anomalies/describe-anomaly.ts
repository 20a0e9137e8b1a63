import { formatValue } from '../alerts/quantity.ts';
import type { Anomaly } from './find-anomalies.ts';
import type { AnomalyFigure, FigureAnomalies } from './read-anomalies.ts';

/** Anomalies are alerts of this rule; no other can have its name. */
export const anomalyRule = 'anomaly';

export const anomalyTitles: Readonly<Record<AnomalyFigure, string>> = {
  latency: 'Latency, 95th percentile',
  cost: 'Cost',
  errors: 'Requests that failed',
  hits: 'Cache hit rate',
};

const hourMs = 3_600_000;
const clockTime = (atMs: number): string => new Date(atMs).toISOString().slice(11, 16);

/** `2.9 times as much`, or `a third` where less is worse. */
const timesOf = ({ value, expected }: Anomaly): string => {
  if (expected <= 0 || value <= 0) return '';
  const times = value / expected;
  return times >= 1 ? `, ${Number(times.toPrecision(2))} times as much` : `, ${Math.round(times * 100)}% of that`;
};

/** Says in one line how an hour was, and how such hours are. */
export const describeAnomaly = (
  { figure, unit }: Pick<FigureAnomalies, 'figure' | 'unit'>,
  anomaly: Anomaly,
): string => {
  const { atMs, value, expected, hours } = anomaly;
  const time = `from ${clockTime(atMs)} to ${clockTime(atMs + hourMs)} UTC`;
  const whole = hours === 1 ? '' : `, and the ${hours} hours until then were no better`;
  return `${anomalyTitles[figure]}: ${formatValue(unit, value)} ${time}, where ${formatValue(unit, expected)} is usual${timesOf(anomaly)}${whole}`;
};
