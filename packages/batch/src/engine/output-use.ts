import type { RunNode } from './nodes.ts';

/** Whether others go on with what a step comes to: by a template, or as a function, which may ask for it. */
export const isOutputUsed = ({ compiled, scope, parent }: RunNode, nodeAt: (number: number) => RunNode): boolean => {
  const { steps, dependencies } = scope.compiled;
  return (
    steps.some(({ kind }) => kind === 'call') ||
    dependencies.some(({ from, why }) => why === 'template' && steps[from] === compiled) ||
    (parent >= 0 && isOutputUsed(nodeAt(parent), nodeAt))
  );
};
