import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dependencies, orderDependencies } from '../src/dependency-graph.ts';

const graphOf = (needs: Readonly<Record<string, readonly string[]>>): Dependencies => new Map(Object.entries(needs));

describe('the order of dependencies', () => {
  it('puts each after those it needs, by levels', () => {
    const { levels } = orderDependencies(graphOf({ app: ['log', 'db'], db: ['log'], log: [], other: [] }));
    expect(levels).toEqual([['log', 'other'], ['db'], ['app']]);
  });

  it('names the whole way to what is missing', () => {
    const { missing, skipped, levels } = orderDependencies(
      graphOf({ app: ['db'], db: ['log'], log: ['files'], own: [] }),
    );
    expect(missing.get('log')).toEqual(['log', 'files']);
    expect(skipped.get('app')).toEqual(['app', 'db', 'log']);
    expect(levels).toEqual([['own']]);
  });

  it('names the whole circle, from each who is in it', () => {
    const { cycles, skipped } = orderDependencies(graphOf({ a: ['b'], b: ['c'], c: ['a'], d: ['a'] }));
    expect(cycles.get('b')).toEqual(['b', 'c', 'a', 'b']);
    expect(skipped.get('d')).toEqual(['d', 'a']);
  });

  it('knows who needs itself', () => {
    expect(orderDependencies(graphOf({ a: ['a'] })).cycles.get('a')).toEqual(['a', 'a']);
  });

  it('takes a chain of 20,000', () => {
    const chain = new Map(Array.from({ length: 20_000 }, (_, at) => [`${at}`, at === 0 ? [] : [`${at - 1}`]] as const));
    expect(orderDependencies(chain).levels).toHaveLength(20_000);
  });
});

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const graphs = fc.record({
  graph: fc
    .array(fc.array(fc.nat({ max: 8 }), { maxLength: 3 }), { minLength: 1, maxLength: 8 })
    .map((rows) => new Map(rows.map((row, at) => [names[at] as string, row.map((to) => names[to] ?? 'absent')]))),
  unusable: fc.subarray(names),
});

/** Who can be used, and after how many others: by asking again and again until nothing changes. */
const naiveLevels = (graph: Dependencies, unusable: ReadonlySet<string>): Map<string, number> => {
  const level = new Map<string, number>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const [name, needs] of graph) {
      if (level.has(name) || unusable.has(name) || !needs.every((each) => level.has(each))) continue;
      level.set(name, Math.max(-1, ...needs.map((each) => level.get(each) ?? 0)) + 1);
      changed = true;
    }
  }
  return level;
};

describe('any graph', () => {
  it('is ordered as the naive way does', () => {
    fc.assert(
      fc.property(graphs, ({ graph, unusable }) => {
        const out = new Set(unusable);
        const { levels } = orderDependencies(graph, out);
        const found = new Map(levels.flatMap((level, at) => level.map((name) => [name, at] as const)));
        expect(new Map([...found].sort())).toEqual(new Map([...naiveLevels(graph, out)].sort()));
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves each plugin in or out for one reason, and every path is there', () => {
    fc.assert(
      fc.property(graphs, ({ graph, unusable }) => {
        const out = new Set(unusable.filter((name) => graph.has(name)));
        const { levels, missing, cycles, skipped } = orderDependencies(graph, out);
        const all = [...levels.flat(), ...out, ...missing.keys(), ...cycles.keys(), ...skipped.keys()];
        expect(all.sort()).toEqual([...graph.keys()].sort());
        for (const [name, path] of [...missing, ...cycles, ...skipped]) {
          expect(path[0]).toBe(name);
          for (const [at, each] of path.slice(1).entries()) expect(graph.get(path[at] as string)).toContain(each);
        }
        for (const [, path] of missing) expect(graph.has(path.at(-1) as string)).toBe(false);
        for (const [name, path] of cycles) expect(path.at(-1)).toBe(name);
        for (const [, path] of skipped) {
          const last = path.at(-1) as string;
          expect(out.has(last) || missing.has(last) || cycles.has(last)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
