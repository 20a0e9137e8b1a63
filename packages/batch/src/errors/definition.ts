import { BatchError, listed, quoted } from '../errors.ts';
import type { InputProblem } from '../workflow/inputs.ts';

export const cycleFound = (via: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_CYCLE',
    `The steps wait for each other in a circle: ${[...via, via[0]].join(' -> ')}. Take one of these dependencies out.`,
    { step: via[0], field: 'dependencies', via },
  );

export const stepDuplicate = (step: string): BatchError =>
  new BatchError('BATCH_STEP_DUPLICATE', `Two steps have the id "${step}". Rename one of them.`, { step, field: 'id' });

export const stepUnknown = (step: string, missing: string, known: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_STEP_UNKNOWN',
    `The step "${step}" depends on "${missing}", which there is not. There are: ${listed(known)}.`,
    { step, field: 'dependencies' },
  );

export const resourceInvalid = (text: string): BatchError =>
  new BatchError(
    'BATCH_RESOURCE_INVALID',
    `"${text}" is no resource: write a name, or a name and how much of it, as "gpu" or "memory:4".`,
    { field: 'resources' },
  );

export const resourceTooMuch = (text: string, slots: number): BatchError =>
  new BatchError(
    'BATCH_RESOURCE_TOO_MUCH',
    `A step takes ${text}, and there are ${slots} in all: it could never start. Take less, or raise the limit.`,
    { field: 'resources' },
  );

export const optionInvalid = (field: string, value: unknown, wanted: string): BatchError =>
  new BatchError('BATCH_OPTION_INVALID', `${field} is ${String(value)}: it must be ${wanted}.`, { field });

/** `step`: the one that runs the workflow in its place. */
export const inputsInvalid = (workflow: string, problems: readonly InputProblem[], step?: string): BatchError => {
  const what = step === undefined ? `The workflow "${workflow}"` : `The workflow "${workflow}" of the step "${step}"`;
  return new BatchError(
    'BATCH_INPUT_INVALID',
    [`${what} is not given what it wants:`, ...problems.map(({ message }) => `  ${message}`)].join('\n'),
    {
      step,
      field: `inputs.${problems[0]?.input}`,
      problems: problems.map(({ input, message }) => ({
        path: `inputs.${input}`,
        keys: ['inputs', input],
        message,
        step,
      })),
    },
  );
};

export const kindUnclear = (step: string, named: readonly string[], known: readonly string[]): BatchError =>
  new BatchError(
    'BATCH_STEP_KIND',
    named.length === 0
      ? `The step "${step}" does not say what it does. Give it one of: ${listed(known)}.`
      : `The step "${step}" says ${listed(named)}: a step does one thing. Split it.`,
    { step },
  );

export const kindUnknown = (step: string, kind: string): BatchError =>
  new BatchError(
    'BATCH_STEP_KIND',
    `The step "${step}" is of kind ${kind}, which this dispatcher does not do. Hand in an executor for it.`,
    { step },
  );

export const expressionInvalid = (text: string, reason: string): BatchError =>
  new BatchError('BATCH_EXPRESSION_INVALID', `The expression "${text}" cannot be evaluated: ${reason}.`, {});

export const templateUnclosed = (text: string): BatchError =>
  new BatchError(
    'BATCH_EXPRESSION_INVALID',
    `An expression in "${text.slice(0, 80)}" has no end. Close it with }}.`,
    {},
  );

export const keyDuplicate = (key: string): BatchError =>
  new BatchError(
    'BATCH_EXPRESSION_INVALID',
    `Two names of one object come to ${quoted(key)}, filled in: only one could stand. Make them differ.`,
    {},
  );

export const placeUnknown = (pointer: string, expression: string): BatchError =>
  new BatchError(
    'BATCH_EXPRESSION_INVALID',
    `"${expression}" comes to nothing, and says where ${quoted(pointer)} is. Give it a value, or have "when" skip the step.`,
    {},
  );

export const commandUnquotable = (line: string, expression: string, where: string, remedy: string): BatchError =>
  new BatchError(
    'BATCH_EXPRESSION_INVALID',
    `The value of "${expression}" stands within ${where} in ${quoted(line)}, where it could become a command. ${remedy}, or raw(...) if it is meant to.`,
    { field: 'run' },
  );

export const mapInvalid = (step: string, value: unknown): BatchError =>
  new BatchError(
    'BATCH_MAP_INVALID',
    `The step "${step}" runs once for each item of a list, and "map" is ${value === null ? 'null' : typeof value}. Give it a list.`,
    { step, field: 'map' },
  );

export const fieldsInvalid = (step: string, field: string, what: string): BatchError =>
  new BatchError('BATCH_FIELD_INVALID', `The step "${step}" cannot be run: ${what}. Mend its "${field}".`, {
    step,
    field,
  });
