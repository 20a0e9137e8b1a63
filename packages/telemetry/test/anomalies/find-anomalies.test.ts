import { describe, expect, it } from 'vitest';
import { type AnomalyOptions, findAnomalies, type HourFigure } from '../../src/anomalies/find-anomalies.ts';
import { otherTraffic, type Shape, shapes } from './other-traffic.ts';
import { type Incident, simulateTraffic, startMs, type Traffic } from './traffic.ts';

const hourMs = 3_600_000;
const atHour = (hour: number): number => startMs + hour * hourMs;
const judgedAs: Readonly<Record<keyof Traffic, AnomalyOptions>> = {
  latency: { scale: 'amount', direction: 'up' },
  cost: { scale: 'amount', direction: 'up' },
  errors: { scale: 'share', direction: 'up' },
  hits: { scale: 'share', direction: 'down' },
};
const figures = Object.keys(judgedAs) as (keyof Traffic)[];

describe('on simulated traffic', () => {
  const seeds = Array.from({ length: 6 }, (_, seed) => seed + 1);

  it('gives few false alarms', { timeout: 60_000 }, () => {
    const days = 56;
    const judgedWeeks = (seeds.length * (days - 14)) / 7;
    const perWeek = { page: 0, warn: 0 };
    for (const seed of seeds) {
      const traffic = simulateTraffic(seed, days);
      for (const figure of figures) {
        const { anomalies } = findAnomalies(traffic[figure], { ...judgedAs[figure], fromMs: atHour(14 * 24) });
        anomalies.forEach(({ severity, atMs }, index) => {
          // Hours of one warning that follow one another are one.
          const isNew = severity === 'page' || anomalies[index - 1]?.atMs !== atMs - hourMs;
          if (isNew) perWeek[severity] += 1 / judgedWeeks;
        });
      }
    }
    expect(perWeek.page).toBeLessThan(0.1);
    expect(perWeek.warn).toBeLessThan(1.3);
  });

  it('gives few false alarms on traffic that its limits were not chosen by', { timeout: 60_000 }, () => {
    const days = 56;
    const names = ['wave', 'office', 'small', 'lasting', 'holidays'] as const;
    const judged = names.length * 3 * figures.length * ((days - 14) / 7);
    let pages = 0;
    for (const name of names)
      for (const seed of [1, 2, 3]) {
        const traffic = otherTraffic(seed, days, shapes[name] as Shape);
        for (const figure of figures) {
          const { anomalies } = findAnomalies(traffic[figure], { ...judgedAs[figure], fromMs: atHour(14 * 24) });
          pages += anomalies.filter(({ severity }) => severity === 'page').length;
        }
      }
    expect(pages / judged).toBeLessThan(0.02);
  });

  /** The share of incidents in which an hour is found, and in which one is paged. */
  const found = (figure: keyof Traffic, incident: Omit<Incident, 'hour'>) => {
    let [any, paged, all] = [0, 0, 0];
    for (const seed of seeds)
      for (const start of [0, 1, 2, 3]) {
        const hour = (35 + start) * 24 + ((seed * 7 + start * 5) % 24);
        const traffic = simulateTraffic(1000 + seed * 10 + start, 42, { ...incident, hour });
        const { anomalies } = findAnomalies(traffic[figure], { ...judgedAs[figure], fromMs: atHour(hour) });
        const within = anomalies.filter(({ atMs }) => atMs < atHour(hour + incident.hours));
        all += 1;
        if (within.length > 0) any += 1;
        if (within.some(({ severity }) => severity === 'page')) paged += 1;
      }
    return { any: any / all, paged: paged / all };
  };

  it.each([
    ['latency', { times: 2, hours: 3 }, 0.95, 0.9],
    ['latency', { times: 1.3, hours: 6 }, 0.6, 0],
    ['cost', { times: 2, hours: 3 }, 0.65, 0.2],
    ['cost', { times: 4, hours: 1 }, 0.95, 0.85],
    ['errors', { times: 10, hours: 1 }, 0.7, 0.6],
    ['hits', { times: 1.3, hours: 6 }, 0.85, 0],
    ['hits', { times: 2, hours: 1 }, 0.9, 0.75],
  ] as const)('finds of %s that is %j', { timeout: 30_000 }, (figure, incident, leastAny, leastPaged) => {
    const { any, paged } = found(figure, incident);
    expect(any).toBeGreaterThanOrEqual(leastAny);
    expect(paged).toBeGreaterThanOrEqual(leastPaged);
  });
});

describe('hours that are as steady as can be', () => {
  const hours = (days: number, value: (hour: number) => number): HourFigure[] =>
    Array.from({ length: days * 24 }, (_, hour) => ({ atMs: atHour(hour), value: value(hour), events: 1000 }));
  const last = 30 * 24 - 1;
  const latency = judgedAs.latency;

  it('page what is much worse than at this hour of other days, with what was expected', () => {
    const { anomalies, days, missing } = findAnomalies(
      hours(30, (hour) => (hour === last ? 3000 : 1000)),
      latency,
    );
    expect({ days, missing }).toEqual({ days: 29, missing: undefined });
    expect(anomalies).toEqual([
      {
        severity: 'page',
        atMs: atHour(last),
        value: expect.closeTo(3000),
        expected: expect.closeTo(1000),
        hours: 1,
        deviations: expect.any(Number),
      },
    ]);
  });

  it('judge the last hour alone unless more are asked for, each by those before it', () => {
    const series = hours(30, (hour) => (hour === last - 30 || hour === last ? 3000 : 1000));
    expect(findAnomalies(series, latency).anomalies.map(({ atMs }) => atMs)).toEqual([atHour(last)]);
    const both = findAnomalies(series, { ...latency, fromMs: atHour(last - 40) }).anomalies;
    expect(both.map(({ atMs, severity }) => [atMs, severity])).toEqual([
      [atHour(last - 30), 'page'],
      [atHour(last), 'page'],
    ]);
  });

  it('say nothing of what is better, or of what is as always at this hour of the week', () => {
    expect(
      findAnomalies(
        hours(30, (hour) => (hour === last ? 100 : 1000)),
        latency,
      ).anomalies,
    ).toEqual([]);
    const weekly = (hour: number): number => (hour % 168 === last % 168 ? 1400 : 1000);
    expect(findAnomalies(hours(30, weekly), latency).anomalies).toEqual([]);
    expect(
      findAnomalies(
        hours(30, (hour) => (hour === last ? 1400 : 1000)),
        latency,
      ).anomalies,
    ).toMatchObject([{ severity: 'warn' }]);
  });

  it('take a new level for usual after some days', () => {
    const risen = hours(30, (hour) => (hour > last - 96 ? 1300 : 1000));
    expect(findAnomalies(risen, latency).anomalies).toEqual([]);
    expect(findAnomalies(risen, { ...latency, fromMs: atHour(last - 96) }).anomalies.length).toBeGreaterThan(0);
  });

  it('are too few to know what is usual before there are seven days of them', () => {
    expect(
      findAnomalies(
        hours(7, () => 1000),
        latency,
      ),
    ).toEqual({
      days: 6,
      missing: 'It takes 7 days of at least 30 events an hour to know what is usual; there are 6.',
      anomalies: [],
    });
    expect(findAnomalies([], latency)).toMatchObject({ days: 0, missing: expect.any(String) });
    const eight = 8 * 24 - 1;
    expect(
      findAnomalies(
        hours(8, (hour) => (hour === eight ? 3000 : 1000)),
        latency,
      ).anomalies,
    ).toMatchObject([{ severity: 'page' }]);
  });

  it('leave out hours in which little happened', () => {
    const series = hours(30, (hour) => (hour === last ? 3000 : 1000));
    series[last] = { ...(series[last] as HourFigure), events: 29 };
    expect(findAnomalies(series, latency).anomalies).toEqual([]);
  });

  it('judge shares of which there is none or all', () => {
    const errors = (hour: number): number => (hour === last ? 500 : 0);
    expect(findAnomalies(hours(30, errors), judgedAs.errors).anomalies).toMatchObject([
      { severity: 'page', value: expect.closeTo(0.5, 1), expected: expect.closeTo(0, 2) },
    ]);
  });
});
