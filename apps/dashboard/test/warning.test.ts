import { describe, expect, it } from 'vitest';
import type { AlertsView, AnomaliesView } from '../src/api/contract.ts';
import { warningOf } from '../src/shell/warning.ts';

const rules = (...states: readonly (readonly [state: string, severity: string, name?: string])[]): AlertsView =>
  ({
    version: 1,
    history: [],
    rules: states.map(([state, severity, name], index) => ({ state, severity, name: name ?? index })),
  }) as never;
const hour = 3_600_000;
const anomalies = (...found: readonly (readonly [hoursAgo: number, severity: string])[]): AnomaliesView =>
  ({
    version: 1,
    to: 100 * hour,
    figures: [{ anomalies: found.map(([ago, severity]) => ({ at: (100 - ago) * hour, severity })) }],
  }) as never;

describe('the sign beside the alerts', () => {
  it('is not there while nothing is wrong, nor before anything is known', () => {
    expect(warningOf(undefined, undefined)).toBeUndefined();
    expect(warningOf(rules(['ok', 'page'], ['pending', 'page'], ['recovering', 'warn']), anomalies())).toBeUndefined();
  });

  it('counts rules that fire and figures that are unusual of late', () => {
    expect(warningOf(rules(['firing', 'warn'], ['ok', 'page']), anomalies([1, 'warn'], [3, 'page']))).toEqual({
      tone: 'warn',
      count: 2,
      text: '1 rule fires, 1 figure is unusual',
    });
  });

  it('counts a rule that fires of several things as one', () => {
    expect(
      warningOf(rules(['firing', 'page', 'provider-down'], ['firing', 'page', 'provider-down']), undefined),
    ).toEqual({
      tone: 'bad',
      count: 1,
      text: '1 rule fires',
    });
  });

  it('is urgent where one of them is', () => {
    expect(warningOf(rules(['firing', 'page'], ['firing', 'warn']), undefined)).toMatchObject({
      tone: 'bad',
      text: '2 rules fire',
    });
    expect(warningOf(undefined, anomalies([1, 'page']))).toMatchObject({ tone: 'bad', count: 1 });
  });
});
