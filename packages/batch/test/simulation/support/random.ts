import { randomFrom } from '../../files/support/simulated-tree.ts';

export interface Random {
  (): number;
  /** From 0 to less than `below`. */
  integer(below: number): number;
  chance(share: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
}

export const createRandom = (seed: number): Random => {
  const random = randomFrom(seed);
  const integer = (below: number): number => Math.floor(random() * below);
  return Object.assign(() => random(), {
    integer,
    chance: (share: number): boolean => random() < share,
    pick: <Value>(values: readonly Value[]): Value => values[integer(values.length)] as Value,
  });
};
