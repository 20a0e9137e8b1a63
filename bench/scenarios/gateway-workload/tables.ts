import type { Cell, Table } from '../../harness/results.ts';
import { quietNote, type Round } from '../../harness/rounds.ts';
import { median, rounded } from '../../harness/statistics.ts';
import { verdict } from '../../harness/verdict.ts';
import { emptyBill, model, price } from './bill.ts';
import { idealDollars } from './ideal.ts';
import { kinds } from './kinds.ts';
import type { Replayed } from './replay.ts';
import { baseline, batchLane, everything, type Saving } from './savings.ts';
import { figuresOf, type WorkRequest } from './workload.ts';

const targetPercent = 50;
const notMeasured = 'not measured';

/** What one way came to in one round. */
export interface Window {
  readonly seed: number;
  /** How late requests were sent, seconds of the virtual clock. */
  readonly lateSeconds: number;
  readonly replayed: Replayed;
}

export interface Measured {
  readonly ways: readonly Saving[];
  /** Whether the gateway has a lane to the providers' batch APIs; its cells say so where it has none. */
  readonly hasLane: boolean;
  /** One for each round. */
  readonly workloads: readonly (readonly WorkRequest[])[];
  readonly rounds: readonly Round<Window>[];
  readonly durationMs: number;
  readonly speed: number;
}

const count = (amount: number): string => amount.toLocaleString('en-US');
/** Not "-0.0%". */
const percent = (share: number): string => `${(Math.round(share * 1000) / 10 + 0).toFixed(1)}%`;
export const dollars = (amount: number): string => amount.toFixed(2);
const millions = (tokens: number): number => Number((tokens / 1e6).toFixed(2));

const replaysOf = ({ rounds }: Measured, way: string): Replayed[] =>
  rounds.flatMap(({ side, measured }) => (side === way ? [measured.replayed] : []));

/** The saved shares of the rounds, each beside the same traffic without any saving. */
const savedShares = (measured: Measured, way: string, pick: (own: Replayed) => number): number[] => {
  const plain = replaysOf(measured, baseline);
  return replaysOf(measured, way).map((own, round) => 1 - pick(own) / pick(plain[round] ?? own));
};

const costTable = (measured: Measured): Table => {
  const { ways, hasLane, workloads, rounds, durationMs, speed } = measured;
  const rows = ways.map(({ name }): Cell[] => {
    const shares = savedShares(measured, name, ({ total }) => total.dollars);
    const typical = (pick: (total: Replayed['total']) => number): number =>
      median(replaysOf(measured, name).map(({ total }) => pick(total)));
    const worst = Math.min(...shares);
    return [
      name,
      rounded(typical(({ calls }) => calls)),
      millions(typical(({ freshTokens }) => freshTokens)),
      millions(typical(({ readTokens }) => readTokens)),
      millions(typical(({ writtenTokens }) => writtenTokens)),
      millions(typical(({ outputTokens }) => outputTokens)),
      dollars(typical((total) => total.dollars)),
      name === baseline ? '' : percent(median(shares)),
      name === baseline ? '' : percent(worst),
      name === everything ? verdict(worst * 100, targetPercent, 'at-least', '%') : '',
    ];
  });
  const { rates } = price;
  const lateSeconds = Math.max(...rounds.map((round) => round.measured.lateSeconds));
  return {
    id: 'gateway-workload',
    title: `${durationMs / 60_000} minutes of traffic, ${workloads.length} seed${workloads.length > 1 ? 's' : ''}: what the provider bills`,
    columns: [
      'savings on',
      'calls',
      'fresh M tokens',
      'read',
      'written',
      'output',
      'dollars',
      'saved',
      'least saved',
      'target',
    ],
    rows: [...rows, ...(hasLane ? [] : [[batchLane, ...Array.from({ length: 8 }, () => notMeasured), '']])],
    notes: [
      `${model} at list price; prefixes are billed by Anthropic's rules (reads ${rates.read}, writes ${rates.write} for five minutes, ${rates.longWrite} for an hour, of at least ${count(1024)} tokens). A gateway of its own for each row, cold at the beginning, all at the same time.`,
      'Five kinds of traffic with equal shares of the money; what they are, and why: bench/scenarios/gateway-workload/workload.ts. The cache cannot be had without coalescing, nor the batch lane.',
      `Time runs ${speed} times as fast for gateways and provider. 99 of 100 requests were sent no more than ${rounded(lateSeconds)} s late by that clock.`,
      'The bills are the provider\'s; what the gateways count themselves agrees within 1%. Each seed is traffic of its own; "least" is the least saved by one of them.',
      quietNote(rounds),
    ],
  };
};

const kindTable = (measured: Measured): Table => {
  const { hasLane, workloads } = measured;
  const ways = measured.ways.filter(({ name }) => name !== baseline);
  const plain = replaysOf(measured, baseline);
  const rows = kinds.map(({ name }): Cell[] => {
    const bill = (own: Replayed): number => (own.bills[name] ?? emptyBill).dollars;
    const ideal = plain.map((own, round) => 1 - idealDollars(workloads[round] ?? [], name) / bill(own));
    return [
      name,
      dollars(median(plain.map(bill))),
      ...ways.map((way) => percent(median(savedShares(measured, way.name, bill)))),
      ...(hasLane ? [] : [notMeasured]),
      percent(median(ideal)),
    ];
  });
  return {
    id: 'gateway-workload-kinds',
    title: 'By kind of traffic: what is saved of its bill',
    columns: [
      'traffic',
      'dollars',
      ...ways.map(({ name }) => name),
      ...(hasLane ? [] : [batchLane]),
      'ideal prompt cache',
    ],
    rows,
    notes: [
      'The ideal knows every request to come and marks as many prefixes as it likes: what there is to gain from the prompt cache alone.',
    ],
  };
};

const partsTable = (measured: Measured): Table => {
  const plain = replaysOf(measured, baseline);
  const parts = replaysOf(measured, everything).map(({ total, counted }, round) => {
    const saved = (plain[round]?.total.dollars ?? Number.NaN) - total.dollars;
    const { cache, coalescing } = counted;
    const batches = total.batchSavedDollars;
    return { cache, coalescing, batches, promptCache: saved - cache - coalescing - batches };
  });
  const part = (name: string, pick: (own: (typeof parts)[number]) => number): Cell[] => [
    name,
    dollars(median(parts.map(pick))),
  ];
  return {
    id: 'gateway-workload-parts',
    title: 'Where it comes from when all are on',
    columns: ['saving', 'dollars'],
    rows: [
      part('cache', ({ cache }) => cache),
      part('coalescing', ({ coalescing }) => coalescing),
      part('prompt cache, less what writing costs more', ({ promptCache }) => promptCache),
      measured.hasLane ? part(batchLane, ({ batches }) => batches) : [batchLane, notMeasured],
    ],
    notes: ['What one of them saves is no longer there for the others: a repeated prompt is not asked for at all.'],
  };
};

const trafficTable = ({ workloads }: Measured): Table => {
  const rows = kinds.map(({ name, waits }): Cell[] => {
    const figures = workloads.map((workload) => figuresOf(workload, name));
    const typical = (pick: (own: (typeof figures)[number]) => number): number => median(figures.map(pick));
    return [
      name,
      rounded(typical(({ requests }) => requests)),
      Math.round(typical((own) => own.inputTokens)),
      Math.round(typical((own) => own.outputTokens)),
      percent(typical(({ repeated }) => repeated)),
      percent(typical(({ sharedSoon }) => sharedSoon)),
      percent(typical(({ shared }) => shared)),
      waits ? 'all' : 'none',
    ];
  });
  return {
    id: 'gateway-workload-traffic',
    title: 'The traffic, measured as traces are',
    columns: [
      'traffic',
      'requests',
      'input tokens',
      'output tokens',
      'whole prompts repeated',
      'input that continues a prefix of 5 minutes',
      'of the hour',
      'may wait',
    ],
    rows,
  };
};

export const tablesOf = (measured: Measured): Table[] => [
  costTable(measured),
  kindTable(measured),
  ...(measured.ways.some(({ name }) => name === everything) ? [partsTable(measured)] : []),
  trafficTable(measured),
];
