import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { madeUpGraphs, readGraphs, type WorkflowGraph } from './batch-makespan/graphs.ts';
import { engineMakespan, fifoMakespan, lowerBound, wavesMakespan } from './batch-makespan/simulate.ts';

const workers = 4;
const targetPercent = 10;

type Policy = (graph: WorkflowGraph, workers: number) => number | Promise<number>;

const policies: Readonly<Record<string, Policy>> = {
  hotpath: (graph) => engineMakespan(graph, workers, true),
  'hotpath, durations unknown': (graph) => engineMakespan(graph, workers, false),
  'first in, first out': fifoMakespan,
  waves: wavesMakespan,
};

const folderOf = (): string =>
  process.env.HOTPATH_DAGS ?? fileURLToPath(new URL('../../../shared/data/dags', import.meta.url));

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** How long whole workflows take, by the order in which what is ready starts. Nothing is timed: it is the same on every machine. */
export const scenario: Scenario = {
  title: `Makespan of workflows with ${workers} workers`,
  run: async ({ log }) => {
    const folder = folderOf();
    const isReal = existsSync(folder);
    const graphs = isReal ? readGraphs(folder) : madeUpGraphs();
    if (graphs.length === 0) throw new Error(`There is no graph in ${folder}. Put some there, or unset HOTPATH_DAGS.`);
    const names = Object.keys(policies);
    const measured: { readonly graph: WorkflowGraph; readonly ratios: readonly number[] }[] = [];
    for (const graph of graphs) {
      const bound = lowerBound(graph, workers);
      const ratios: number[] = [];
      for (const policy of Object.values(policies)) {
        const ratio = (await policy(graph, workers)) / bound;
        if (!(ratio >= 1 - 1e-9)) throw new Error(`${graph.name} cannot take ${ratio} of the bound.`);
        ratios.push(ratio);
      }
      measured.push({ graph, ratios });
      log(graph.name);
    }
    const above = (ratio: number): number => rounded(Math.max(0, 100 * (ratio - 1)));
    const columnOf = (at: number): readonly number[] => measured.map(({ ratios }) => ratios[at] as number);
    const timedCount = graphs.filter(({ isTimed }) => isTimed).length;
    return {
      tables: [
        {
          id: 'batch-makespan',
          title: `% above the lower bound, ${graphs.length} ${isReal ? 'real' : 'made-up'} workflows, ${workers} workers`,
          columns: ['policy', 'geometric mean', 'worst', 'target'],
          rows: names.map((name, at) => {
            const mean = geometricMean(columnOf(at));
            return [
              name,
              above(mean),
              above(Math.max(...columnOf(at))),
              name === 'hotpath' ? verdict(100 * (mean - 1), targetPercent, 'at-most', '%') : '',
            ];
          }),
          notes: [
            'The bound is the longest chain, or all work divided by the workers, whichever is longer; the best schedule there is may be above it.',
            'hotpath: runSteps by a simulated clock, what most depends on first; told durations, or none, when only the number of steps counts. "waves" waits for all that runs before anything else starts, as supersteps do.',
            isReal
              ? `${timedCount} of the graphs have measured durations; the others are given seeded ones with a long tail.`
              : 'No real graphs were found: set HOTPATH_DAGS to a folder of them. These have the same shapes and seeded durations with a long tail.',
          ],
        },
        {
          id: 'batch-makespan-graphs',
          title: '% above the lower bound, by workflow',
          columns: ['workflow', 'steps', ...names],
          rows: measured.map(({ graph, ratios }) => [
            graph.isTimed || !isReal ? graph.name : `${graph.name} *`,
            graph.steps.length,
            ...ratios.map(above),
          ]),
          ...(isReal && timedCount < graphs.length && { notes: ['* durations are made up'] }),
        },
      ],
      rounds: {},
    };
  },
};
