import { createHash } from 'node:crypto';
import type { StepState } from '../run/schedule.ts';
import type { Conflict } from '../workspace/workspace.ts';
import type { RunNode } from './nodes.ts';

export interface StepOutcome {
  readonly step: string;
  readonly state: StepState;
  readonly output: unknown;
  readonly error: unknown;
  readonly attempts: number;
  readonly costUsd: number | undefined;
}

export interface RunOutcome {
  readonly run: string;
  readonly state: 'committed' | 'kept' | 'undone' | 'failed' | 'paused';
  /** In the order of the workflow, those of a fan-out after the step that made them. */
  readonly steps: readonly StepOutcome[];
  /** What the steps of the workflow came to, by id. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Why it is not committed. */
  readonly error: unknown;
  /** What was not taken back, since somebody else had changed it. */
  readonly conflicts: readonly Conflict[];
  /** Steps that wait for a yes. */
  readonly waiting: readonly string[];
  readonly costUsd: number;
  /** Of outputs in the order of the steps: equal for equal runs. */
  readonly resultHash: string;
}

/** What became of all steps, whatever finished first. */
export const stepsOutcome = (
  nodes: readonly RunNode[],
  stateOf: (step: number) => StepState,
): { readonly steps: readonly StepOutcome[]; readonly resultHash: string } => {
  const hash = createHash('sha256');
  const steps: StepOutcome[] = [];
  const visit = (node: RunNode): void => {
    const state = stateOf(node.number);
    const output = JSON.stringify(node.output ?? null);
    hash.update(`${node.name}\n${state}\n${output.length}\n${output}\n`);
    const { name: step, error, attempts, costUsd } = node;
    steps.push({ step, state, output: node.output, error, attempts, costUsd });
    for (const child of node.children ?? []) visit(child);
  };
  for (const node of nodes) if (node.parent < 0) visit(node);
  return { steps, resultHash: hash.digest('hex') };
};
