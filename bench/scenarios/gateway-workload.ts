import { pinSelf, watchNoise } from '../harness/machine.ts';
import type { Cell } from '../harness/results.ts';
import { quietNote, type Round } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { requireCommand } from '../peers/gateways.ts';
import { chosenOf } from './cache/sides.ts';
import { emptyBill, model, price } from './gateway-workload/bill.ts';
import { idealDollars } from './gateway-workload/ideal.ts';
import { kinds } from './gateway-workload/kinds.ts';
import { type Replayed, replay } from './gateway-workload/replay.ts';
import { baseline, batchLane, everything, hasBatchLane, savings } from './gateway-workload/savings.ts';
import { createWorkload, figuresOf, type WorkRequest } from './gateway-workload/workload.ts';

const targetPercent = 50;
/** An hour passes in a minute. */
const speed = 60;
/** The gateway's own count of what it paid may differ from the bill by this share. */
const bookkeeping = 0.01;
/** A prefix lives for 300 s: what is late by more than a tenth of that meets another cache. */
const mostLateSeconds = 30;
const notMeasured = 'not measured';

/** What each round came to, in short. */
interface Window {
  readonly seed: number;
  readonly lateSeconds: number;
  readonly replayed: Replayed;
}

/** Not "-0.0%". */
const percent = (share: number): string => `${(Math.round(share * 1000) / 10 + 0).toFixed(1)}%`;
const dollars = (amount: number): string => amount.toFixed(2);
const millions = (tokens: number): number => Number((tokens / 1e6).toFixed(2));

/** What an hour of a team's traffic costs with each of the gateway's savings on and off. */
export const scenario: Scenario = {
  title: "A team's traffic through the gateway: what each saving takes off the bill",
  run: async ({ quick, sides: asked, command, log }) => {
    requireCommand(command);
    pinSelf(1);
    const hasLane = hasBatchLane(command);
    // Everything is told as a share of the first.
    const chosen = chosenOf(savings, asked.length > 0 ? [baseline, ...asked] : []);
    const ways = chosen.filter((way) => hasLane || way.name !== batchLane);
    const durationMs = (quick ? 15 : 60) * 60_000;
    const dollarsPerKind = quick ? 2.5 : 10;
    const seeds = quick ? [1] : [1, 2, 3];
    const noise = watchNoise();
    const rounds: Round<Window>[] = [];
    const workloads: (readonly WorkRequest[])[] = [];
    for (const [round, seed] of seeds.entries()) {
      const workload = createWorkload({ seed, durationMs, dollarsPerKind, price });
      workloads.push(workload);
      noise.lap();
      const { ways: replayed, lateSeconds } = await replay({ command, workload, ways, hasLane, speed });
      const foreignCpu = noise.lap();
      if (lateSeconds > mostLateSeconds)
        throw new Error(
          `Requests were sent ${Math.round(lateSeconds)} s late by the fast clock, which makes other traffic of them. Let nothing else run on this machine, and try again.`,
        );
      for (const [side, own] of Object.entries(replayed)) {
        const { cost } = own.counted;
        if (Math.abs(cost - own.total.dollars) > own.total.dollars * bookkeeping)
          throw new Error(
            `${side}: the gateway counts ${dollars(cost)} dollars, billed were ${dollars(own.total.dollars)}.`,
          );
        rounds.push({ side, round, foreignCpu, measured: { seed, lateSeconds, replayed: own } });
      }
      log(`round ${round + 1} of ${seeds.length}`);
    }

    const windowsOf = (side: string): Window[] => rounds.flatMap((each) => (each.side === side ? [each.measured] : []));
    const plain = windowsOf(baseline);
    const over = (side: string, pick: (own: Replayed) => number): number[] =>
      windowsOf(side).map(({ replayed }) => pick(replayed));
    /** The saved shares of the rounds, each beside the same traffic without any saving. */
    const savedShares = (side: string, pick: (own: Replayed) => number): number[] =>
      windowsOf(side).map(({ replayed }, round) => 1 - pick(replayed) / pick(plain[round]?.replayed ?? replayed));

    const costRows = ways.map(({ name }): Cell[] => {
      const shares = savedShares(name, ({ total }) => total.dollars);
      const worst = Math.min(...shares);
      const tokens = (pick: (own: Replayed['total']) => number): Cell =>
        millions(median(over(name, ({ total }) => pick(total))));
      return [
        name,
        rounded(median(over(name, ({ total }) => total.calls))),
        tokens(({ freshTokens }) => freshTokens),
        tokens(({ readTokens }) => readTokens),
        tokens(({ writtenTokens }) => writtenTokens),
        tokens(({ outputTokens }) => outputTokens),
        dollars(median(over(name, ({ total }) => total.dollars))),
        name === baseline ? '' : percent(median(shares)),
        name === baseline ? '' : percent(worst),
        name === everything ? verdict(worst * 100, targetPercent, 'at-least', '%') : '',
      ];
    });
    const kindRows = kinds.map(({ name }): Cell[] => {
      const bill = (own: Replayed): number => (own.bills[name] ?? emptyBill).dollars;
      return [
        name,
        dollars(median(over(baseline, bill))),
        ...ways.filter((way) => way.name !== baseline).map((way) => percent(median(savedShares(way.name, bill)))),
        ...(hasLane ? [] : [notMeasured]),
        percent(
          median(plain.map(({ replayed }, round) => 1 - idealDollars(workloads[round] ?? [], name) / bill(replayed))),
        ),
      ];
    });
    const trafficRows = kinds.map(({ name, waits }): Cell[] => {
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
    const counted = windowsOf(everything).map(({ replayed }, round) => {
      const saved = (plain[round]?.replayed.total.dollars ?? Number.NaN) - replayed.total.dollars;
      const { cache, coalescing } = replayed.counted;
      const batches = replayed.total.batchSavedDollars;
      return { cache, coalescing, batches, promptCache: saved - cache - coalescing - batches };
    });
    const parts = {
      cache: 'cache',
      coalescing: 'coalescing',
      promptCache: 'prompt cache, less what writing costs more',
      ...(hasLane && { batches: batchLane }),
    };
    const partRows = (Object.entries(parts) as [keyof typeof parts, string][]).map(([part, name]): Cell[] => [
      name,
      dollars(median(counted.map((own) => own[part]))),
    ]);
    const lateSeconds = Math.max(...rounds.map(({ measured }) => measured.lateSeconds));
    const minutes = durationMs / 60_000;
    return {
      tables: [
        {
          id: 'gateway-workload',
          title: `${minutes} minutes of traffic, ${seeds.length} seed${seeds.length > 1 ? 's' : ''}: what the provider bills`,
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
          rows: [...costRows, ...(hasLane ? [] : [[batchLane, ...Array.from({ length: 8 }, () => notMeasured), '']])],
          notes: [
            `${model} at list price; prefixes are billed by Anthropic's rules (reads ${price.rates.read}, writes ${price.rates.write} for five minutes, ${price.rates.longWrite} for an hour, of at least 1,024 tokens). A gateway of its own for each row, cold at the beginning, all at the same time.`,
            'Five kinds of traffic with equal shares of the money; what they are, and why: bench/scenarios/gateway-workload/workload.ts. The cache cannot be had without coalescing, nor the batch lane.',
            `Time runs ${speed} times as fast for gateways and provider. 99 of 100 requests were sent no more than ${rounded(lateSeconds)} s late by that clock.`,
            'The bills are the provider\'s; what the gateways count themselves agrees within 1%. Each seed is traffic of its own; "least" is the least saved by one of them.',
            quietNote(rounds),
          ],
        },
        {
          id: 'gateway-workload-kinds',
          title: 'By kind of traffic: what is saved of its bill',
          columns: [
            'traffic',
            'dollars',
            ...ways.filter(({ name }) => name !== baseline).map(({ name }) => name),
            ...(hasLane ? [] : [batchLane]),
            'ideal prompt cache',
          ],
          rows: kindRows,
          notes: [
            'The ideal knows every request to come and marks as many prefixes as it likes: what there is to gain from the prompt cache alone.',
          ],
        },
        ...(counted.length > 0
          ? [
              {
                id: 'gateway-workload-parts',
                title: 'Where it comes from when all are on',
                columns: ['saving', 'dollars'],
                rows: partRows,
                notes: [
                  'What one of them saves is no longer there for the others: a repeated prompt is not asked for at all.',
                ],
              },
            ]
          : []),
        {
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
          rows: trafficRows,
        },
      ],
      rounds: { workload: rounds },
    };
  },
};
