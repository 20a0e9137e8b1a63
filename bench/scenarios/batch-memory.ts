import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import type { MemoryJob, MemoryResult } from './batch-memory/child.ts';
import type { Shape } from './batch-steps/workload.ts';
import { chosenOf } from './cache/sides.ts';

const childScript = new URL('./batch-memory/child.ts', import.meta.url);
const count = 10_000;
const sidesOf = [
  'loop of awaits',
  'promises',
  'fastq',
  'p-queue',
  'effect',
  'hotpath runSteps',
  'engine with memory journal',
  'engine with sqlite journal',
].map((name) => ({ name }));

/** What a run of many steps takes of memory. */
export const scenario: Scenario = {
  title: `Memory of runs of ${count.toLocaleString('en-US')} steps`,
  run: async ({ quick, sides: asked, log }) => {
    const sides = chosenOf(sidesOf, asked);
    const roundsOf = (shape: Shape) =>
      interleave(
        sides.map(({ name: side }) => ({
          name: side,
          measure: async () => {
            const job: MemoryJob = { side, shape, count };
            return measureInChild<MemoryResult>(childScript, job);
          },
        })),
        quick ? 1 : 5,
        { log },
      );
    const rounds = { independent: await roundsOf('independent'), dag: await roundsOf('dag') };
    const tableOf = (shape: Shape, title: string) => {
      const own = rounds[shape];
      return {
        id: `batch-memory-${shape}`,
        title,
        columns: ['side', 'held MB', 'peak MB', 'worst peak MB', 'peak bytes a step'],
        rows: sides.map(({ name }) => {
          const peakMb = typicalOf(own, name, (measured) => measured.peakMb);
          return [
            name,
            rounded(typicalOf(own, name, ({ heldMb }) => heldMb)),
            rounded(peakMb),
            rounded(Math.max(...valuesOf(own, name, (measured) => measured.peakMb))),
            Math.round((peakMb * 2 ** 20) / count),
          ];
        }),
        notes: [
          'A process of its own for each window, one run in it. "held": after the run, without garbage, its outcome (outputs and states; of the peers the sum alone) and what a journal in memory keeps included. "peak": resident memory above that of the process before the run, the list of steps and garbage included.',
          quietNote(own),
        ],
      };
    };
    const what = count.toLocaleString('en-US');
    return {
      tables: [
        tableOf('independent', `${what} independent steps`),
        tableOf('dag', `${what} steps that each depend on two before`),
      ],
      rounds,
    };
  },
};
