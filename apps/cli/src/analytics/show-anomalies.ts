import type { AnomalyReport, EventStore, FigureAnomalies } from '@hotpath/runtime/analytics';
import { showTime, showUsd } from '../figures.ts';
import { note, styledOut, writeOut } from '../terminal.ts';
import { withEvents } from './open-events.ts';
import { showFigures, showMs, showPeriod, showShare, sparkline } from './text.ts';

interface AnomaliesFlags {
  readonly days: number | undefined;
  readonly store: string | undefined;
  readonly config: string | undefined;
  readonly json: boolean;
}

const command = 'analytics anomalies';
const dayHours = 24;
const hourMs = 3_600_000;
const mostBars = 56;

const showValue = ({ unit }: FigureAnomalies, value: number): string => {
  if (unit === 'microseconds') return showMs(value / 1000);
  return unit === 'micro-dollars' ? showUsd(value / 1e6) : showShare(value);
};

/** The highest of neighbours, or the lowest where less is worse: an hour that was bad is not hidden by those beside it. */
const worstOf = ({ figure, hourly }: FigureAnomalies): readonly (number | null)[] => {
  const together = Math.ceil(hourly.length / mostBars);
  return Array.from({ length: Math.ceil(hourly.length / together) }, (_, index) => {
    const known = hourly.slice(index * together, (index + 1) * together).filter((value) => value !== null);
    if (known.length === 0) return null;
    return figure === 'hits' ? Math.min(...known) : Math.max(...known);
  });
};

const timesText = (value: number, expected: number): string =>
  expected > 0 ? `${Number((value / expected).toPrecision(2))} x` : '–';

const render = (report: AnomalyReport, titles: Readonly<Record<FigureAnomalies['figure'], string>>): string => {
  const figures = report.figures.map(
    (each) =>
      [
        titles[each.figure],
        sparkline(worstOf(each), each.figure === 'latency' || each.figure === 'hits' ? 'lowest' : 'zero'),
        each.missing ?? `${each.anomalies.length === 0 ? 'none' : each.anomalies.length}`,
      ] as const,
  );
  const rows = report.figures
    .flatMap((each) => each.anomalies.map((anomaly) => ({ each, anomaly })))
    .sort((one, other) => other.anomaly.atMs - one.anomaly.atMs)
    .map(({ each, anomaly: { severity, atMs, value, expected, hours, deviations } }) => [
      showTime(atMs),
      severity,
      titles[each.figure],
      showValue(each, value),
      showValue(each, expected),
      timesText(value, expected),
      deviations.toFixed(1),
      String(hours),
    ]);
  const table =
    rows.length === 0
      ? 'All hours were as hours like them.\n'
      : `${showFigures(['hour', 'level', 'figure', 'was', 'usual', 'times', 'deviations', 'hours'], rows, 3)}
${styledOut('bold', 'page')}: far from this hour of other days. ${styledOut('bold', 'warn')}: worse than this hour of other weeks, at the level of the last days.
It is so on the whole of as many hours as the last column says.
`;
  return `${showPeriod(report)}, hours that have ended\n\n${showFigures(['figure', 'hour by hour', 'unlike others'], figures, 9)}\n${table}`;
};

/** Hours of the time asked for, as far as they have ended. */
const hoursOf = (days: number): number => Math.max(1, Math.round(days * dayHours));

/** Resolves to the exit code. */
export const showAnomalies = (flags: AnomaliesFlags): Promise<number> =>
  withEvents(
    { ...flags, model: [], provider: [], key: [], where: [] },
    command,
    async ({ analytics, store, explainNothing }) => {
      const report = analytics.readAnomalies(store, { nowMs: Date.now(), hours: hoursOf(flags.days ?? 7) });
      const { figures } = report;
      const isNothing = figures.every(({ hourly, days }) => days === 0 && hourly.every((value) => value === null));
      if (flags.json) await writeOut(`${JSON.stringify(report)}\n`);
      else if (isNothing) {
        explainNothing();
        note(figures[0]?.missing ?? '');
      } else if (figures.every(({ missing }) => missing !== undefined)) note(figures[0]?.missing ?? '');
      else await writeOut(render(report, analytics.anomalyTitles));
      return 0;
    },
  );

/** A line that says that hours of a time were unlike others; empty where none was. Later ones than now are not judged. */
export const tellAnomalies = (
  { readAnomalies }: Pick<typeof import('@hotpath/runtime/analytics'), 'readAnomalies'>,
  store: EventStore,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): string => {
  const nowMs = Math.min(toMs, Date.now());
  const hours = Math.floor((nowMs - fromMs) / hourMs);
  if (hours < 1) return '';
  const { figures } = readAnomalies(store, { nowMs, hours });
  const found = figures.flatMap(({ figure, anomalies }) =>
    anomalies.map(({ atMs, severity }) => ({ figure, atMs, severity })),
  );
  if (found.length === 0) return '';
  const count = new Set(found.map(({ atMs }) => atMs)).size;
  const names = [...new Set(found.map(({ figure }) => figure))].join(', ');
  const pages = found.some(({ severity }) => severity === 'page') ? ', some by far' : '';
  return `\n${count} ${count === 1 ? 'hour was' : 'hours were'} unlike hours like ${count === 1 ? 'it' : 'them'}${pages} (${names}): "hotpath analytics anomalies" shows them.\n`;
};
