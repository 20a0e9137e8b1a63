import { seededRandom } from '../../harness/statistics.ts';

/** Seeded draws from the distributions that traffic is made of. */
export interface Draws {
  chance(share: number): boolean;
  between(least: number, most: number): number;
  /** Log-normal: half of the values are below `median`; `spread` is the standard deviation of the logarithm. */
  logNormal(median: number, spread: number): number;
  /** Weibull; a `shape` below 1 has many short waits and a few long ones. */
  weibull(scale: number, shape: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

export const createDraws = (seed: number): Draws => {
  const random = seededRandom(seed);
  const weibull = (scale: number, shape: number): number => scale * (-Math.log(1 - random())) ** (1 / shape);
  return {
    chance: (share) => random() < share,
    between: (least, most) => least + random() * (most - least),
    logNormal: (median, spread) => {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      return median * Math.exp(spread * radius * Math.cos(2 * Math.PI * random()));
    },
    weibull,
    pick: (items) => items[Math.floor(random() * items.length)] as (typeof items)[number],
  };
};
