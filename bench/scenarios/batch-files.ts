import { measureInChild } from '../harness/child.ts';
import { interleave, quietNote, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median, quantile, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import type { FilesJob, FilesResult } from './batch-files/child.ts';
import { filesSides, floorName, gitName, ownName } from './batch-files/sides.ts';
import { editCount, fileCount } from './batch-files/tree.ts';
import { chosenOf, describe } from './cache/sides.ts';

const childScript = new URL('./batch-files/child.ts', import.meta.url);
const targetMs = 15;

interface Measured {
  readonly ms: number;
  readonly p95Ms: number;
  readonly worstMs: number;
}

/** What it costs to edit files so that a crash leaves all of it or nothing. */
export const scenario: Scenario = {
  title: `${editCount} file edits in a tree of ${fileCount.toLocaleString('en-US')} files`,
  run: async ({ quick, sides: asked, profile, log }) => {
    const sides = chosenOf(filesSides, asked);
    const measure = (side: string): Measured => {
      const job: FilesJob = { side, repeats: quick ? 10 : 40 };
      const { ms } = measureInChild<FilesResult>(childScript, job, { profile: profile ? `files-${side}` : undefined });
      return { ms: median(ms), p95Ms: quantile(ms, 0.95), worstMs: Math.max(...ms) };
    };
    const rounds = await interleave(
      sides.map(({ name }) => ({ name, measure: async () => measure(name) })),
      quick ? 3 : 9,
      { log },
    );
    const msOf = (side: string): number => typicalOf(rounds, side, ({ ms }) => ms);
    return {
      tables: [
        {
          id: 'batch-files',
          title: `${editCount} files of 2 KB replaced in a tree of ${fileCount.toLocaleString('en-US')}, ms`,
          columns: ['side', 'median ms', 'p95 ms', 'worst ms', `x ${floorName}`, `x ${gitName}`, 'target'],
          rows: sides.map(({ name }) => {
            const ratioTo = (other: string): number | string => {
              const ratio = msOf(name) / msOf(other);
              return Number.isNaN(ratio) ? '' : rounded(ratio);
            };
            return [
              name,
              rounded(msOf(name)),
              rounded(typicalOf(rounds, name, ({ p95Ms }) => p95Ms)),
              rounded(Math.max(...valuesOf(rounds, name, ({ worstMs }) => worstMs))),
              ratioTo(floorName),
              ratioTo(gitName),
              name === ownName ? verdict(msOf(name), targetMs, 'at-most', 'ms') : '',
            ];
          }),
          notes: [
            'A process and a tree of its own for each window, in the folder for temporary files: what fsync costs is what that disk makes of it.',
            ...describe(sides),
            quietNote(rounds),
          ],
        },
      ],
      rounds: { files: rounds },
    };
  },
};
