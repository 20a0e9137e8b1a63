import type { DraftStep } from './draft.ts';

/** A JSON Schema, of which only what is looked at is named. */
export interface OutputType {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, OutputType>> | undefined;
  readonly additionalProperties?: unknown;
  readonly items?: OutputType | undefined;
}

const unknown: OutputType = {};

const ofOne = ({ step, kind, inner }: DraftStep): OutputType => {
  if ('agent' in step) return step.schema ?? unknown;
  if ('run' in step) {
    if (step.output === 'json') return unknown;
    return step.output === 'lines' ? { type: 'array', items: { type: 'string' } } : { type: 'string' };
  }
  if (kind === 'approval') return { type: 'boolean' };
  if (inner === undefined) return unknown;
  return {
    type: 'object',
    properties: Object.fromEntries(inner.steps.map((each) => [each.id, outputTypeOf(each)])),
    additionalProperties: inner.steps.length < inner.ids.length,
  };
};

/** What a step comes to, as far as it says so: of one that may be skipped, it may be nothing as well. */
export const outputTypeOf = (step: DraftStep): OutputType =>
  step.step.map === undefined ? ofOne(step) : { type: 'array', items: ofOne(step) };

const named: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'fields',
  null: 'nothing',
};
export const wordsFor = (type: unknown): string =>
  typeof type === 'string' ? (named[type] ?? type) : 'something else';

export type Walk =
  | { readonly type: OutputType }
  /** What cannot be reached: the name, where it was looked for, and the names there are. */
  | { readonly missing: string; readonly within: OutputType; readonly known: readonly string[] };

/** Follows names into a type. What is not said to be impossible is possible. */
export const walkType = (from: OutputType, path: readonly string[]): Walk => {
  let type = from;
  for (const [at, name] of path.entries()) {
    // `*` takes the member of each.
    if (name === '*') {
      if (type.type !== 'array' || type.items === undefined) return { type: unknown };
      const rest = walkType(type.items, path.slice(at + 1));
      return 'missing' in rest ? rest : { type: { type: 'array', items: rest.type } };
    }
    if (type.type === undefined || Array.isArray(type.type)) {
      if (type.properties === undefined) return { type: unknown };
    } else if (type.type === 'array') {
      if (!/^\d+$/.test(name)) return { missing: name, within: type, known: [] };
      type = type.items ?? unknown;
      continue;
    } else if (type.type !== 'object') return { missing: name, within: type, known: [] };
    const { properties } = type;
    if (properties === undefined) return { type: unknown };
    const next = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (next === undefined) {
      if (type.additionalProperties !== false) return { type: unknown };
      return { missing: name, within: type, known: Object.keys(properties) };
    }
    type = next;
  }
  return { type };
};
