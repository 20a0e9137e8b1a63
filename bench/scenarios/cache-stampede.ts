import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { peerOf } from '../peers/cache/peers.ts';
import { chosenOf, describe } from './cache/sides.ts';
import type { StampedeJob, StampedeResult } from './cache/stampede-child.ts';

const childScript = new URL('./cache/stampede-child.ts', import.meta.url);
const callers = 1_000;
const loadMs = 10;
const baseline = 'lru-cache fetch';
const names = [
  baseline,
  'hotpath',
  'layered-loader',
  'async-cache-dedupe',
  'cache-manager',
  'bentocache',
  'bentocache raw',
  'cacheable',
  'keyv',
];

/** What a thousand callers of one missing key cost, and how often the value is made. */
export const scenario: Scenario = {
  title: `Stampede: ${callers.toLocaleString('en-US')} concurrent misses of one key in one process`,
  run: async ({ quick, sides: asked, profile, log }) => {
    const peers = chosenOf(names.map(peerOf), asked);
    const rounds = await interleave(
      peers.map(({ name }) => ({
        name,
        measure: async (): Promise<StampedeResult> => {
          const job: StampedeJob = { peer: name, callers, stampedes: quick ? 10 : 50, loadMs };
          return measureInChild(childScript, job, { profile: profile ? `stampede-${name}` : undefined });
        },
      })),
      quick ? 1 : 5,
      { log },
    );
    const elapsed = (side: string): number => typicalOf(rounds, side, (measured) => measured.elapsedMs);
    const cpu = (side: string): number => typicalOf(rounds, side, (measured) => measured.cpuUs);
    const rows = peers.map(({ name }) => {
      const loads = Math.max(...valuesOf(rounds, name, (measured) => measured.loads));
      return [
        name,
        loads,
        rounded(elapsed(name)),
        rounded(Math.max(...valuesOf(rounds, name, (measured) => measured.elapsedMs))),
        rounded(cpu(name)),
        asked.length === 0 || asked.includes(baseline) ? rounded(cpu(name) / cpu(baseline)) : '',
        name === 'hotpath' ? verdict(loads, 1, 'at-most', 'load') : '',
      ];
    });
    return {
      tables: [
        {
          id: 'cache-stampede',
          title: `${callers.toLocaleString('en-US')} callers, a loader of ${loadMs} ms`,
          columns: ['side', 'loads', 'median ms', 'worst ms', 'CPU µs per caller', `x ${baseline}`, 'target'],
          rows,
          notes: [
            '"loads" is the most that ran for one key. "ms" is from the first call to the last answer, the loader included.',
            'CPU is of the whole process, garbage collection included. A process of its own for each side and round. Sides:',
            ...describe(
              peers.map((peer) =>
                peer.name === 'keyv' ? { ...peer, note: `${peer.note}; has no getOrSet: get, load, set` } : peer,
              ),
            ),
            quietNote(rounds),
          ],
        },
      ],
      rounds: { stampede: rounds },
    };
  },
};
