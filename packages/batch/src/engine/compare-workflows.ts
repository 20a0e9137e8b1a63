import type { CompiledStep, CompiledWorkflow, Dependency } from '../workflow/compile.ts';
import type { Expression } from '../workflow/expression.ts';
import type { Workflow } from '../workflow/step.ts';

/** Where two definitions of a workflow part. */
export interface StepDifference {
  /** With the names of what it is within, as `deploy/test`: one for all items of a list. */
  readonly step: string;
  /** `after`: it is as it was, and comes after what is not, or after other steps than before. */
  readonly why: 'changed' | 'new' | 'gone' | 'after';
}

/** How a step is run, which says nothing of what it does. */
const ways = new Set(['priority', 'durationMs', 'timeoutMs', 'retry', 'retries', 'retryDelayMs', 'resources', 'memo']);

/** JSON with keys in order; functions by their names, which is all that the journal has of them. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === 'function') return member.name || 'anonymous';
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

const definitionOf = ({ step, inner }: CompiledStep): string =>
  canonical(
    Object.fromEntries(
      Object.entries(step).filter(([field]) => !ways.has(field) && (field !== 'workflow' || inner === undefined)),
    ),
  );

/** Inputs that have another value now where nobody gives them one. */
const changedDefaults = ({ inputs: before = {} }: Workflow, { inputs: now = {} }: Workflow): ReadonlySet<string> =>
  new Set(
    [...Object.keys(before), ...Object.keys(now)].filter(
      (name) => canonical(before[name]?.default ?? null) !== canonical(now[name]?.default ?? null),
    ),
  );

const expressionsOf = ({ when, map, fields }: CompiledStep): readonly Expression[] => [
  ...(when === undefined ? [] : [when]),
  ...(map !== undefined && 'evaluate' in map ? [map] : []),
  ...(fields?.expressions ?? []),
];
const usesAny = (step: CompiledStep, inputs: ReadonlySet<string>): boolean =>
  inputs.size > 0 &&
  expressionsOf(step).some(({ references }) =>
    references.some(([context, name]) => context === 'inputs' && (name === undefined || inputs.has(name))),
  );

type StepNames = ReadonlyMap<string, ReadonlySet<string>>;

/** The steps that come before each step: all of them, or those that are meant. */
const stepsBefore = (
  { steps, dependencies }: CompiledWorkflow,
  isMeant: (from: string, to: string, kind: Dependency['kind']) => boolean = () => true,
): StepNames => {
  const before = new Map(steps.map(({ id }) => [id, new Set<string>()]));
  for (const { from, to, kind } of dependencies) {
    const [first, second] = [steps[from]?.id ?? '', steps[to]?.id ?? ''];
    if (isMeant(first, second, kind)) before.get(second)?.add(first);
  }
  return before;
};
const nothing: ReadonlySet<string> = new Set();

/**
 * Steps that would do something else, or upon something else, by the second definition than by the first, in its order. `given`: inputs
 * that have a value whatever the definition says.
 */
export const compareWorkflows = (
  before: CompiledWorkflow,
  now: CompiledWorkflow,
  given: Readonly<Record<string, unknown>> = {},
): readonly StepDifference[] => compareWithin(before, now, '', new Set(Object.keys(given)));

const compareWithin = (
  before: CompiledWorkflow,
  now: CompiledWorkflow,
  prefix: string,
  given: ReadonlySet<string>,
): readonly StepDifference[] => {
  const known = new Map(before.steps.map((step) => [step.id, step]));
  const allBefore = stepsBefore(before);
  // One that only waits for another had not its success before either; but what it did not wait for at all is another thing.
  const needsBefore = stepsBefore(before, (_, __, kind) => kind !== 'order');
  const needsNow = stepsBefore(now, (from, to, kind) => kind !== 'order' || allBefore.get(to)?.has(from) !== true);
  const inputs = new Set([...changedDefaults(before.workflow, now.workflow)].filter((name) => !given.has(name)));
  const differing = new Set<string>();

  const compareStep = (step: CompiledStep): readonly StepDifference[] => {
    const name = prefix + step.id;
    const old = known.get(step.id);
    if (old === undefined) return [{ step: name, why: 'new' }];
    if (definitionOf(old) !== definitionOf(step) || usesAny(step, inputs)) return [{ step: name, why: 'changed' }];
    const [needed, needs] = [needsBefore.get(step.id) ?? nothing, needsNow.get(step.id) ?? nothing];
    const isAfterOthers = needed.size !== needs.size || [...needs].some((id) => !needed.has(id) || differing.has(id));
    if (isAfterOthers) return [{ step: name, why: 'after' }];
    return old.inner === undefined || step.inner === undefined
      ? []
      : compareWithin(old.inner, step.inner, `${name}/`, nothing);
  };

  const differences = [...now.graph.order].flatMap((at) => {
    const step = now.steps[at] as CompiledStep;
    const found = compareStep(step);
    if (found.length > 0) differing.add(step.id);
    return found;
  });
  const gone = before.steps.filter(({ id }) => !needsNow.has(id));
  return [...differences, ...gone.map(({ id }): StepDifference => ({ step: prefix + id, why: 'gone' }))];
};

/** Of these, those of which something has succeeded, by the names of the steps that have. */
export const finishedAmong = (
  differences: readonly StepDifference[],
  succeeded: Iterable<string>,
): readonly StepDifference[] => {
  const names = [...new Set([...succeeded].map(withoutItems))];
  return differences.filter(({ step }) => names.some((name) => name === step || name.startsWith(`${step}/`)));
};

/** The step of the workflow that one of its items is of: `review/fix` for `review[3]/fix`. */
export const withoutItems = (name: string): string => name.replaceAll(/\[\d+\]/g, '');
