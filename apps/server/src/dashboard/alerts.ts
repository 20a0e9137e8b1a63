import type { AlertStatus, Alerts } from '@hotpath/runtime/telemetry';
import type { AlertsView } from './contract.ts';

/** Values as people read them: durations in milliseconds, money in US dollars, shares from 0 to 1. */
const scales: Readonly<Record<string, readonly [unit: string, divisor: number]>> = {
  microseconds: ['milliseconds', 1000],
  'micro-dollars': ['dollars', 1e6],
  'per-mille': ['share', 1000],
};

const shownUnit = (unit: string): string => scales[unit]?.[0] ?? unit;

const scaled = (value: number | undefined, unit: string): number | null =>
  value === undefined ? null : value / (scales[unit]?.[1] ?? 1);

const nameOf = ({ rule, subject }: Pick<AlertStatus, 'rule' | 'subject'>): string =>
  subject === '' ? rule : `${rule}: ${subject}`;

/** Rules as they stand, and what has become of them. Without alerts there are none. */
export const alertsView = (alerts: Pick<Alerts, 'list'> | undefined): AlertsView => {
  const { alerts: standing = [], history = [] } = alerts?.list() ?? {};
  return {
    version: 1,
    rules: standing.map((status) => ({
      rule: nameOf(status),
      name: status.rule,
      about: status.message,
      state: status.state,
      severity: status.severity,
      value: scaled(status.value, status.unit),
      threshold: scaled(status.threshold, status.unit) ?? 0,
      unit: shownUnit(status.unit),
      since: status.state === 'ok' ? null : status.sinceMs,
      evidence: status.evidence ?? null,
    })),
    history: history.map(({ atMs, rule, subject, to, value, unit }) => ({
      at: atMs,
      rule: nameOf({ rule, subject }),
      state: to,
      value: scaled(value, unit),
      unit: shownUnit(unit),
    })),
  };
};
