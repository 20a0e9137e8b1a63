import { pinSelf } from '../harness/machine.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { requireWrk } from '../harness/wrk.ts';
import { type GatewayKind, requireCommand, startHotpath } from '../peers/gateways.ts';
import { closedLoop, type Mode } from './gateway/answers.ts';
import { startStage } from './gateway/stage.ts';

const mostPercent = 10;
const off = 'off';
const on = 'on';

const kindWith = (command: string, name: string, enabled: boolean): GatewayKind => ({
  name,
  prepare: async () => requireCommand(command),
  start: ({ upstreamPort, ...more }) =>
    startHotpath({
      command,
      name,
      env: { OPENAI_API_KEY: 'x', OPENAI_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1` },
      config: { telemetry: { enabled }, alerts: { enabled } },
      ...more,
    }),
});

/** What a gateway's own account of its requests costs it. */
export const scenario: Scenario = {
  title: 'A gateway with telemetry and without',
  run: async (options) => {
    const { quick, log, command } = options;
    requireWrk();
    requireCommand(command);
    pinSelf(1);
    const modes = [off, on].flatMap((name): Mode[] => {
      const kind = kindWith(command, name, name === on);
      return [
        { name, kind, distinct: true },
        { name: `${name}, cached answer`, kind, distinct: false },
      ];
    });
    const stage = await startStage(options);
    try {
      const sides = await Promise.all(
        modes.map(async (mode) => closedLoop(stage, mode, await stage.start(mode.kind, mode.name))),
      );
      // A gateway is compiled anew for tens of thousands of requests, on threads of its own: what is compared is a tenth of the whole.
      await interleave(sides, quick ? 1 : 6, { log: (line) => log(`warming up, ${line}`) });
      const windows = await interleave(sides, quick ? 3 : 11, { log });
      const cpuOf = (side: string): number => typicalOf(windows, side, ({ cpuUs }) => cpuUs);
      /** Of windows that followed each other: the machine is not the same for long. */
      const moreOf = (side: string): number => {
        const cpu = (name: string): number[] => valuesOf(windows, name, ({ cpuUs }) => cpuUs);
        const without = cpu(side.replace(on, off));
        return (median(cpu(side).map((cpuUs, round) => cpuUs / (without[round] as number))) - 1) * 100;
      };
      return {
        tables: [
          {
            id: 'telemetry-gateway',
            title: 'CPU per request with telemetry and alerts on and off, 32 connections in a closed loop',
            columns: ['telemetry', 'CPU µs per request', 'worst', 'requests/s', 'more than off', 'RSS MB', 'target'],
            rows: modes.map(({ name, distinct }) => {
              const more = moreOf(name);
              return [
                name,
                rounded(cpuOf(name)),
                rounded(Math.max(...valuesOf(windows, name, ({ cpuUs }) => cpuUs))),
                rounded(typicalOf(windows, name, ({ requestsPerSecond }) => requestsPerSecond)),
                name.startsWith(off) ? '' : `${rounded(more)}%`,
                rounded(typicalOf(windows, name, ({ rssMb }) => rssMb)),
                name === on && distinct ? verdict(more, mostPercent, 'at-most', '%') : '',
              ];
            }),
            notes: [
              'All threads of the gateway together: also the one that writes the events, with their sums, to the file. Its core is its own; upstream and wrk have the other.',
              '"more than off" is the median over the rounds, each of which has a window of every side.',
              'Without telemetry the gateway counts all the same, for its metrics; what is left out is the store of events and the watching of rules.',
              quietNote(windows),
            ],
          },
        ],
        rounds: { answers: windows },
      };
    } finally {
      await stage.close();
    }
  },
};
