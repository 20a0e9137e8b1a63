import { existsSync, readFileSync } from 'node:fs';
import type { JsonObject, ResponseFormat } from '@hotpath/runtime';
import { CliError } from '../errors.ts';
import { readConciseSchema } from './concise-schema.ts';

const invalid = (what: string, problem: string): CliError =>
  new CliError('CLI_SCHEMA_INVALID', `${what} is no JSON Schema: ${problem}`, 2);

const parseSchema = (what: string, text: string): JsonObject => {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalid(what, `${(error as Error).message}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(what, 'it must be an object, such as {"type": "object", "properties": {…}}.');
  return value as JsonObject;
};

/** The schema of `--schema`: JSON itself, a file, or a list of fields. */
export const readSchema = (given: string): JsonObject => {
  if (given.trimStart().startsWith('{')) return parseSchema('--schema', given);
  if (!/\.json$/i.test(given) && !existsSync(given)) return readConciseSchema(given);
  let text: string;
  try {
    text = readFileSync(given, 'utf8');
  } catch (error) {
    throw invalid(given, `it cannot be read (${(error as Error).message}).`);
  }
  return parseSchema(given, text);
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Below these are no schemas, but values. */
const values = new Set(['enum', 'const', 'default', 'examples', 'required']);

/** Keywords that hold schemas by names of the schema's author. */
const tables = new Set(['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas']);

/**
 * The schema with every object closed that says nothing of further members: providers take no other (OpenAI's "Structured
 * Outputs", Anthropic's "JSON schema limitations"), and what fits it fits the original.
 */
export const closed = (schema: JsonObject): JsonObject => {
  const within = Object.entries(schema).map(([key, value]): readonly [string, unknown] => {
    if (values.has(key)) return [key, value];
    if (Array.isArray(value)) return [key, value.map((item) => (isObject(item) ? closed(item) : item))];
    if (!isObject(value)) return [key, value];
    if (!tables.has(key)) return [key, closed(value)];
    const named = Object.entries(value).map(([name, item]) => [name, isObject(item) ? closed(item) : item]);
    return [key, Object.fromEntries(named)];
  });
  const isOpen = isObject(schema.properties) && schema.additionalProperties === undefined;
  return { ...Object.fromEntries(within), ...(isOpen && { additionalProperties: false }) } as JsonObject;
};

const everyObject = (schema: unknown, holds: (object: JsonObject) => boolean): boolean => {
  if (Array.isArray(schema)) return schema.every((item) => everyObject(item, holds));
  if (!isObject(schema)) return true;
  return (
    (!isObject(schema.properties) || holds(schema)) &&
    Object.entries(schema).every(([key, value]) => values.has(key) || everyObject(value, holds))
  );
};

/** OpenAI holds to a schema exactly only where all members are required. */
const allowsStrict = (schema: JsonObject): boolean =>
  everyObject(
    schema,
    ({ properties, required, additionalProperties }) =>
      additionalProperties === false &&
      Array.isArray(required) &&
      Object.keys(properties as JsonObject).every((name) => required.includes(name)),
  );

/** What a provider is asked for that can hold to a schema. */
export const responseFormatOf = (schema: JsonObject): ResponseFormat => {
  const sent = closed(schema);
  return { type: 'json-schema', name: 'answer', schema: sent, ...(allowsStrict(sent) && { strict: true }) };
};

/** What a model is told that cannot. */
export const instructionFor = (schema: JsonObject): string =>
  `Answer with JSON alone, without any other words and without a code fence. It must fit this JSON Schema:\n${JSON.stringify(schema)}`;

/** The JSON of an answer, also where a model puts it into a fence all the same. */
export const parseAnswer = (text: string): { readonly value: unknown } | undefined => {
  const [, fenced] = /^\s*`{3,}(?:json)?\s*\n([\s\S]*?)\n\s*`{3,}\s*$/i.exec(text) ?? [];
  try {
    return { value: JSON.parse(fenced ?? text) };
  } catch {
    return undefined;
  }
};
