import { createRandom } from './random.ts';

/** Points spread over all of a run, one in each part of it, and one after its end. */
export const crashPoints = (points: number, count: number, seed: number): readonly number[] => {
  const random = createRandom(seed);
  const share = points / (count - 1);
  const within = Array.from({ length: count - 1 }, (_, at) => 1 + Math.floor((at + random()) * share));
  return [...within, points + 1];
};
