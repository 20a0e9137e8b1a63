import type { CompiledStep, CompiledWorkflow } from '../workflow/compile.ts';
import type { Scope } from '../workflow/expression.ts';
import { withDefaults } from '../workflow/inputs.ts';
import type { Workflow } from '../workflow/step.ts';
import { type Budget, newBudget } from './budget.ts';

/** What the steps of one workflow, or of one inside another, share. */
export interface StepScope {
  readonly compiled: CompiledWorkflow;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Map<string, { readonly output: unknown; readonly state: string }>;
  readonly item: unknown;
  readonly index: number | undefined;
  /** What its own workflow says, or else the one that is within. */
  readonly undeclaredWrites: NonNullable<Workflow['undeclaredWrites']>;
  /** Those of the workflows it is within as well. */
  readonly budgets: readonly Budget[];
  /** What each of its steps takes beside what it says itself. */
  readonly resources: readonly string[];
}

/** A step of the schedule, with all that those of the workflow do not have: where it stands, and for which item. */
export interface RunNode {
  /** Number in the schedule. */
  readonly number: number;
  readonly name: string;
  readonly compiled: CompiledStep;
  readonly scope: StepScope;
  /** What was expanded to it; -1: it stands in the workflow itself. */
  readonly parent: number;
  /** Set where it stands for one item of a list. */
  readonly item: unknown;
  readonly index: number | undefined;
  readonly isItem: boolean;
  /** What it was expanded to, in order. */
  children: readonly RunNode[] | undefined;
  output: unknown;
  error: unknown;
  attempts: number;
  /** Of all its attempts, US dollars. */
  costUsd: number | undefined;
  attemptCostUsd: number | undefined;
  /** What its attempt has changed, as steps declare it. */
  touched: readonly string[] | undefined;
  /** JSON. The list that it was expanded over, or what the workflow in its place was given, where that cannot be found out again. */
  list: string | undefined;
  startedAtMs: number;
  endedAtMs: number;
  /** When it was to be tried again. */
  againAtMs: number | undefined;
  /** Fields that are to replace its own at the next attempt. */
  patch: Readonly<Record<string, unknown>> | undefined;
  /** How many of its other ways have been tried. */
  rerouted: number;
}

export const newScope = (
  compiled: CompiledWorkflow,
  given: Readonly<Record<string, unknown>>,
  { spentUsd = 0, resources = [] }: { readonly spentUsd?: number; readonly resources?: readonly string[] } = {},
  within?: RunNode,
): StepScope => {
  const { undeclaredWrites, maxCostUsd } = compiled.workflow;
  const outer = within?.scope;
  return {
    compiled,
    inputs: withDefaults(compiled.workflow.inputs, given),
    outputs: new Map(),
    item: within?.item,
    index: within?.index,
    undeclaredWrites: undeclaredWrites ?? outer?.undeclaredWrites ?? 'report',
    budgets: [...(outer?.budgets ?? []), ...(maxCostUsd === undefined ? [] : [newBudget(maxCostUsd, spentUsd)])],
    resources: [...(outer?.resources ?? []), ...resources],
  };
};

export const newNode = (
  fields: Pick<RunNode, 'number' | 'name' | 'compiled' | 'scope' | 'parent'> &
    Partial<Pick<RunNode, 'item' | 'index' | 'isItem'>>,
): RunNode => ({
  item: fields.scope.item,
  index: fields.scope.index,
  isItem: false,
  children: undefined,
  output: undefined,
  error: undefined,
  attempts: 0,
  costUsd: undefined,
  attemptCostUsd: undefined,
  touched: undefined,
  list: undefined,
  startedAtMs: 0,
  endedAtMs: 0,
  againAtMs: undefined,
  patch: undefined,
  rerouted: 0,
  ...fields,
});

const ranks = new WeakMap<CompiledWorkflow, ReadonlyMap<CompiledStep, number>>();
const rankOf = ({ compiled, scope }: RunNode): number => {
  const known =
    ranks.get(scope.compiled) ??
    new Map([...scope.compiled.graph.order].map((step, rank) => [scope.compiled.steps[step] as CompiledStep, rank]));
  ranks.set(scope.compiled, known);
  return known.get(compiled) ?? 0;
};

/** Text by which steps sort as if they had run one after the other. */
export const orderOf = (node: RunNode, nodeAt: (number: number) => RunNode): string => {
  const above = node.parent < 0 ? '' : `${orderOf(nodeAt(node.parent), nodeAt)}.`;
  return above + String(node.isItem ? node.index : rankOf(node)).padStart(7, '0');
};

/** What expressions of a step may name. */
export const expressionScope = (
  { scope, item, index }: RunNode,
  env: Readonly<Record<string, string | undefined>>,
): Scope => ({ inputs: scope.inputs, env, item, index, step: (id) => scope.outputs.get(id) });
