import { pinSelf, watchNoise } from '../harness/machine.ts';
import type { Round } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { requireCommand } from '../peers/gateways.ts';
import { chosenOf } from './cache/sides.ts';
import { price } from './gateway-workload/bill.ts';
import { replay } from './gateway-workload/replay.ts';
import { baseline, batchLane, hasBatchLane, savings } from './gateway-workload/savings.ts';
import { dollars, tablesOf, type Window } from './gateway-workload/tables.ts';
import { createWorkload, sentOf, type WorkRequest } from './gateway-workload/workload.ts';

/** An hour passes in a minute. */
const speed = 60;
/** The gateway's own count of what it paid may differ from the bill by this share. */
const bookkeeping = 0.01;
/** A prefix lives for 300 s: what is late by more than a tenth of that meets another cache. */
const mostLateSeconds = 30;

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
      const { ways: replayed, lateSeconds } = await replay({
        command,
        requests: sentOf(workload),
        ways,
        hasLane,
        speed,
      });
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

    return {
      tables: tablesOf({ ways, hasLane, workloads, rounds, durationMs, speed }),
      rounds: { workload: rounds },
    };
  },
};
