import { seededRandom } from '../../harness/statistics.ts';

/** A step as each side is given it: everything else is the side's own work, and measured. */
export interface BenchStep {
  readonly id: string;
  readonly dependencies: readonly string[];
  readonly run: () => Promise<number>;
}

export type Shape = 'independent' | 'dag';

/** How far back the steps are that a step of the graph depends on, and on how many of them it does. */
const reach = 50;
const needs = 2;

/** Steps that do nothing and say their number; in the graph each depends on two of the fifty declared before it, seeded. */
export const stepsOf = (shape: Shape, count: number): readonly BenchStep[] => {
  const random = seededRandom(1);
  const dependenciesOf = (at: number): readonly string[] => {
    if (shape === 'independent' || at === 0) return [];
    const back = (): number => at - 1 - Math.floor(random() * Math.min(at, reach));
    return [...new Set(Array.from({ length: needs }, back))].map((step) => `step-${step}`);
  };
  return Array.from({ length: count }, (_, at) => ({
    id: `step-${at}`,
    dependencies: dependenciesOf(at),
    run: async () => at,
  }));
};

/** Fails unless every step has run once, none before one it depends on. */
export const checkOrder = (steps: readonly BenchStep[], ran: readonly string[]): void => {
  const places = new Map(ran.map((id, place) => [id, place]));
  if (ran.length !== steps.length || places.size !== steps.length)
    throw new Error(`${places.size} of ${steps.length} steps ran, ${ran.length} times in all.`);
  for (const { id, dependencies } of steps)
    for (const before of dependencies)
      if ((places.get(before) ?? 0) > (places.get(id) ?? 0)) throw new Error(`${id} ran before ${before}.`);
};
