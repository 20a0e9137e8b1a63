import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGraph, type Graph } from '../../src/graph/graph.ts';
import { inferDependencies } from '../../src/graph/infer.ts';
import type { StepTouches } from '../../src/graph/step-touches.ts';
import { parseTouch, touchesMeet } from '../../src/graph/touch.ts';

const nameOf = String;
const free = (size: number, edges: readonly [number, number][] = []): Graph =>
  createGraph(
    size,
    edges.map(([from, to]) => ({ from, to, kind: 'needs' })),
    nameOf,
  );
const infer = (touches: readonly Partial<StepTouches>[], edges?: readonly [number, number][]): string[] =>
  inferDependencies(
    free(touches.length, edges),
    touches.map(({ reads = [], writes = [] }) => ({ reads, writes })),
  ).map(({ from, to, kind, why, what }) => `${from} -> ${to} ${kind} ${why} ${what}`);

describe('dependencies from what steps touch', () => {
  it('lets who reads come after who wrote, and who overwrites after both', () => {
    expect(infer([{ writes: ['a'] }, { reads: ['a'] }, { writes: ['a'] }])).toEqual([
      '0 -> 1 uses write-read a',
      '1 -> 2 order read-write a',
      '0 -> 2 uses write-write a',
    ]);
  });

  it('leaves out what follows from others', () => {
    const chain = Array.from({ length: 5 }, () => ({ writes: ['log'] }));
    expect(infer(chain)).toHaveLength(4);
    expect(
      infer(
        [{ writes: ['a'] }, {}, { reads: ['a'] }],
        [
          [0, 1],
          [1, 2],
        ],
      ),
    ).toEqual([]);
  });

  it('knows patterns, folders and places in JSON files', () => {
    expect(infer([{ writes: ['src/a.ts'] }, { reads: ['src/**/*.ts'] }, { reads: ['docs'] }])).toEqual([
      '0 -> 1 uses write-read src/**/*.ts',
    ]);
    expect(infer([{ writes: ['dist'] }, { reads: ['dist/a/b.js'] }])).toHaveLength(1);
    expect(infer([{ writes: ['p.json#/a'] }, { writes: ['p.json#/b'] }, { reads: ['p.json'] }])).toHaveLength(2);
    expect(infer([{ writes: ['name:db'] }, { reads: ['name:db'] }, { reads: ['db'] }])).toHaveLength(1);
  });

  it('goes by the order of what is declared, not by the place in the list', () => {
    expect(infer([{ reads: ['a'] }, { writes: ['a'] }], [[1, 0]])).toEqual([]);
    expect(infer([{ reads: ['a'] }, { writes: ['a'] }, {}], [[2, 0]])).toEqual(['1 -> 0 uses write-read a']);
  });

  it('keeps an edge that only an order would imply, where the one between may be blocked', () => {
    // 1 -order-> 2: where 1 is blocked it ends early, and 2 would no longer wait for 0.
    expect(infer([{ reads: ['b'] }, { writes: ['b'], reads: ['a'] }, { writes: ['a', 'b'] }])).toContain(
      '1 -> 2 uses write-write b',
    );
    expect(infer([{ writes: ['x'] }, { reads: ['x', 'y'] }, { writes: ['x', 'y'] }])).toContain(
      '0 -> 2 uses write-write x',
    );
  });

  const names = ['a', 'b', 'c/x', 'c/y', 'd.json#/p', 'd.json#/p/q', 'd.json#/r', 'name:n'];
  const patterns = [...names, 'c', 'c/*', '*', '**', 'd.json', '{a,b}'];
  const touch = fc.array(fc.constantFrom(...patterns), { maxLength: 3 });
  const touchesOfSteps = fc.array(fc.record({ reads: touch, writes: touch }), { minLength: 1, maxLength: 8 });

  /** Every step mixes what it reads into all it writes. */
  const run = (order: readonly number[], touches: readonly StepTouches[]): string => {
    const world = new Map(names.map((name) => [name, name]));
    const reached = (texts: readonly string[]): string[] =>
      names.filter((name) => texts.some((text) => touchesMeet(parseTouch(text), parseTouch(name))));
    for (const step of order) {
      const { reads, writes } = touches[step] as StepTouches;
      const seen = reached(reads).map((name) => world.get(name));
      let hash = step + 1;
      for (const character of seen.join('|')) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
      for (const name of reached(writes)) world.set(name, `${hash}`);
    }
    return JSON.stringify([...world]);
  };

  it('makes every order that it allows equal to one step after the other', () => {
    fc.assert(
      fc.property(
        touchesOfSteps,
        fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (touches, pairs, choices) => {
          const size = touches.length;
          // Declared ones may point back in the list, but make no circle: numbers are shuffled.
          const place = (at: number): number => (at * 5 + 3) % size;
          const isPermutation = new Set(touches.map((_, at) => place(at))).size === size;
          const declared = pairs
            .filter(([from, to]) => from < to && to < size)
            .map(([from, to]) => ({
              from: isPermutation ? place(from) : from,
              to: isPermutation ? place(to) : to,
              kind: 'needs' as const,
            }));
          const base = createGraph(size, declared, nameOf);
          const graph = createGraph(size, [...declared, ...inferDependencies(base, touches)], nameOf);
          const missing = graph.indegree.slice();
          const order: number[] = [];
          const ready = touches.flatMap((_, step) => (missing[step] === 0 ? [step] : []));
          while (ready.length > 0) {
            const [step] = ready.splice(choices.next().value % ready.length, 1) as [number];
            order.push(step);
            for (let edge = graph.firstEdge[step] as number; edge < (graph.firstEdge[step + 1] as number); edge += 1) {
              const next = graph.target[edge] as number;
              missing[next] = (missing[next] as number) - 1;
              if (missing[next] === 0) ready.push(next);
            }
          }
          expect(order).toHaveLength(size);
          expect(run(order, touches)).toBe(run([...base.order], touches));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('adds as many edges as steps have touches, not as there are pairs', () => {
    const size = 3_000;
    let seed = 1;
    const random = (): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed / 0x7fffffff;
    };
    const path = (): string => `src/${Math.floor(random() * 50)}/${Math.floor(random() * 100)}.ts`;
    const touches = Array.from({ length: size }, () => ({ reads: [path(), path()], writes: [path()] }));
    expect(inferDependencies(free(size), touches).length).toBeLessThan(size * 4);
    const shared = Array.from({ length: size }, (_, at) => ({ reads: ['src/**'], writes: [`src/${at}`] }));
    expect(inferDependencies(free(size), shared)).toHaveLength(size - 1);
  });
});
