import { workflowInvalid } from '../errors/workflow-files.ts';
import { checkFields, describe, isRecord, meantBy } from './check-fields.ts';
import { checkStep, holdsTemplate } from './check-step.ts';
import type { FieldPlace } from './foreign-names.ts';
import { kindFields } from './kind.ts';
import { formatPath, type WorkflowProblem } from './problem.ts';
import { agentFields, commonFields, type Fields, inputFields, stepFields, workflowFields } from './schema.ts';
import type { Workflow } from './step.ts';

type Keys = readonly (string | number)[];

/** Workflows that were found in order: each is looked at once. */
const sound = new WeakSet<object>();

class Checker {
  readonly problems: WorkflowProblem[] = [];
  /** Workflows that are being looked at, each within the one before. */
  readonly #open = new Set<unknown>();

  report(keys: Keys, message: string, step: string | undefined, meant?: string): void {
    this.problems.push({
      path: formatPath(keys),
      keys,
      message,
      ...(step !== undefined && { step }),
      ...(meant !== undefined && { meant }),
    });
  }

  fields(value: Readonly<Record<string, unknown>>, fields: Fields, keys: Keys, place: FieldPlace, step?: string): void {
    for (const { keys: own, message, meant } of checkFields(value, fields, place))
      this.report([...keys, ...own], message, step, meant);
  }

  step(value: unknown, keys: Keys): void {
    if (!isRecord(value)) {
      this.report(keys, `expected a step with its fields, found ${describe(value)}.`, undefined);
      return;
    }
    const step = typeof value.id === 'string' ? value.id : undefined;
    const named = Object.keys(kindFields).filter((field) => Object.hasOwn(value, field));
    const [field] = named;
    if (field === undefined) {
      const kinds = Object.keys(kindFields);
      const unknown = Object.keys(value).filter((name) => !commonFields.names.includes(name));
      const near = unknown.map((name) => [name, meantBy(name, 'step', kinds)]).find(([, meant]) => meant !== undefined);
      this.report(
        near === undefined ? keys : [...keys, near[0] as string],
        near === undefined
          ? `it does not say what it does. Give it one of ${kinds.join(', ')}.`
          : `unknown field, and nothing says what the step does. Did you mean "${near[1]}"?`,
        step,
        near?.[1],
      );
      // What it is to do is not known, nor are the fields that go with it.
      const known = Object.fromEntries(Object.entries(value).filter(([name]) => commonFields.names.includes(name)));
      this.fields(known, commonFields, keys, 'step', step);
      return;
    }
    if (named.length > 1) {
      this.report(keys, `it says ${named.join(' and ')}: a step does one thing. Split it.`, step);
      return;
    }
    const kind = kindFields[field] as keyof typeof stepFields;
    this.fields(value, stepFields[kind], keys, 'step', step);
    for (const { keys: own, message, meant } of checkStep(kind, value))
      this.report([...keys, ...own], message, step, meant);
    if (kind !== 'workflow' || typeof value.workflow === 'string') return;
    if (isRecord(value.workflow)) this.workflow(value.workflow, [...keys, 'workflow']);
    else
      this.report(
        [...keys, 'workflow'],
        `expected the path of a workflow, or a workflow, found ${describe(value.workflow)}.`,
        step,
      );
  }

  workflow(value: unknown, keys: Keys): void {
    if (typeof value === 'object' && value !== null && sound.has(value)) return;
    if (this.#open.has(value)) {
      this.report(keys, 'it runs itself, and would without an end. Take the step out.', undefined);
      return;
    }
    if (!isRecord(value)) {
      this.report(keys, `expected a workflow with "name" and "steps", found ${describe(value)}.`, undefined);
      return;
    }
    this.#open.add(value);
    const before = this.problems.length;
    this.fields(value, workflowFields, keys, 'workflow');
    if (isRecord(value.inputs))
      for (const [name, input] of Object.entries(value.inputs)) {
        const own = [...keys, 'inputs', name];
        if (isRecord(input)) {
          this.fields(input, inputFields, own, 'input');
          if (holdsTemplate(input.default))
            this.report(
              [...own, 'default'],
              'a default is a value, templates in it are not filled in. Write the value.',
              undefined,
            );
        } else this.report(own, `expected the fields of an input, found ${describe(input)}.`, undefined);
      }
    if (isRecord(value.agents))
      for (const [name, agent] of Object.entries(value.agents)) {
        const own = [...keys, 'agents', name];
        if (isRecord(agent)) this.fields(agent, agentFields, own, 'agent');
        else this.report(own, `expected the settings of an agent, found ${describe(agent)}.`, undefined);
      }
    if (Array.isArray(value.steps)) {
      const ids = new Map<unknown, number>();
      for (const [at, step] of value.steps.entries()) {
        const own = [...keys, 'steps', at];
        this.step(step, own);
        const { id } = isRecord(step) ? step : {};
        const first = ids.get(id);
        if (typeof id === 'string' && first !== undefined)
          this.report(
            [...own, 'id'],
            `the id "${id}" is that of ${formatPath([...keys, 'steps', first])} too. Rename one.`,
            id,
          );
        else ids.set(id, at);
      }
    }
    this.#open.delete(value);
    if (this.problems.length === before) sound.add(value);
  }
}

/** All that is wrong with a workflow as it is written, in the order of its steps; none for one that is in order. */
export const findProblems = (value: unknown): readonly WorkflowProblem[] => {
  const checker = new Checker();
  checker.workflow(value, []);
  return checker.problems;
};

/** Throws `BATCH_WORKFLOW_INVALID`, which names everything that is wrong at once. */
export function checkWorkflow(value: unknown): asserts value is Workflow {
  const problems = findProblems(value);
  if (problems.length > 0) throw workflowInvalid(problems);
}
