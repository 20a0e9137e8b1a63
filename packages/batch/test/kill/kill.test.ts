import { describe, expect, it } from 'vitest';
import { killOne, runWhole, type Whole } from './support/killing.ts';

const kills = 40;

describe('a run that is killed with its commands', () => {
  it(`is whole or undone when another process has put it in order, ${kills} times out of ${kills}`, async () => {
    const seeds = [1, 2, 3];
    const wholes = new Map<number, Whole>();
    for (const seed of seeds) wholes.set(seed, await runWhole(seed));
    const ends = new Map<string, number>();
    const found: string[] = [];
    const worker = async (from: number): Promise<void> => {
      for (let at = from; at < kills; at += 2) {
        const seed = seeds[at % seeds.length] as number;
        const { faults, end } = await killOne(seed, at, wholes.get(seed) as Whole);
        ends.set(end, (ends.get(end) ?? 0) + 1);
        found.push(...faults.map((fault) => `kill ${at}: ${fault}`));
      }
    };
    await Promise.all([worker(0), worker(1)]);
    expect(found).toEqual([]);
    expect([...ends.keys()]).toEqual(expect.arrayContaining(['resumed', 'undone']));
  }, 120_000);
});
