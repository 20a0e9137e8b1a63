import type { Announcer } from '../alerts/announce.ts';
import { formatValue } from '../alerts/quantity.ts';
import type { AlertStatus } from '../alerts/status.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type AlertSeverity, channels } from '../events.ts';
import { anomalyRule, anomalyTitles, describeAnomaly } from './describe-anomaly.ts';
import type { Anomaly } from './find-anomalies.ts';
import type { AnomalyFigure, AnomalyReport, FigureAnomalies } from './read-anomalies.ts';

/** A change of an alert as a store has it. */
export interface StoredChange {
  readonly atMs: number;
  readonly names: Readonly<Record<string, string>>;
}

export interface AnomalyWatchOptions {
  /** Judges the last day, in the thread of a store. */
  readonly judge: (nowMs: number) => Promise<AnomalyReport>;
  /** What the store knows of alerts of the rule `anomaly` of a time, the newest first: other processes may have told of them. */
  readonly changes: (fromMs: number, toMs: number) => Promise<readonly StoredChange[]>;
  /** `page`: only what is unlike any such hour of the day is told. @default 'warn' */
  readonly level?: AlertSeverity | undefined;
  /** How often it is looked, milliseconds. @default five minutes */
  readonly everyMs?: number | undefined;
  /** When it is looked first, milliseconds from the start. @default one minute */
  readonly firstMs?: number | undefined;
}

export interface AnomalyWatch {
  /** Those that go on. */
  list(): readonly AlertStatus[];
  /** Looks no more. Idempotent. */
  close(): void;
}

interface Standing {
  readonly severity: AlertSeverity;
  readonly sinceMs: number;
  /** Undefined where another process told of it, and it was not judged here yet. */
  readonly status: AlertStatus | undefined;
}

const hourMs = 3_600_000;

/** Nothing is known of an hour in which too little happened, or that there was nothing to judge by. */
const isJudged = ({ missing, hourly }: FigureAnomalies): boolean => missing === undefined && hourly.at(-1) != null;

/** What was told longer ago is told again. */
const rememberedMs = 48 * hourMs;

/**
 * Tells of the hour that has ended last where it was unlike hours like it, once, and of the first one that is as usual again. Until
 * an hour can be judged, nothing changes. A `page` goes to all who tell people, a `warn` to logs alone. What went wrong meanwhile is a fault of telemetry, and the next look may do.
 */
export const watchAnomalies = (
  options: AnomalyWatchOptions & { readonly announcer: Announcer; readonly clock?: Clock | undefined },
): AnomalyWatch => {
  const { judge, changes, level = 'warn', everyMs = 300_000, firstMs = 60_000, announcer } = options;
  const { clock = systemClock } = options;
  const standing = new Map<AnomalyFigure, Standing>();
  /** When this process told of a figure last. */
  const toldAtMs = new Map<AnomalyFigure, number>();
  let stop: (() => void) | undefined;
  let isClosed = false;

  /** Of what is later known by another process, or was by this one before it was started anew. */
  const learn = (figure: AnomalyFigure, stored: readonly StoredChange[]): void => {
    const last = stored.find(({ names }) => names.subject === figure);
    if (last === undefined || last.atMs <= (toldAtMs.get(figure) ?? 0)) return;
    toldAtMs.set(figure, last.atMs);
    if (last.names.state !== 'firing') standing.delete(figure);
    else {
      const severity = last.names.severity === 'page' ? 'page' : 'warn';
      standing.set(figure, { severity, sinceMs: last.atMs, status: standing.get(figure)?.status });
    }
  };

  const statusOf = ({ figure, unit }: FigureAnomalies, anomaly: Anomaly, sinceMs: number): AlertStatus => ({
    rule: anomalyRule,
    title: anomalyTitles[figure],
    subject: figure,
    severity: anomaly.severity,
    state: 'firing',
    sinceMs,
    value: anomaly.value,
    threshold: anomaly.expected,
    direction: figure === 'hits' ? 'below' : 'above',
    unit,
    message: describeAnomaly({ figure, unit }, anomaly),
    evidence: undefined,
  });

  const fire = (found: FigureAnomalies, anomaly: Anomaly, before: Standing | undefined, nowMs: number): void => {
    const { severity, value, expected } = anomaly;
    const status = statusOf(found, anomaly, before?.sinceMs ?? nowMs);
    standing.set(found.figure, { severity, sinceMs: status.sinceMs, status });
    announcer.announce(
      {
        rule: anomalyRule,
        subject: found.figure,
        severity,
        from: before === undefined ? 'ok' : 'firing',
        to: 'firing',
        atMs: nowMs,
        lastedMs: before === undefined ? 0 : nowMs - before.sinceMs,
        value,
        threshold: expected,
        unit: found.unit,
        valueText: formatValue(found.unit, value),
        thresholdText: formatValue(found.unit, expected),
        message: status.message,
        isTold: true,
      },
      severity === 'page' ? 'all' : 'logs',
    );
  };

  const end = ({ figure, unit }: FigureAnomalies, { severity, sinceMs, status }: Standing, nowMs: number): void => {
    standing.delete(figure);
    announcer.announce(
      {
        rule: anomalyRule,
        subject: figure,
        severity,
        from: 'firing',
        to: 'ok',
        atMs: nowMs,
        lastedMs: nowMs - sinceMs,
        value: undefined,
        threshold: status?.threshold ?? 0,
        unit,
        valueText: undefined,
        thresholdText: formatValue(unit, status?.threshold ?? 0),
        message: `${anomalyTitles[figure]}: the last hour was as usual again`,
        isTold: true,
      },
      severity === 'page' ? 'all' : 'logs',
    );
  };

  const look = async (): Promise<void> => {
    const nowMs = clock.now();
    const [report, stored] = await Promise.all([judge(nowMs), changes(nowMs - rememberedMs, nowMs + 1)]);
    if (isClosed) return;
    for (const found of report.figures) {
      const { figure, anomalies } = found;
      learn(figure, stored);
      const before = standing.get(figure);
      const anomaly = anomalies.find(({ atMs }) => atMs === report.toMs - hourMs);
      const isMeant = anomaly !== undefined && (level === 'warn' || anomaly.severity === 'page');
      const isOver = anomaly === undefined && before !== undefined && isJudged(found);
      const isWorse = anomaly?.severity === 'page' && before?.severity === 'warn';
      if (isMeant && (before === undefined || isWorse)) fire(found, anomaly, before, nowMs);
      else if (isMeant && before !== undefined)
        standing.set(figure, { ...before, status: statusOf(found, anomaly, before.sinceMs) });
      else if (isOver) end(found, before, nowMs);
      else continue;
      if (before === undefined || isWorse || isOver) toldAtMs.set(figure, nowMs);
    }
  };

  const plan = (ms: number): void => {
    stop = clock.after(ms, async () => {
      try {
        await look();
      } catch (error) {
        if (channels.fault.hasSubscribers) channels.fault.publish({ where: 'anomalies', error, lost: 0 });
      }
      if (!isClosed) plan(everyMs);
    });
  };
  plan(firstMs);

  return {
    list: () => [...standing.values()].flatMap(({ status }) => status ?? []),
    close() {
      isClosed = true;
      stop?.();
    },
  };
};
