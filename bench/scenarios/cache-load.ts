import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { diskPeerOf } from '../peers/cache/disk-peers.ts';
import type { LoadJob, LoadResult } from './cache/load-child.ts';
import { chosenOf, describe } from './cache/sides.ts';

const childScript = new URL('./cache/load-child.ts', import.meta.url);
const setsPerSecond = 2_000;
const valueBytes = 1_024;
const targetMs = 1;
const ours = 'hotpath tiers';
const names = ['no cache', ours, 'node:sqlite', 'files', 'keyv sqlite'];

/** How long the thread that serves is held up by a cache that is written to all the time. */
export const scenario: Scenario = {
  title: `Cache under ${setsPerSecond.toLocaleString('en-US')} sets of 1 KB per second: turns of the event loop`,
  run: async ({ quick, sides: asked, profile, log }) => {
    const peers = chosenOf(names.map(diskPeerOf), asked);
    const rounds = await interleave(
      peers.map(({ name }) => ({
        name,
        measure: async (): Promise<LoadResult> => {
          const times = quick ? { warmMs: 1_000, windowMs: 2_000 } : { warmMs: 2_000, windowMs: 6_000 };
          const job: LoadJob = { peer: name, setsPerSecond, valueBytes, ...times };
          return measureInChild(childScript, job, { profile: profile ? `load-${name}` : undefined });
        },
      })),
      quick ? 1 : 5,
      { log },
    );
    const typical = (side: string, pick: (measured: LoadResult) => number): number =>
      rounded(typicalOf(rounds, side, pick));
    const worst = (side: string, pick: (measured: LoadResult) => number): number =>
      rounded(Math.max(...valuesOf(rounds, side, pick)));
    const waitP999 = (measured: LoadResult): number => measured.waitP999Ms;
    const rows = peers.map(({ name }) => [
      name,
      typical(name, waitP999),
      worst(name, waitP999),
      typical(name, (measured) => measured.waitP9999Ms),
      typical(name, (measured) => measured.longestMs),
      worst(name, (measured) => measured.longestMs),
      typical(name, (measured) => measured.turnP999Ms * 1000),
      typical(name, (measured) => measured.busyShare * 100),
      name === ours ? verdict(typicalOf(rounds, name, waitP999), targetMs, 'at-most', 'ms wait p99.9') : '',
    ]);
    return {
      tables: [
        {
          id: 'cache-load',
          title: `Turns of the event loop under ${setsPerSecond.toLocaleString('en-US')} sets/s, ms`,
          columns: [
            'side',
            'wait p99.9',
            'worst',
            'wait p99.99',
            'longest turn',
            'worst',
            'turn p99.9 µs',
            'busy %',
            'target',
          ],
          rows,
          notes: [
            'The loop turns as fast as it can and does the sets that are due. "wait" is what an event at a random time would wait for the end of the turn under way, the figure that a request feels; "turn p99.9" counts turns, and nearly all of them do nothing.',
            '"busy" is the share of the time in turns above 0.1 ms. "no cache" shows what the machine and the collector do on their own.',
            'Sets replace entries among 20,000 keys. A process and a folder of its own for each side and round. Sides:',
            ...describe(peers),
            quietNote(rounds),
          ],
        },
      ],
      rounds: { load: rounds },
    };
  },
};
