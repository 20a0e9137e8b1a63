import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bottomLevels, createReachability, findGroups } from '../../src/graph/analysis.ts';
import { createGraph, type Edge, type EdgeKind } from '../../src/graph/graph.ts';
import type { BatchError } from '../../src/index.ts';

const size = 8;
const edges = fc.array(
  fc.record({
    from: fc.nat(size - 1),
    to: fc.nat(size - 1),
    kind: fc.constantFrom<EdgeKind>('order', 'uses', 'needs'),
  }),
  { maxLength: 16 },
);
const forward = edges.map((all) => all.filter(({ from, to }) => from < to));

/** Warshall's: a bit for each pair. */
const closure = (all: readonly Edge[]): boolean[][] => {
  const reached = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  for (const { from, to } of all) (reached[from] as boolean[])[to] = true;
  for (let via = 0; via < size; via += 1)
    for (const row of reached)
      for (let to = 0; to < size; to += 1) row[to] ||= row[via] === true && reached[via]?.[to] === true;
  return reached;
};

describe('a graph', () => {
  it('names a circle that is there, or has none', () => {
    fc.assert(
      fc.property(edges, (all) => {
        const hasCycle = closure(all).some((row, at) => row[at]);
        let error: BatchError | undefined;
        try {
          createGraph(size, all, String);
        } catch (thrown) {
          error = thrown as BatchError;
        }
        expect(error !== undefined).toBe(hasCycle);
        if (error === undefined) return;
        const via = (error.via ?? []).map(Number);
        expect(new Set(via).size).toBe(via.length);
        for (const [at, from] of via.entries())
          expect(all.some((edge) => edge.from === from && edge.to === via[(at + 1) % via.length])).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('orders steps so that every edge holds, the earliest that can come next first, whatever the order of edges', () => {
    fc.assert(
      fc.property(forward, fc.boolean(), (all, isShuffled) => {
        const place = (step: number): number => (isShuffled ? (step * 3 + 1) % size : step);
        const own = all.map(({ from, to, kind }) => ({ from: place(from), to: place(to), kind }));
        const { order } = createGraph(size, own, String);
        expect([...createGraph(size, [...own].reverse(), String).order]).toEqual([...order]);
        const left = new Set(Array.from({ length: size }, (_, step) => step));
        for (const step of order) {
          const ready = [...left].filter((each) => !own.some(({ from, to }) => to === each && left.has(from)));
          expect(step).toBe(Math.min(...ready));
          left.delete(step);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('knows what comes after what, which groups there are, and how long is left', () => {
    fc.assert(
      fc.property(forward, fc.array(fc.nat(9), { minLength: size, maxLength: size }), (all, durations) => {
        const graph = createGraph(size, all, String);
        const reached = closure(all);
        const isAfter = createReachability(graph);
        const both = closure(all.flatMap((edge) => [edge, { ...edge, from: edge.to, to: edge.from }]));
        const groups = findGroups(graph);
        const levels = bottomLevels(graph, (step) => durations[step] as number);
        const longest = (step: number): number =>
          (durations[step] as number) +
          Math.max(0, ...all.filter(({ from }) => from === step).map(({ to }) => longest(to)));
        for (let from = 0; from < size; from += 1) {
          expect(levels[from]).toBe(longest(from));
          for (let to = 0; to < size; to += 1) {
            expect(isAfter(from, to)).toBe(reached[from]?.[to]);
            if (from !== to) expect(groups[from] === groups[to]).toBe(both[from]?.[to]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
