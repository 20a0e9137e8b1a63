import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureInChild } from '../harness/child.ts';
import type { Table } from '../harness/results.ts';
import { interleave, quietNote, type Round, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { median, quantile, rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import type { JsonJob, JsonResult } from './batch-json/child.ts';
import { type DocumentShape, documentText, editCount, shapes } from './batch-json/document.ts';
import { floorName, type JsonSide, jsonSides, ownName } from './batch-json/sides.ts';
import { chosenOf, describe } from './cache/sides.ts';

const childScript = new URL('./batch-json/child.ts', import.meta.url);
const targetAboveMb = 40;
const targetPeakMb = 500;
const targetP95Ms = 1000;

const titles: Readonly<Record<DocumentShape, string>> = { nested: '100 maps', wide: 'one map' };

interface Measured {
  readonly ms: number;
  readonly p95Ms: number;
  readonly worstMs: number;
  readonly heldMb: number;
  readonly peakMb: number;
}

/** What it costs to edit a large document so that each edit can be taken back. */
export const scenario: Scenario = {
  title: `${editCount} edits of a JSON document of 10 MB`,
  run: async ({ quick, sides: asked, profile, log }) => {
    const sides = chosenOf(jsonSides, asked);
    const folder = mkdtempSync(join(tmpdir(), 'hotpath-bench-document-'));
    const documentOf = (shape: DocumentShape): string => join(folder, `${shape}.json`);
    const names = Object.keys(shapes) as DocumentShape[];
    for (const shape of names) writeFileSync(documentOf(shape), documentText(shape));
    const measure = ({ name: side, isSlow = false }: JsonSide, shape: DocumentShape): Measured => {
      const repeats = quick ? 3 : 20;
      const job: JsonJob = {
        side,
        shape,
        document: documentOf(shape),
        repeats: isSlow ? Math.ceil(repeats / 5) : repeats,
      };
      const name = profile ? `json-${shape}-${side}` : undefined;
      const { ms, ...memory } = measureInChild<JsonResult>(childScript, job, { profile: name });
      return { ms: median(ms), p95Ms: quantile(ms, 0.95), worstMs: Math.max(...ms), ...memory };
    };
    const tableOf = (shape: DocumentShape, rounds: readonly Round<Measured>[]): Table => {
      const typical = (side: string, pick: (measured: Measured) => number): number => typicalOf(rounds, side, pick);
      const worst = (side: string, pick: (measured: Measured) => number): number =>
        Math.max(...valuesOf(rounds, side, pick));
      const aboveMb = (side: string): number =>
        typical(side, ({ heldMb }) => heldMb) - typical(floorName, ({ heldMb }) => heldMb);
      const targetsOf = (side: string): string =>
        [
          verdict(
            typical(side, ({ p95Ms }) => p95Ms),
            targetP95Ms,
            'at-most',
            'ms',
          ),
          ...(Number.isNaN(aboveMb(side)) ? [] : [verdict(aboveMb(side), targetAboveMb, 'at-most', 'MB above')]),
          verdict(
            worst(side, ({ peakMb }) => peakMb),
            targetPeakMb,
            'at-most',
            'MB',
          ),
        ].join('; ');
      return {
        id: `batch-json-${shape}`,
        title: `${editCount} edits of a document of 10 MB, its 14,000 records in ${titles[shape]}, from the file to the file`,
        columns: ['side', 'median ms', 'p95 ms', 'worst ms', 'held MB', 'above the document', 'peak MB', 'target'],
        rows: sides.map(({ name }) => [
          name,
          rounded(typical(name, ({ ms }) => ms)),
          rounded(typical(name, ({ p95Ms }) => p95Ms)),
          rounded(worst(name, ({ worstMs }) => worstMs)),
          rounded(typical(name, ({ heldMb }) => heldMb)),
          Number.isNaN(aboveMb(name)) ? '' : rounded(aboveMb(name)),
          Math.round(worst(name, ({ peakMb }) => peakMb)),
          name === ownName ? targetsOf(name) : '',
        ]),
        notes: [
          `A process of its own for each window. "held" is what is in memory when the last edit is made, without garbage; "${floorName}" holds the document and nothing else. "peak" is the highest resident memory of a process that does it once, Node included.`,
          ...describe(sides),
          quietNote(rounds),
        ],
      };
    };
    const roundsOf = (shape: DocumentShape): Promise<Round<Measured>[]> =>
      interleave(
        sides.map((side) => ({ name: side.name, measure: async () => measure(side, shape) })),
        quick ? 1 : 5,
        { log },
      );
    try {
      const rounds = { nested: await roundsOf('nested'), wide: await roundsOf('wide') };
      return { tables: names.map((shape) => tableOf(shape, rounds[shape])), rounds };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
