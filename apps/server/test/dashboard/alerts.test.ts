import type { AlertStatus, Alerts } from '@hotpath/runtime/telemetry';
import { describe, expect, it } from 'vitest';
import { alertsView } from '../../src/dashboard/alerts.ts';

const status: AlertStatus = {
  rule: 'database-query',
  title: 'Slowest query',
  subject: 'cache',
  severity: 'warn',
  state: 'firing',
  sinceMs: 5,
  value: 64_000,
  threshold: 40_000,
  direction: 'above',
  unit: 'microseconds',
  message: 'Slowest query, cache: 64 ms, above 40 ms',
  evidence: '/profiles/1.cpuprofile',
};
const change: ReturnType<Alerts['list']>['history'][number] = {
  rule: 'database-query',
  subject: 'cache',
  severity: 'warn',
  from: 'pending',
  to: 'firing',
  atMs: 5,
  lastedMs: 1,
  value: 64_000,
  threshold: 40_000,
  unit: 'microseconds',
  valueText: '64 ms',
  thresholdText: '40 ms',
  message: status.message,
  isTold: true,
};

describe('the alerts of a page', () => {
  it('have values as people read them, and where a profile of them is', () => {
    const { rules } = alertsView({ list: () => ({ alerts: [status], history: [] }) });
    expect(rules).toMatchObject([
      {
        rule: 'database-query: cache',
        name: 'database-query',
        value: 64,
        threshold: 40,
        unit: 'milliseconds',
        evidence: status.evidence,
      },
    ]);
  });

  it('tell what happened in its own unit, also of what no longer stands', () => {
    const anomaly = { ...change, rule: 'anomaly', subject: 'cost', value: 2_500_000, unit: 'micro-dollars' } as const;
    const { history } = alertsView({ list: () => ({ alerts: [], history: [anomaly, change] }) });
    expect(history).toMatchObject([
      { rule: 'anomaly: cost', value: 2.5, unit: 'dollars' },
      { rule: 'database-query: cache', value: 64, unit: 'milliseconds' },
    ]);
  });
});
