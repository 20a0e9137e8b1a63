import { describe, expect, it } from 'vitest';
import { madeUpGraphs, type WorkflowGraph } from '../scenarios/batch-makespan/graphs.ts';
import { engineMakespan, fifoMakespan, lowerBound, wavesMakespan } from '../scenarios/batch-makespan/simulate.ts';

const graph = (steps: Readonly<Record<string, readonly [number, ...string[]]>>): WorkflowGraph => ({
  name: 'test',
  isTimed: true,
  steps: Object.entries(steps).map(([id, [durationMs, ...dependencies]]) => ({ id, durationMs, dependencies })),
});

describe('makespans', () => {
  // Two short steps stand before the head of a long chain.
  const late = graph({ a: [4], b: [4], c: [4], d: [4, 'c'], e: [4, 'd'] });

  it('are those that can be reckoned by hand', async () => {
    expect(lowerBound(late, 2)).toBe(12);
    expect(await engineMakespan(late, 2, true)).toBe(12);
    expect(await engineMakespan(late, 2, false)).toBe(12);
    expect(fifoMakespan(late, 2)).toBe(16);
    expect(wavesMakespan(late, 2)).toBe(16);
  });

  it('of waves wait for the slowest of each', () => {
    const uneven = graph({ slow: [10], quick: [1], after: [9, 'quick'] });
    expect(fifoMakespan(uneven, 2)).toBe(10);
    expect(wavesMakespan(uneven, 2)).toBe(19);
  });

  it('have all work as their bound where it is the longer one', () => {
    expect(lowerBound(graph({ a: [3], b: [3], c: [3], d: [3] }), 2)).toBe(6);
  });

  it('are never below the bound, whatever the graph', async () => {
    for (const each of madeUpGraphs()) {
      const bound = lowerBound(each, 4);
      const all = [await engineMakespan(each, 4, true), fifoMakespan(each, 4), wavesMakespan(each, 4)];
      expect(all.every((makespan) => makespan >= bound - 1e-6)).toBe(true);
    }
  });
});
