import { expect, it } from 'vitest';
import { killOne, runWhole, type Whole } from '../kill/support/killing.ts';
import { crashPoints } from '../simulation/support/crash-points.ts';
import { faultsOfReference, live, rehearse } from '../simulation/support/life.ts';

const points = Number(process.env.SOAK_CRASH_POINTS ?? 10_000);
const kills = Number(process.env.SOAK_KILLS ?? 1_000);
const first = Number(process.env.SOAK_SEED ?? Date.now() % 2 ** 31);
const pointsPerSeed = 50;
const repeat = 'npx vitest run --project=batch packages/batch/test/simulation/crash-points.test.ts';

it(
  `a run whose process dies at ${points} points is whole or undone, or goes on to the same end`,
  async () => {
    let lives = 0;
    for (let seed = first; lives < points; seed += 1) {
      const reference = await rehearse(seed);
      const faults = faultsOfReference(reference);
      expect(faults, `HOTPATH_SIMULATION=${seed} ${repeat}`).toEqual([]);
      for (const point of crashPoints(reference.points, pointsPerSeed, seed)) {
        const life = await live(reference, { seed, point });
        expect(life.faults, `HOTPATH_SIMULATION=${seed}:${point} ${repeat}`).toEqual([]);
        lives += 1;
      }
    }
    console.log(`SOAK_SEED=${first}: ${lives} crash points`);
  },
  4 * 3_600_000,
);

it(
  `a run that is killed ${kills} times is whole or undone`,
  async () => {
    const seeds = [1, 2, 3, 4, 5, 6];
    const wholes = new Map<number, Whole>();
    for (const seed of seeds) wholes.set(seed, await runWhole(seed));
    const worker = async (from: number): Promise<void> => {
      for (let at = from; at < kills; at += 2) {
        const seed = seeds[at % seeds.length] as number;
        const { faults } = await killOne(seed, first + at, wholes.get(seed) as Whole);
        expect(faults, `seed ${seed}, chance ${first + at}`).toEqual([]);
      }
    };
    await Promise.all([worker(0), worker(1)]);
  },
  4 * 3_600_000,
);
