import { describe, expect, it } from 'vitest';
import { crashPoints } from './support/crash-points.ts';
import { faultsOfReference, live, rehearse } from './support/life.ts';

const seeds = 40;
const pointsPerSeed = 25;
/** To look at one: HOTPATH_SIMULATION=seed, or seed:point. */
const [onlySeed, onlyPoint] = (process.env.HOTPATH_SIMULATION ?? '').split(':').map(Number) as [number, number?];

describe('a run whose process dies', () => {
  it(`is whole or undone, or goes on to the same end, at ${seeds * pointsPerSeed} points of ${seeds} workflows`, async () => {
    const found: string[] = [];
    const ends = new Set<string>();
    let lives = 0;
    for (let seed = onlySeed || 1; seed <= (onlySeed || seeds); seed += 1) {
      const reference = await rehearse(seed);
      found.push(...faultsOfReference(reference).map((fault) => `seed ${seed}: ${fault}`));
      const points = onlyPoint === undefined ? crashPoints(reference.points, pointsPerSeed, seed) : [onlyPoint];
      for (const point of points) {
        const { faults, state } = await live(reference, { seed, point });
        ends.add(state);
        lives += 1;
        found.push(...faults.map((fault) => `HOTPATH_SIMULATION=${seed}:${point} ${fault}`));
      }
      if (found.length > 0) break;
    }
    expect(found).toEqual([]);
    if (onlySeed) return;
    expect(lives).toBe(seeds * pointsPerSeed);
    expect([...ends].sort()).toEqual(['committed', 'kept', 'nothing', 'undone']);
  }, 120_000);
});
