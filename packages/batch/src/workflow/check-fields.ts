import * as v from 'valibot';
import { nearestName } from '../names/nearest-name.ts';
import { type FieldPlace, foreignName } from './foreign-names.ts';
import { kindFields } from './kind.ts';
import { type Fields, stepFields } from './schema.ts';

/** Something that is wrong with a thing that has fields. */
export interface FieldProblem {
  /** From the thing on. */
  readonly keys: readonly (string | number)[];
  readonly message: string;
  /** The field that was probably meant. */
  readonly meant?: string | undefined;
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const describe = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing';
  if (value === '') return 'an empty text';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
  if (typeof value === 'object') return 'fields';
  return typeof value === 'function' ? 'a function' : String(value);
};

/** The field that was probably meant: by those who call it otherwise, or by a slip. */
export const meantBy = (name: string, place: FieldPlace, names: readonly string[]): string | undefined => {
  const foreign = foreignName(name, place);
  if (foreign === undefined) return nearestName(name, names);
  return 'meant' in foreign && names.includes(foreign.meant) ? foreign.meant : undefined;
};

/** What to do about a field that steps of other kinds have. */
const ofOtherKinds = (name: string, step: Readonly<Record<string, unknown>>): string | undefined => {
  const own = Object.keys(kindFields).find((field) => Object.hasOwn(step, field));
  const others = Object.entries(kindFields).filter(([, kind]) => stepFields[kind].names.includes(name));
  if (others.length === 0 || own === undefined) return undefined;
  if (others.length < 4)
    return `it goes with ${others.map(([field]) => `"${field}"`).join(' or ')}, and this step has "${own}". Take it out.`;
  return own === 'workflow'
    ? 'it is of no use here: each step of the workflow has its own. Put it there.'
    : 'it is of no use here: the step does nothing but wait, as long as it takes. Take it out.';
};

const aboutUnknown = (
  name: string,
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  place: FieldPlace,
): FieldProblem => {
  const keys = [name];
  const foreign = foreignName(name, place);
  const here = foreign !== undefined && 'meant' in foreign ? foreign.meant : name;
  const elsewhere = place === 'step' && !names.includes(here) ? ofOtherKinds(here, value) : undefined;
  if (elsewhere !== undefined)
    return { keys, message: here === name ? elsewhere : `unknown field. As "${here}" ${elsewhere}` };
  const meant = meantBy(name, place, names);
  if (meant !== undefined) return { keys, message: `unknown field. Did you mean "${meant}"?`, meant };
  const advice =
    foreign !== undefined && 'advice' in foreign ? foreign.advice : `The fields here are ${names.join(', ')}.`;
  return { keys, message: `unknown field. ${advice}` };
};

/** Checks the value of each field, and that there are no others. */
export const checkFields = (
  value: Readonly<Record<string, unknown>>,
  { names, schema }: Fields,
  place: FieldPlace,
): readonly FieldProblem[] => [
  ...Object.keys(value)
    .filter((name) => !names.includes(name))
    .map((name) => aboutUnknown(name, value, names, place)),
  ...(v.safeParse(schema, value).issues ?? []).map((issue) => {
    const keys = (issue.path ?? []).map(({ key }) => key as string | number);
    const isMissing = keys.length === 1 && issue.input === undefined && issue.kind === 'schema';
    const isPlain = typeof issue.input === 'number' || typeof issue.input === 'boolean';
    // YAML makes a number or a truth of what stands without quotes.
    const remedy = isPlain && /^(?:a text|names with texts)/.test(issue.message) ? ' Put it in quotes.' : '';
    return {
      keys,
      message: isMissing
        ? 'it is missing. Every one must have it.'
        : `expected ${issue.message}, found ${describe(issue.input)}.${remedy}`,
    };
  }),
];
