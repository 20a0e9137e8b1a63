import * as v from 'valibot';
import { workflowInvalid } from '../errors/workflow-files.ts';
import { kindFields } from './kind.ts';
import { nearest } from './nearest.ts';
import { formatPath, type WorkflowProblem } from './problem.ts';
import { agentFields, commonFields, type Fields, inputFields, stepFields, workflowFields } from './schema.ts';
import type { Workflow } from './step.ts';

type Keys = readonly (string | number)[];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const describe = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing';
  if (value === '') return 'an empty text';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
  if (typeof value === 'object') return 'fields';
  return typeof value === 'function' ? 'a function' : String(value);
};

/** Workflows that were found in order: each is looked at once. */
const sound = new WeakSet<object>();

class Checker {
  readonly problems: WorkflowProblem[] = [];

  report(keys: Keys, message: string, step: string | undefined, meant?: string): void {
    this.problems.push({
      path: formatPath(keys),
      keys,
      message,
      ...(step !== undefined && { step }),
      ...(meant !== undefined && { meant }),
    });
  }

  /** Checks the value of each field, and that there are no others. */
  fields(value: Readonly<Record<string, unknown>>, { names, schema }: Fields, keys: Keys, step?: string): void {
    for (const name of Object.keys(value)) {
      if (names.includes(name)) continue;
      const meant = nearest(name, names);
      const fix = meant === undefined ? `The fields here are ${names.join(', ')}.` : `Did you mean "${meant}"?`;
      this.report([...keys, name], `unknown field. ${fix}`, step, meant);
    }
    for (const issue of v.safeParse(schema, value).issues ?? []) {
      const path = (issue.path ?? []).map(({ key }) => key as string | number);
      const isMissing = path.length === 1 && issue.input === undefined && issue.kind === 'schema';
      const message = isMissing
        ? 'it is missing. Every one must have it.'
        : `expected ${issue.message}, found ${describe(issue.input)}.`;
      this.report([...keys, ...path], message, step);
    }
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
      const near = unknown.map((name) => [name, nearest(name, kinds)]).find(([, meant]) => meant !== undefined);
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
      this.fields(known, commonFields, keys, step);
      return;
    }
    if (named.length > 1) {
      this.report(keys, `it says ${named.join(' and ')}: a step does one thing. Split it.`, step);
      return;
    }
    const kind = kindFields[field] as keyof typeof stepFields;
    this.fields(value, stepFields[kind], keys, step);
    if (kind === 'file') this.fileAction(value, keys, step);
    if (kind === 'json' && value.set === undefined && value.remove === undefined && value.merge === undefined)
      this.report(keys, 'it changes nothing. Give it one of set, remove, merge.', step);
    if (kind !== 'workflow' || typeof value.workflow === 'string') return;
    if (isRecord(value.workflow)) this.workflow(value.workflow, [...keys, 'workflow']);
    else
      this.report(
        [...keys, 'workflow'],
        `expected the path of a workflow, or a workflow, found ${describe(value.workflow)}.`,
        step,
      );
  }

  fileAction(value: Readonly<Record<string, unknown>>, keys: Keys, step: string | undefined): void {
    const actions = ['content', 'append', 'find', 'rename', 'delete', 'link', 'folder'];
    const given = actions.filter((name) => value[name] !== undefined && value[name] !== false);
    if (given.length > 1) this.report(keys, `it says ${given.join(' and ')}: one change a step. Split it.`, step);
    if (given.length === 0 && value.mode === undefined)
      this.report(keys, `it changes nothing. Give it one of ${actions.join(', ')}, mode.`, step);
    for (const [name, wanted] of [
      ['find', 'replace'],
      ['replace', 'find'],
      ['all', 'find'],
    ] as const)
      if (value[name] !== undefined && value[wanted] === undefined)
        this.report([...keys, name], `it goes with "${wanted}", which is missing.`, step);
  }

  workflow(value: unknown, keys: Keys): void {
    if (typeof value === 'object' && value !== null && sound.has(value)) return;
    if (!isRecord(value)) {
      this.report(keys, `expected a workflow with "name" and "steps", found ${describe(value)}.`, undefined);
      return;
    }
    const before = this.problems.length;
    this.fields(value, workflowFields, keys);
    if (isRecord(value.inputs))
      for (const [name, input] of Object.entries(value.inputs)) {
        const own = [...keys, 'inputs', name];
        if (isRecord(input)) this.fields(input, inputFields, own);
        else this.report(own, `expected the fields of an input, found ${describe(input)}.`, undefined);
      }
    if (isRecord(value.agents))
      for (const [name, agent] of Object.entries(value.agents)) {
        const own = [...keys, 'agents', name];
        if (isRecord(agent)) this.fields(agent, agentFields, own);
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
