import type { TargetView } from './view.ts';

/** By what the list of models can be ordered, in the order in which a key goes through them. */
export const sortOrders = ['calls', 'errors', 'in flight', 'cost', 'name'] as const;
export type SortOrder = (typeof sortOrders)[number];

/** What a list of models is made of, whatever else is known of them. */
type Listed = Pick<
  TargetView,
  'provider' | 'model' | 'calls' | 'callsPerSecond' | 'errorShare' | 'inFlight' | 'costUsd'
>;

const nameOf = ({ provider, model }: Listed): string => `${provider}/${model}`;

const figures: Readonly<Record<Exclude<SortOrder, 'name'>, (target: Listed) => number>> = {
  calls: ({ callsPerSecond }) => callsPerSecond ?? 0,
  errors: ({ errorShare }) => errorShare ?? 0,
  'in flight': ({ inFlight }) => inFlight ?? 0,
  cost: ({ costUsd }) => costUsd,
};

/** Those whose name has the filter in it, whatever its case, the highest figure first; equals by what they were asked, then by name. */
export const listTargets = <Target extends Listed>(
  targets: readonly Target[],
  { sort, filter }: { readonly sort: SortOrder; readonly filter: string },
): readonly Target[] => {
  const wanted = filter.toLowerCase();
  const figure = sort === 'name' ? () => 0 : figures[sort];
  const byName = sort === 'name';
  return targets
    .filter((target) => nameOf(target).toLowerCase().includes(wanted))
    .sort(
      (left, right) =>
        figure(right) - figure(left) ||
        (byName ? 0 : right.calls - left.calls) ||
        (nameOf(left) < nameOf(right) ? -1 : 1),
    );
};
