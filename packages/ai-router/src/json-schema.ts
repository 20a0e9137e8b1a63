import type { Context } from 'node:vm';
import type { JsonObject } from './wire-format.ts';

type Library = typeof import('@cfworker/json-schema');

let library: Library | undefined;
let loading: Promise<void> | undefined;

/** Whether `misfitOf` can be called. */
export const hasJsonSchema = (): boolean => library !== undefined;

/** Loads the validator, about 8 ms, which only those pay who check answers by a schema. */
export function loadJsonSchema(): Promise<void> {
  loading ??= import('@cfworker/json-schema').then((loaded) => {
    library = loaded;
  });
  return loading;
}

/**
 * A schema may be a client's own: one whose check takes longer than any honest one (0.3 ms) is cut short, milliseconds. Time in
 * which the process is kept from running counts.
 */
const mostMs = 250;

/** Nobody else waits for a check that the caller asked for by itself. */
const mostAloneMs = 3_000;

/**
 * What is wrong with a value by a JSON Schema (of the draft that `$schema` names, else 2020-12), or undefined where it fits:
 * the place and the keyword, never the value. Interpreted rather than compiled, as a request's schema is seen once: 0.3 ms.
 * One that cannot be followed, such as by a reference to elsewhere, is no reason to refuse an answer.
 */
export function misfitOf(schema: JsonObject, value: unknown): string | undefined {
  const found = validate(schema, value, { stopsAtFirst: true, timeoutMs: mostMs });
  if (typeof found === 'string') return found;
  // The last one is the innermost: those before it only say that something below is wrong.
  const last = found.at(-1);
  return last && `"${last.keyword}" at "${last.instanceLocation}"`;
}

/**
 * All that is wrong with a value by a JSON Schema, in words for whoever has both, values included; empty where it fits, and
 * where the schema cannot be followed.
 *
 * @example
 * await jsonSchemaErrors({ properties: { age: { type: 'integer' } } }, { age: 'old' });
 * // ['#/age: Instance type "string" is invalid. Expected "integer".']
 */
export async function jsonSchemaErrors(schema: JsonObject, value: unknown): Promise<readonly string[]> {
  await loadJsonSchema();
  const found = validate(schema, value, { stopsAtFirst: false, timeoutMs: mostAloneMs });
  if (typeof found === 'string') return [found];
  // Those of the keywords that hold others only say that something below is wrong.
  const inner = found.filter(({ keyword }) => !holders.has(keyword));
  return [
    ...new Set(
      (inner.length > 0 ? inner : found).map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`),
    ),
  ];
}

const holders = new Set([
  'properties',
  'items',
  'prefixItems',
  'additionalProperties',
  'allOf',
  '$ref',
  'then',
  'else',
]);

interface Misfit {
  readonly keyword: string;
  readonly instanceLocation: string;
  readonly error: string;
}

/** What is wrong, outermost first, or why nobody can say. */
function validate(
  schema: JsonObject,
  value: unknown,
  { stopsAtFirst, timeoutMs }: { readonly stopsAtFirst: boolean; readonly timeoutMs: number },
): readonly Misfit[] | string {
  if (!library) throw new Error('The JSON Schema validator is not loaded yet.');
  const { Validator } = library;
  const check = (): readonly Misfit[] => new Validator(schema, draftOf(schema), stopsAtFirst).validate(value).errors;
  const vm = process.getBuiltinModule('node:vm');
  try {
    // Catastrophic expressions and references that multiply are interrupted, wherever they are.
    scope ??= vm.createContext({});
    scope.check = check;
    return vm.runInContext('check()', scope, { timeout: timeoutMs }) as readonly Misfit[];
  } catch (error) {
    return (error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? 'it takes too long' : [];
  }
}

/** Nothing runs in it but the call: only from there can it be interrupted. */
let scope: Context | undefined;

function draftOf({ $schema }: JsonObject): '4' | '7' | '2019-09' | '2020-12' {
  const [, draft] = /\bdraft(?:-0|\/)(4|6|7|2019-09)\b/.exec(typeof $schema === 'string' ? $schema : '') ?? [];
  if (draft === '4' || draft === '2019-09') return draft;
  return draft === undefined ? '2020-12' : '7';
}
