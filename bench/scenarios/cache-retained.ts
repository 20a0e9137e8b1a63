import { measureInChild } from '../harness/child.ts';
import type { Table } from '../harness/results.ts';
import { interleave, quietNote, type Round, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { baselineName, peerOf } from '../peers/cache/peers.ts';
import type { ChurnResult, RetainedJob, RetainedResult } from './cache/retained-child.ts';
import { chosenOf, describe } from './cache/sides.ts';

const childScript = new URL('./cache/retained-child.ts', import.meta.url);
const valueBytes = 1_832;
const sizes = [1_000, 100_000] as const;
const churnEntries = 10_000;

const floor = {
  name: 'values alone',
  note: 'keys and values in an array; under churn, values that are made and dropped',
  bounded: true,
};
const names = [
  'Map',
  baselineName,
  'hotpath',
  'hotpath maxBytes',
  'hotpath buffers',
  'layered-loader',
  'keyv',
  'bentocache',
  'bentocache raw',
  'cacheable',
];

const retainedTable = (
  rounds: ReadonlyMap<number, readonly Round<RetainedResult>[]>,
  sides: readonly string[],
): Table => {
  const bytes = (size: number, side: string): number =>
    typicalOf(rounds.get(size) ?? [], side, (measured) => measured.bytesPerEntry);
  const own = (size: number, side: string): number =>
    typicalOf(rounds.get(size) ?? [], side, (measured) => measured.ownBytesPerEntry);
  const sizes = [...rounds.keys()];
  return {
    id: 'cache-retained',
    title: `Bytes retained per entry of ${valueBytes.toLocaleString('en-US')} B as JSON`,
    columns: [
      'side',
      ...sizes.flatMap((size) => [`${size.toLocaleString('en-US')}: B`, 'x lru-cache', 'own figure', 'off by %']),
    ],
    rows: sides.map((side) => [
      side,
      ...sizes.flatMap((size) => {
        const measured = bytes(size, side);
        const ratio = measured / bytes(size, baselineName);
        const reckoned = own(size, side);
        return [
          Math.round(measured),
          Number.isNaN(ratio) ? '' : rounded(ratio),
          reckoned === 0 ? '' : Math.round(reckoned),
          reckoned === 0 ? '' : rounded((reckoned / measured - 1) * 100),
        ];
      }),
    ]),
    notes: [
      'Heap and external memory after full collections, less those before, by the entries; the keys (39 B) included.',
      '"own figure" is what the cache says it holds; "off by" is against what was measured.',
    ],
  };
};

const churnTable = (rounds: readonly Round<ChurnResult>[], sides: readonly string[]): Table => {
  const typical = (side: string, pick: (measured: ChurnResult) => number): number => typicalOf(rounds, side, pick);
  return {
    id: 'cache-churn',
    title: `Inserting into a full cache of ${churnEntries.toLocaleString('en-US')} such entries`,
    columns: [
      'side',
      'µs per insert',
      'x lru-cache',
      'CPU µs',
      'in GC %',
      'GC µs per insert',
      'x lru-cache',
      'longest stop ms',
      'worst ms',
    ],
    rows: sides.map((side) => {
      const insertUs = typical(side, (measured) => measured.insertUs);
      const gcUs = (measured: ChurnResult): number => measured.gcShare * measured.insertUs;
      const [ratio, gcRatio] = [
        insertUs / typical(baselineName, (measured) => measured.insertUs),
        typical(side, gcUs) / typical(baselineName, gcUs),
      ];
      return [
        side,
        rounded(insertUs),
        Number.isNaN(ratio) ? '' : rounded(ratio),
        rounded(typical(side, (measured) => measured.cpuUs)),
        rounded(typical(side, (measured) => measured.gcShare * 100)),
        rounded(typical(side, gcUs)),
        Number.isNaN(gcRatio) ? '' : rounded(gcRatio),
        rounded(typical(side, (measured) => measured.longestMs)),
        rounded(Math.max(...valuesOf(rounds, side, (measured) => measured.longestMs))),
      ];
    }),
    notes: [
      'Making key and value is part of each insert: "values alone" says how much. "in GC" is the share of the time in which the collector stopped the main thread; "CPU" counts its helper threads too.',
      'keyv and Map never evict: they grow through the window.',
      quietNote(rounds),
    ],
  };
};

/** What an entry costs in memory, and what a stream of new ones costs in garbage collection. */
export const scenario: Scenario = {
  title: 'Cache: memory per entry, and garbage collection under inserts',
  run: async ({ quick, sides: asked, profile, log }) => {
    const sides = chosenOf([floor, ...names.map(peerOf)], asked);
    const peer = (name: string): string | undefined => (name === floor.name ? undefined : name);
    const measured = async <Result>(kind: string, count: number, job: Omit<RetainedJob, 'peer' | 'valueBytes'>) =>
      interleave(
        sides.map(({ name }) => ({
          name,
          measure: async (): Promise<Result> =>
            measureInChild<Result>(
              childScript,
              { ...job, peer: peer(name), valueBytes },
              { profile: profile ? `${kind}-${name}` : undefined },
            ),
        })),
        count,
        { log: (line) => log(`${kind}, ${line}`) },
      );
    const retained = new Map<number, readonly Round<RetainedResult>[]>();
    for (const entries of sizes) {
      if (quick && entries > 10_000) continue;
      retained.set(
        entries,
        await measured<RetainedResult>(`retained by ${entries}`, quick ? 1 : 2, { entries, churnMs: 0 }),
      );
    }
    const churn = await measured<ChurnResult>('churn', quick ? 1 : 5, {
      entries: churnEntries,
      churnMs: quick ? 500 : 2_000,
    });
    const present = sides.map((side) => side.name);
    const table = churnTable(churn, present);
    return {
      tables: [
        retainedTable(retained, present),
        {
          ...table,
          notes: [...(table.notes ?? []), 'A process of its own for each side and round. Sides:', ...describe(sides)],
        },
      ],
      rounds: {
        ...Object.fromEntries([...retained].map(([entries, rounds]) => [`retained-${entries}`, rounds])),
        churn,
      },
    };
  },
};
