import { kindUnclear } from '../errors/definition.ts';
import type { Step, StepKind } from './step.ts';

/** The field that tells what a step does. */
export const kindFields: Readonly<Record<string, StepKind>> = {
  agent: 'agent',
  run: 'shell',
  file: 'file',
  json: 'json',
  call: 'call',
  workflow: 'workflow',
  approve: 'approval',
};

export const kindOf = (step: Step): StepKind => {
  const named = Object.keys(kindFields).filter((field) => Object.hasOwn(step, field));
  const [field] = named;
  if (named.length !== 1 || field === undefined) throw kindUnclear(step.id, named, Object.keys(kindFields));
  return kindFields[field] as StepKind;
};
