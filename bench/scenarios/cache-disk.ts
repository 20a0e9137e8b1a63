import { measureInChild } from '../harness/child.ts';
import type { Cell } from '../harness/results.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { diskBaselineName, diskPeers } from '../peers/cache/disk-peers.ts';
import type { DiskJob, DiskResult } from './cache/disk-child.ts';
import { chosenOf, describe } from './cache/sides.ts';

const childScript = new URL('./cache/disk-child.ts', import.meta.url);
const valueBytes = 1_024;
const readTargetUs = 15;
const batchedTargetUs = 10;

/** What the disk tier costs, beside other ways to keep a value on disk. */
export const scenario: Scenario = {
  title: 'Cache on disk: reads and writes of 1 KB',
  run: async ({ quick, sides: asked, profile, log }) => {
    const peers = chosenOf(diskPeers, asked);
    const rounds = await interleave(
      peers.map(({ name, slow }) => ({
        name,
        measure: async (round: number): Promise<DiskResult> => {
          const sizes = slow
            ? { entries: quick ? 200 : 1_000, operations: quick ? 100 : 500 }
            : { entries: quick ? 4_000 : 10_000, operations: quick ? 4_000 : 10_000 };
          const job: DiskJob = { peer: name, ...sizes, valueBytes, seed: round };
          return measureInChild(childScript, job, { profile: profile ? `disk-${name}` : undefined });
        },
      })),
      quick ? 1 : 5,
      { log },
    );
    const typical = (side: string, pick: (measured: DiskResult) => number | undefined): number =>
      typicalOf(rounds, side, (measured) => pick(measured) ?? Number.NaN);
    const cells = (side: string, pick: (measured: DiskResult) => number | undefined): Cell[] => {
      const measured = typical(side, pick);
      if (Number.isNaN(measured)) return ['', '', ''];
      const ratio = measured / typical(diskBaselineName, pick);
      return [
        rounded(measured),
        rounded(Math.max(...valuesOf(rounds, side, (each) => pick(each) ?? Number.NaN))),
        Number.isNaN(ratio) ? '' : rounded(ratio),
      ];
    };
    const rowOf = (name: string, ...picks: readonly ((measured: DiskResult) => number | undefined)[]): Cell[] => [
      name,
      ...picks.flatMap((pick) => cells(name, pick)),
    ];
    const isOurs = (name: string): boolean => name.startsWith('hotpath');
    return {
      tables: [
        {
          id: 'cache-disk-read',
          title: 'Reads of 1 KB, keys in random order, µs',
          columns: ['side', 'found', 'worst', 'x node:sqlite', 'not found', 'worst', 'x node:sqlite', 'target'],
          rows: peers.map(({ name }) => [
            ...rowOf(
              name,
              (measured) => measured.readUs,
              (measured) => measured.missUs,
            ),
            isOurs(name)
              ? verdict(
                  typical(name, (measured) => measured.readUs),
                  readTargetUs,
                  'at-most',
                  'µs',
                )
              : '',
          ]),
        },
        {
          id: 'cache-disk-write',
          title: 'Writes of 1 KB, µs per entry',
          columns: [
            'side',
            'gathered',
            'worst',
            'x node:sqlite',
            'each durable',
            'worst',
            'x node:sqlite',
            'p99',
            'worst',
            'x node:sqlite',
            'target',
          ],
          rows: peers.map(({ name }) => [
            ...rowOf(
              name,
              (measured) => measured.batchedUs,
              (measured) => measured.durableUs,
              (measured) => measured.durableP99Us,
            ),
            isOurs(name)
              ? verdict(
                  typical(name, (measured) => measured.batchedUs),
                  batchedTargetUs,
                  'at-most',
                  'µs gathered',
                )
              : '',
          ]),
          notes: [
            'Every side takes an object of 1,024 B as JSON and hands one back, "hotpath store" but bytes. "gathered" is 1,000 new keys at a time, durable at the end of each; "each durable" replaces values one at a time.',
            'Durable means: there after the process is killed. None but keyv sqlite waits for the disk. The system has the files in memory when they are read.',
            'A process and a folder of its own for each side and round; it waits 0.4 s between writing and reading. Sides:',
            ...describe(peers),
            quietNote(rounds),
          ],
        },
      ],
      rounds: { disk: rounds },
    };
  },
};
