import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { installMetricsPeers } from '../peers/metrics.ts';
import { chosenOf, describe } from './cache/sides.ts';
import type { MetricsJob, MetricsResult } from './telemetry-metrics/child.ts';
import { metricsSides, ownName } from './telemetry-metrics/sides.ts';

const childScript = new URL('./telemetry-metrics/child.ts', import.meta.url);
const series = 2000;
const mostMs = 15;

interface Measured {
  readonly ms: number;
  readonly worstMs: number;
  readonly bytes: number;
}

/** What a scrape costs. */
export const scenario: Scenario = {
  title: 'Metrics of many series, written for a scraper',
  run: async ({ quick, sides: asked, profile, log }) => {
    await installMetricsPeers();
    const sides = chosenOf(metricsSides, asked);
    const measure = (side: string): Measured => {
      const job: MetricsJob = { side, series, repeats: quick ? 10 : 40 };
      const { ms, bytes } = measureInChild<MetricsResult>(childScript, job, {
        profile: profile ? `metrics-${side}` : undefined,
      });
      return { ms: median(ms), worstMs: Math.max(...ms), bytes };
    };
    const rounds = await interleave(
      sides.map(({ name }) => ({ name, measure: async () => measure(name) })),
      quick ? 3 : 9,
      { log },
    );
    const msOf = (side: string): number => typicalOf(rounds, side, ({ ms }) => ms);
    return {
      tables: [
        {
          id: 'telemetry-metrics',
          title: `${series.toLocaleString('en-US')} histograms with three labels, written and made bytes of`,
          columns: ['side', 'median ms', 'worst window', 'worst ms', `x ${ownName}`, 'MB', 'target'],
          rows: sides.map(({ name }) => [
            name,
            rounded(msOf(name)),
            rounded(Math.max(...valuesOf(rounds, name, ({ ms }) => ms))),
            rounded(Math.max(...valuesOf(rounds, name, ({ worstMs }) => worstMs))),
            rounded(msOf(name) / msOf(ownName)),
            rounded(typicalOf(rounds, name, ({ bytes }) => bytes / 1e6)),
            name === ownName ? verdict(msOf(name), mostMs, 'at-most', 'ms') : '',
          ]),
          notes: [
            'A process of its own for each window, a window by its median of the runs in it; who leaves out a series fails.',
            ...describe(sides),
            quietNote(rounds),
          ],
        },
      ],
      rounds: { metrics: rounds },
    };
  },
};
