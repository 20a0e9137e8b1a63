import { orderDependencies } from './dependency-graph.ts';
import { dependencySkipped, type PluginError } from './errors.ts';
import type { Loader } from './load-plugins.ts';
import type { Plan } from './plan.ts';

/**
 * Deactivates the active plugins that need one which does not work any more, last loaded first. Each counts as failed until it is asked for
 * again, which loads both anew. Never rejects.
 */
export const loseDependants = async (
  name: string,
  why: PluginError,
  plan: Plan,
  loader: Pick<Loader, 'active' | 'lose'>,
  onProblem: (error: PluginError) => void,
): Promise<void> => {
  const needs = new Map(
    [...plan.plugins].map(([each, { manifest }]) => [each, Object.keys(manifest.dependencies)] as const),
  );
  const { skipped } = orderDependencies(needs, new Set([name]));
  for (const each of plan.levels.flat().reverse()) {
    const via = skipped.get(each);
    if (via === undefined || via.at(-1) !== name || loader.active(each) === undefined) continue;
    const error = dependencySkipped(via, why);
    onProblem(error);
    await loader.lose(each, error);
  }
};
