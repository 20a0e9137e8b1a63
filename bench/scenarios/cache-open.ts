import { measureInChild } from '../harness/child.ts';
import type { Table } from '../harness/results.ts';
import { interleave, quietNote, type Round, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario, ScenarioOptions } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { diskPeerOf } from '../peers/cache/disk-peers.ts';
import { newFolder, removeFolder, withFolder } from './cache/disk-folder.ts';
import type { OpenJob, OpenResult } from './cache/open-child.ts';
import { chosenOf, describe } from './cache/sides.ts';
import type { WarmJob, WarmResult } from './cache/warm-child.ts';

const openScript = new URL('./cache/open-child.ts', import.meta.url);
const warmScript = new URL('./cache/warm-child.ts', import.meta.url);
const names = ['node:sqlite', 'hotpath'];
const openValueBytes = 1_024;
const warmValueBytes = 4_096;
const top = 1_000;
const warmTargetMs = 20;
const warmName = `warm({ top: ${top.toLocaleString('en-US')} })`;
const getName = 'a get for each key';

const measureOpen = async (peers: readonly string[], { quick, log }: ScenarioOptions) => {
  const sizes = [0, quick ? 10_000 : 100_000];
  const sides: { name: string; job: OpenJob }[] = [];
  const folders: string[] = [];
  try {
    for (const peer of peers) {
      for (const entries of sizes) {
        const folder = entries === 0 ? undefined : newFolder();
        const job: OpenJob = { step: 'open', peer, folder, entries, valueBytes: openValueBytes };
        if (folder !== undefined) {
          folders.push(folder);
          log(`filling ${peer} with ${entries.toLocaleString('en-US')} entries`);
          measureInChild(openScript, { ...job, step: 'fill' });
        }
        sides.push({ name: `${peer}, ${entries === 0 ? 'empty' : entries.toLocaleString('en-US')}`, job });
      }
    }
    return await interleave(
      sides.map(({ name, job }) => ({
        name,
        measure: async (): Promise<OpenResult> => measureInChild(openScript, job),
      })),
      quick ? 3 : 20,
      { log: (line) => log(`open, ${line}`) },
    );
  } finally {
    for (const folder of folders) removeFolder(folder);
  }
};

const openTable = (rounds: readonly Round<OpenResult>[]): Table => ({
  id: 'cache-open',
  title: 'Opening a file and reading from it, ms',
  columns: ['file', 'first', 'worst', 'again', 'worst'],
  rows: [...new Set(rounds.map((round) => round.side))].map((side) => [
    side,
    ...[(measured: OpenResult) => measured.firstMs, (measured: OpenResult) => measured.againMs].flatMap((pick) => [
      rounded(typicalOf(rounds, side, pick)),
      rounded(Math.max(...valuesOf(rounds, side, pick))),
    ]),
  ]),
  notes: [
    'From before the library is imported until the first read has its answer; "again" is the second time in the same process. Files of entries of 1 KB, "empty" ones are made.',
    ...describe(names.map(diskPeerOf)),
    quietNote(rounds),
  ],
});

/** What a process finds in memory after its start, against asking the file for each key. */
const measureWarm = ({ quick, profile, log }: ScenarioOptions) =>
  withFolder((folder) => {
    const job: WarmJob = { step: 'fill', folder, entries: quick ? 2_000 : 20_000, top, valueBytes: warmValueBytes };
    log('filling the file to warm from');
    measureInChild(warmScript, job);
    const side = (name: string, step: WarmJob['step']) => ({
      name,
      measure: async (): Promise<WarmResult> =>
        measureInChild(warmScript, { ...job, step }, { profile: profile ? `warm-${step}` : undefined }),
    });
    return interleave([side(getName, 'get'), side(warmName, 'warm')], quick ? 3 : 20, {
      log: (line) => log(`warm, ${line}`),
    });
  });

const warmTable = (rounds: readonly Round<WarmResult>[]): Table => {
  const took = (measured: WarmResult): number => measured.tookMs;
  const inMemory = (side: string): number => Math.min(...valuesOf(rounds, side, (measured) => measured.inMemory));
  const targetOf = (side: string): string => {
    if (side !== warmName) return '';
    if (inMemory(side) < top) return `missed: ${inMemory(side)} of ${top} keys came back`;
    return verdict(typicalOf(rounds, side, took), warmTargetMs, 'at-most', 'ms');
  };
  return {
    id: 'cache-warm',
    title: `Bringing ${top.toLocaleString('en-US')} entries of 4 KB back into memory, ms`,
    columns: ['way', 'median', 'worst', 'in memory', 'target'],
    rows: [getName, warmName].map((side) => [
      side,
      rounded(typicalOf(rounds, side, took)),
      rounded(Math.max(...valuesOf(rounds, side, took))),
      inMemory(side),
      targetOf(side),
    ]),
    notes: [
      'A new process each time, over a file in which these keys are the ones in use. "in memory" is the fewest of them that peek() answered afterwards.',
      quietNote(rounds),
    ],
  };
};

/** What a process pays at its start for a cache on disk. */
export const scenario: Scenario = {
  title: 'Cache at the start of a process: opening the file, warming the memory tiers',
  run: async (options) => {
    const peers = chosenOf(names.map(diskPeerOf), options.sides).map((peer) => peer.name);
    const open = await measureOpen(peers, options);
    const warm = peers.includes('hotpath') ? await measureWarm(options) : [];
    return {
      tables: [openTable(open), ...(warm.length > 0 ? [warmTable(warm)] : [])],
      rounds: { open, ...(warm.length > 0 && { warm }) },
    };
  },
};
