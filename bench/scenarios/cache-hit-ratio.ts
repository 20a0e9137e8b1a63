import { bufferStore } from '@hotpath/cache/stores/memory';
import type { Cell, Table } from '../harness/results.ts';
import { interleave, quietNote, type Round, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { type Costs, costSides } from './cache-hit-ratio/costs.ts';
import { optimumMisses } from './cache-hit-ratio/optimum.ts';
import { readTraces, syntheticWorkloads, traceFolder, type Workload } from './cache-hit-ratio/workloads.ts';

const leastPointsClosed = 4;
const mostMissRatio = 1.1;
const mostHitRatio = 2;
/** Sizes of the cache, as shares of the different keys of a trace. */
const shares = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
const syntheticCapacity = 1_000;
const policies = ['lru', 's3-fifo'] as const;

const entry = { value: new Uint8Array(1), createdAt: 0, expiresAt: Number.POSITIVE_INFINITY };

const missesOf = (evictionPolicy: (typeof policies)[number], keys: readonly string[], capacity: number): number => {
  const store = bufferStore({ evictionPolicy, maxEntries: capacity, maxBytes: 2 ** 40 });
  let misses = 0;
  for (const key of keys) {
    if (store.get(key) !== undefined) continue;
    misses += 1;
    store.set(key, entry);
  }
  return misses;
};

interface Outcome {
  readonly workload: Workload;
  readonly capacity: number;
  readonly lru: number;
  readonly s3Fifo: number;
  readonly optimum: number;
}

const compare = (workload: Workload, capacity: number): Outcome => {
  const { ids } = workload;
  const keys = Array.from(ids, (id) => `item:${id}`);
  return {
    workload,
    capacity,
    lru: missesOf('lru', keys, capacity),
    s3Fifo: missesOf('s3-fifo', keys, capacity),
    optimum: optimumMisses(ids, capacity),
  };
};

const points = (misses: number, { workload }: Outcome): number => (100 * misses) / workload.ids.length;
const hitRate = (misses: number, outcome: Outcome): number => Math.round(10 * (100 - points(misses, outcome))) / 10;
const gap = (misses: number, outcome: Outcome): number => points(misses - outcome.optimum, outcome);
const missRatio = ({ lru, s3Fifo }: Outcome): number => s3Fifo / lru;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const hundredths = (value: number): number => Math.round(100 * value) / 100;

const columns = ['hit % LRU', 's3-fifo', 'optimum', 'gap of LRU', 'of s3-fifo', 'misses / LRU'];
const cellsOf = (outcome: Outcome): Cell[] => [
  hitRate(outcome.lru, outcome),
  hitRate(outcome.s3Fifo, outcome),
  hitRate(outcome.optimum, outcome),
  hundredths(gap(outcome.lru, outcome)),
  hundredths(gap(outcome.s3Fifo, outcome)),
  Math.round(1_000 * missRatio(outcome)) / 1_000,
];

const traceTable = (outcomes: readonly Outcome[], { name, ids, unique }: Workload): Table => ({
  id: `cache-hit-ratio-${name}`,
  title: `Trace ${name}: ${ids.length.toLocaleString('en-US')} requests, ${unique.toLocaleString('en-US')} keys`,
  columns: ['entries', '% of keys', ...columns],
  rows: outcomes.map((outcome) => [outcome.capacity, rounded((100 * outcome.capacity) / unique), ...cellsOf(outcome)]),
});

const syntheticTable = (outcomes: readonly Outcome[]): Table => ({
  id: 'cache-hit-ratio-synthetic',
  title: `Synthetic mixes of 100,000 requests, ${syntheticCapacity.toLocaleString('en-US')} entries`,
  columns: ['mix', ...columns],
  rows: outcomes.map((outcome) => [outcome.workload.name, ...cellsOf(outcome)]),
});

const summaryTable = (traces: readonly Outcome[], synthetic: readonly Outcome[], folder: string): Table => {
  const row = (name: string, outcomes: readonly Outcome[], isTarget: boolean): Cell[] => {
    const lru = mean(outcomes.map((outcome) => gap(outcome.lru, outcome)));
    const s3Fifo = mean(outcomes.map((outcome) => gap(outcome.s3Fifo, outcome)));
    const worst = Math.max(...outcomes.map(missRatio));
    return [
      name,
      hundredths(lru),
      hundredths(s3Fifo),
      hundredths(lru - s3Fifo),
      Math.round(1_000 * worst) / 1_000,
      isTarget ? verdict(lru - s3Fifo, leastPointsClosed, 'at-least', 'points') : '',
      verdict(worst, mostMissRatio, 'at-most', 'x'),
    ];
  };
  return {
    id: 'cache-hit-ratio',
    title: 'Mean gap to the optimum, points of hit ratio, and the worst case beside LRU',
    columns: ['over', 'LRU', 's3-fifo', 'closed', 'worst misses / LRU', 'target: closed', 'target: worst'],
    rows: [...(traces.length > 0 ? [row('traces', traces, true)] : []), row('synthetic mixes', synthetic, false)],
    notes: [
      'LRU is lru-cache in bufferStore; optimum is Belady, which knows the future and need not keep what it just read.',
      ...(traces.length > 0
        ? []
        : [
            `No traces in ${folder}, so only synthetic mixes ran and the target for traces was not measured.`,
            'Put *.u32 files there, or name their folder in HOTPATH_TRACES: 32-bit little-endian identifiers in the order of the requests.',
          ]),
    ],
  };
};

const costTable = (rounds: readonly Round<Costs>[], maxEntries: number): Table => {
  const names = [...new Set(rounds.map(({ side }) => side))];
  const base = typicalOf(rounds, 'lru-cache', ({ hit }) => hit);
  return {
    id: 'cache-hit-ratio-costs',
    title: `Cost at ${maxEntries.toLocaleString('en-US')} entries, ns, median and best of ${rounds.length / names.length} windows`,
    columns: ['side', 'hit', 'best', 'miss', 'best', 'insert + evict', 'best', 'hit / lru-cache', 'target'],
    rows: names.map((name) => {
      const figures = (pick: (costs: Costs) => number): number[] => [
        rounded(typicalOf(rounds, name, pick)),
        rounded(Math.min(...valuesOf(rounds, name, pick))),
      ];
      const ratio = typicalOf(rounds, name, ({ hit }) => hit) / base;
      return [
        name,
        ...figures(({ hit }) => hit),
        ...figures(({ miss }) => miss),
        ...figures(({ insert }) => insert),
        rounded(ratio),
        name.includes('s3-fifo') ? verdict(ratio, mostHitRatio, 'at-most', 'x') : '',
      ];
    }),
    notes: ['lru-cache is the bare Map of objects, no clock and no envelope.', quietNote(rounds)],
  };
};

/** How many requests each eviction policy answers, beside LRU and what can be had at all, and what an operation costs. */
export const scenario: Scenario = {
  title: 'Hit ratio of the eviction policies',
  run: async ({ quick, log }) => {
    const folder = traceFolder();
    const traces = readTraces(folder);
    const usedShares = quick ? [0.01, 0.1] : shares;
    const byTrace = traces.map((trace) => ({
      trace,
      outcomes: usedShares.map((share) => {
        log(`${trace.name}, ${100 * share}% of its keys`);
        return compare(trace, Math.max(1, Math.round(share * trace.unique)));
      }),
    }));
    const synthetic = syntheticWorkloads(syntheticCapacity).map((workload) => {
      log(workload.name);
      return compare(workload, syntheticCapacity);
    });
    const maxEntries = 1_000;
    const sides = costSides(
      maxEntries,
      Object.fromEntries(
        policies.map((evictionPolicy) => [
          `bufferStore ${evictionPolicy}`,
          () => bufferStore({ evictionPolicy, maxEntries }),
        ]),
      ),
    );
    for (const side of sides) await side.measure(0);
    const rounds = await interleave(sides, quick ? 5 : 25, { log });
    return {
      tables: [
        summaryTable(
          byTrace.flatMap(({ outcomes }) => outcomes),
          synthetic,
          folder,
        ),
        ...byTrace.map(({ trace, outcomes }) => traceTable(outcomes, trace)),
        syntheticTable(synthetic),
        costTable(rounds, maxEntries),
      ],
      rounds: { costs: rounds },
    };
  },
};
