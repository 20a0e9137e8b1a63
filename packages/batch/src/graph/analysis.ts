import type { Graph } from './graph.ts';

/** The steps that fall apart into groups which have nothing to do with each other: the group of each step, numbered from 0. */
export const findGroups = ({ size, firstEdge, target }: Graph): Uint32Array => {
  const parent = Uint32Array.from({ length: size }, (_, step) => step);
  const find = (step: number): number => {
    let root = step;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root] as number] as number;
      root = parent[root] as number;
    }
    return root;
  };
  for (let from = 0; from < size; from += 1)
    for (let edge = firstEdge[from] as number; edge < (firstEdge[from + 1] as number); edge += 1) {
      const [a, b] = [find(from), find(target[edge] as number)];
      // The lower number stays the root: groups are numbered as their first steps stand.
      if (a < b) parent[b] = a;
      else parent[a] = b;
    }
  const numbers = new Map<number, number>();
  return Uint32Array.from({ length: size }, (_, step) => {
    const root = find(step);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
};

/** How long it takes from the start of each step to the end of the run with no limit to what runs at once: the bottom level. */
export const bottomLevels = (
  { size, firstEdge, target, order }: Graph,
  duration: (step: number) => number,
): Float64Array => {
  const levels = new Float64Array(size);
  for (let at = size - 1; at >= 0; at -= 1) {
    const step = order[at] as number;
    let after = 0;
    for (let edge = firstEdge[step] as number; edge < (firstEdge[step + 1] as number); edge += 1)
      after = Math.max(after, levels[target[edge] as number] as number);
    levels[step] = after + duration(step);
  }
  return levels;
};

/** Whether one step comes after another in every order, answered from a bit per pair: 10,000 steps need 12 MB. */
export const createReachability = ({
  size,
  firstEdge,
  target,
  order,
}: Graph): ((from: number, to: number) => boolean) => {
  const words = (size + 31) >>> 5;
  const reached = new Uint32Array(words * size);
  for (let at = size - 1; at >= 0; at -= 1) {
    const from = order[at] as number;
    for (let edge = firstEdge[from] as number; edge < (firstEdge[from + 1] as number); edge += 1) {
      const to = target[edge] as number;
      const [own, other] = [from * words, to * words];
      for (let word = 0; word < words; word += 1)
        reached[own + word] = (reached[own + word] as number) | (reached[other + word] as number);
      reached[own + (to >>> 5)] = (reached[own + (to >>> 5)] as number) | (1 << (to & 31));
    }
  }
  return (from, to) => ((reached[from * words + (to >>> 5)] as number) & (1 << (to & 31))) !== 0;
};
