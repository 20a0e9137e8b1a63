import type { Journal, Step } from '@hotpath/batch';

const mostRuns = 5;

const median = (values: readonly number[]): number | undefined => [...values].sort((a, b) => a - b)[values.length >> 1];

/** The step of an attempt, as the workflow names it: `review` for `review[3]` and for `nightly/review`. */
const idOf = (name: string): string =>
  name
    .replaceAll(/\[\d+\]/g, '')
    .split('/')
    .at(-1) as string;

/** What a step of a workflow cost in its last runs, US dollars; of one that runs for a list, one item. Answers from a cache cost nothing. */
export const learnCosts = (
  journal: Pick<Journal, 'runs' | 'load'>,
  name: string,
): ((step: Step) => number | undefined) => {
  let costs: Map<string, number[]> | undefined;
  const read = (): Map<string, number[]> => {
    const found = new Map<string, number[]>();
    for (const { id } of journal.runs({ name, limit: mostRuns }))
      for (const { step, end, costUsd } of journal.load(id)?.attempts ?? [])
        if (end === 'succeeded' && costUsd !== undefined && costUsd > 0)
          found.set(idOf(step), [...(found.get(idOf(step)) ?? []), costUsd]);
    return found;
  };
  return ({ id }) => {
    costs ??= read();
    return median(costs.get(id) ?? []);
  };
};
