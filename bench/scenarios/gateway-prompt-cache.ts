import { pinSelf, watchNoise } from '../harness/machine.ts';
import type { Cell } from '../harness/results.ts';
import { quietNote, type Round } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { requireCommand } from '../peers/gateways.ts';
import { chosenOf } from './cache/sides.ts';
import { type Ideals, idealsOf, type Outcome, outcomeOf } from './gateway-prompt-cache/outcome.ts';
import { traceVariable, trafficOf } from './gateway-prompt-cache/traffic.ts';
import { model, price } from './gateway-workload/bill.ts';
import { replay } from './gateway-workload/replay.ts';
import type { Saving } from './gateway-workload/savings.ts';

const speed = 15;
/** A prefix lives for 300 s: what is late by more than a tenth of that meets another cache. */
const mostLateSeconds = 30;
const quickMs = 240_000;
const targetPercent = 90;

const way = (promptCache: Saving['promptCache']): Saving => ({
  name: promptCache,
  cache: false,
  coalescing: false,
  promptCache,
  batches: false,
});
const modes: readonly Saving[] = [way('off'), way('safe'), way('aggressive')];

interface Window {
  readonly traffic: string;
  readonly lateSeconds: number;
  readonly ideals: Ideals;
  readonly outcome: Outcome;
}

const millions = (tokens: number): string => (tokens / 1e6).toFixed(2);
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** How much of the ideal saving the gateway's marks for Anthropic's prompt cache bring. */
export const scenario: Scenario = {
  title: "Marks for the provider's prompt cache: the saving beside the ideal one",
  run: async ({ quick, sides, command, log }) => {
    requireCommand(command);
    pinSelf(1);
    const ways = chosenOf(modes, sides);
    const tracePath = process.env[traceVariable];
    if (!tracePath) log(`${traceVariable} names no trace of requests: the made-up ones alone are replayed.`);
    const noise = watchNoise();
    const rounds: Round<Window>[] = [];
    for (const [round, { name, requests }] of trafficOf(tracePath, quick ? quickMs : undefined).entries()) {
      const ideals = idealsOf(requests);
      const answers = new Map(ways.map((each) => [each.name, new Array<string>(requests.length)]));
      noise.lap();
      const onAnswer = (side: string, index: number, answer: string): void => {
        (answers.get(side) ?? [])[index] = answer;
      };
      const { lateSeconds } = await replay({ command, requests, ways, hasLane: false, speed, onAnswer });
      const foreignCpu = noise.lap();
      if (lateSeconds > mostLateSeconds)
        throw new Error(
          `Requests were sent ${Math.round(lateSeconds)} s late by the fast clock, which makes other traffic of them. Let nothing else run on this machine, and try again.`,
        );
      for (const [side, own] of answers)
        rounds.push({
          side,
          round,
          foreignCpu,
          measured: { traffic: name, lateSeconds, ideals, outcome: outcomeOf(own) },
        });
      log(`${name}: ${requests.length} requests`);
    }

    const rows = rounds.map(({ side, measured: { traffic, ideals, outcome } }): Cell[] => {
      const { plain, paid, highestLoss } = outcome;
      const shareOf = (bill: number): number => (plain - paid) / (plain - bill);
      const cells = [traffic, side, millions(plain), millions(paid), percent(1 - paid / plain)];
      if (side === 'off') return [...cells, '', '', '', '', ''];
      return [
        ...cells,
        percent(shareOf(ideals.bound)),
        percent(shareOf(ideals.oracle)),
        percent(shareOf(ideals.rule)),
        Math.round(highestLoss).toLocaleString('en-US'),
        verdict(100 * shareOf(ideals.bound), targetPercent, 'at-least', '%'),
      ];
    });
    const ideals = [...new Map(rounds.map(({ measured }) => [measured.traffic, measured])).values()].map(
      ({ traffic, ideals: { bound, oracle, rule }, outcome: { plain } }) =>
        `${traffic}: the bound saves ${percent(1 - bound / plain)}, the oracle ${percent(1 - oracle / plain)}, the rule ${percent(1 - rule / plain)}.`,
    );
    return {
      tables: [
        {
          id: 'gateway-prompt-cache',
          title: 'Input at the provider, in millions of tokens at the price of fresh input',
          columns: [
            'traffic',
            'mode',
            'without marks',
            'billed',
            'saved',
            'of the bound',
            'of the oracle',
            'of the rule',
            'highest loss, tokens',
            'target',
          ],
          rows,
          notes: [
            `${model}; reads at ${price.rates.read}, writes at ${price.rates.write} for five minutes and ${price.rates.longWrite} for an hour. Each gateway begins cold.`,
            'The bound and the oracle know every request to come; an entry can be read a second after its request for all. The bound decides for every block on its own, without limits on breakpoints and lookback: nobody pays less. The oracle has four breakpoints, a lookback of 20 blocks and five-minute entries, and is billed by the same provider. The rule knows how often each kind of block comes again, but not which of them.',
            ...ideals,
            ...(tracePath ? [] : [`The trace was skipped: set ${traceVariable} to a file in Mooncake's format.`]),
            `Time runs ${speed} times as fast; 99 of 100 requests were sent no more than ${rounded(Math.max(...rounds.map(({ measured }) => measured.lateSeconds)))} s late by that clock.`,
            quietNote(rounds),
          ],
        },
      ],
      rounds: { replay: rounds },
    };
  },
};
