import { measureInChild } from '../harness/child.ts';
import type { Cell, Table } from '../harness/results.ts';
import { interleave, type Round, typicalOf, valuesOf } from '../harness/rounds.ts';
import type { Scenario } from '../harness/scenario.ts';
import { rounded } from '../harness/statistics.ts';
import { verdict } from '../harness/verdict.ts';
import { baselineName, memoryPeers } from '../peers/cache/peers.ts';
import type { MemoryJob, MemoryResult, Operation } from './cache/memory-child.ts';
import { chosenOf, describe } from './cache/sides.ts';

const childScript = new URL('./cache/memory-child.ts', import.meta.url);
const sizes = [1_000, 100_000] as const;
const peekTargetRatio = 2;
const awaitedTargetNs = 150;
const bentocacheTargetRatio = 10;
/** The faster of its two ways. */
const bentocacheName = 'bentocache raw';

type Rounds = readonly Round<MemoryResult>[];

/** The hit of a library that only answers by promise is the awaited one. */
const nanoseconds =
  (operation: Operation) =>
  (measured: MemoryResult): number =>
    measured[operation] ?? (operation === 'hit' ? measured.awaited : undefined) ?? Number.NaN;

const targetOf = (operation: Operation, side: string, typical: (name: string) => number): string => {
  const measured = typical(side);
  if (operation === 'hit' && side.startsWith('hotpath')) {
    return verdict(measured / typical(baselineName), peekTargetRatio, 'at-most', 'x');
  }
  if (operation === 'getOrSet' && side.startsWith('hotpath')) {
    const fasterBy = typical(bentocacheName) / measured;
    return [
      verdict(measured, awaitedTargetNs, 'at-most', 'ns'),
      ...(Number.isNaN(fasterBy)
        ? []
        : [`${bentocacheName} ${verdict(fasterBy, bentocacheTargetRatio, 'at-least', 'x')}`]),
    ].join('; ');
  }
  return '';
};

const titles: Readonly<Record<Operation, string>> = {
  hit: 'Hit, by the fastest call of each side',
  awaited: 'Hit, awaited get',
  getOrSet: 'Hit, awaited getOrSet',
  miss: 'Miss, by the fastest call of each side',
  update: 'Set of a key that is there',
  insert: 'Set of a new key, which evicts another',
};

/** What bare `lru-cache` cannot do: it has no promises. */
const lacking: Partial<Record<Operation, true>> = { awaited: true, getOrSet: true };

/** Sides and both sizes for one operation. Where `lru-cache` has no such call, ratios are to its hit with an `await`. */
const tableOf = (operation: Operation, rounds: ReadonlyMap<number, Rounds>, sides: readonly string[]): Table => {
  const pick = nanoseconds(operation);
  const rows = sides.flatMap((side): Cell[][] => {
    const cells: Cell[] = [];
    const targets: string[] = [];
    for (const size of sizes) {
      const own = rounds.get(size) ?? [];
      const typical = (name: string): number => typicalOf(own, name, pick);
      const baseline = typicalOf(own, baselineName, operation in lacking ? nanoseconds('hit') : pick);
      const measured = typical(side);
      if (Number.isNaN(measured)) return [];
      const ratio = measured / baseline;
      cells.push(
        rounded(measured),
        rounded(Math.max(...valuesOf(own, side, pick))),
        Number.isNaN(ratio) ? '' : rounded(ratio),
      );
      const target = targetOf(operation, side, typical);
      if (target !== '') targets.push(`${size.toLocaleString('en-US')}: ${target}`);
    }
    const how = rounds.get(sizes[0])?.some((round) => round.side === side && round.measured.hit === undefined);
    return [[`${side}${operation === 'hit' && how ? ' (awaited)' : ''}`, ...cells, targets.join(' · ')]];
  });
  const columns = sizes.flatMap((size) => {
    const at = size.toLocaleString('en-US');
    return [`${at}: ns`, 'worst ns', operation in lacking ? 'x lru hit' : 'x lru-cache'];
  });
  return { id: `cache-${operation}`, title: titles[operation], columns: ['side', ...columns, 'target'], rows };
};

/** What one operation costs in memory, beside the caches that Node developers use. */
export const scenario: Scenario = {
  title: 'Cache in memory: hit, miss, set and getOrSet beside other caches',
  run: async ({ quick, sides: asked, profile, log }) => {
    const peers = chosenOf(memoryPeers, asked);
    const rounds = new Map<number, Rounds>();
    for (const entries of sizes) {
      const measured = await interleave(
        peers.map(({ name }) => ({
          name,
          measure: async (round: number): Promise<MemoryResult> => {
            const times = quick ? { warmMs: 30, windowMs: 30 } : { warmMs: 100, windowMs: 100 };
            const job: MemoryJob = { peer: name, entries, ...times, seed: round };
            return measureInChild(childScript, job, { profile: profile ? `cache-${name}-${entries}` : undefined });
          },
        })),
        quick ? 1 : 5,
        { log: (line) => log(`${entries.toLocaleString('en-US')} entries, ${line}`) },
      );
      rounds.set(entries, measured);
    }
    const names = peers.map((peer) => peer.name);
    const of = (operation: Operation): Table => tableOf(operation, rounds, names);
    const notes = [
      'A process of its own for each side, size and round, in rotating order: what V8 learns from one library about a shared call site, or about lru-cache inside another, never meets the next.',
      'Keys such as "user:123:profile" are made and hashed beforehand, and those asked for are other strings than those stored; keys are asked for in random order; each set makes a new small object (5 fields).',
      'Misses, sets and evictions come before the measured hits too, so that no side is optimised for hits alone. Answers are checked.',
      'An awaited call costs its `await` as well. "worst" is the worst round. Sides:',
      ...describe(peers),
    ];
    return {
      tables: [of('hit'), of('awaited'), of('getOrSet'), of('miss'), of('update'), { ...of('insert'), notes }],
      rounds: Object.fromEntries([...rounds].map(([entries, own]) => [`memory-${entries}`, own])),
    };
  },
};
