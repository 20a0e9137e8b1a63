import type { CompiledWorkflow } from '../workflow/compile.ts';
import type { RunNode } from './nodes.ts';

const known = new WeakMap<CompiledWorkflow, readonly (readonly number[])[]>();
/** By the place of a step in its workflow, those that it comes after. */
const beforeIn = (compiled: CompiledWorkflow): readonly (readonly number[])[] => {
  const found = known.get(compiled);
  if (found !== undefined) return found;
  const before: number[][] = compiled.steps.map(() => []);
  for (const { from, to } of compiled.dependencies) before[to]?.push(from);
  known.set(compiled, before);
  return before;
};

/** Since when nothing but room was missing for a step to begin. `beganAtMs`: when those of the workflow itself could. */
export const readySince = (node: RunNode, nodeAt: (number: number) => RunNode, beganAtMs: number): number => {
  const { againAtMs, isItem, scope, number } = node;
  if (againAtMs !== undefined) return againAtMs;
  const parent = node.parent < 0 ? undefined : nodeAt(node.parent);
  let sinceMs = parent?.startedAtMs ?? beganAtMs;
  if (isItem) return sinceMs;
  const first = parent?.children?.[0]?.number ?? 0;
  for (const place of beforeIn(scope.compiled)[number - first] ?? [])
    sinceMs = Math.max(sinceMs, nodeAt(first + place).endedAtMs);
  return sinceMs;
};
