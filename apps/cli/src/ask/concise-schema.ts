import type { JsonObject } from '@hotpath/runtime';
import { usageError } from '../errors.ts';
import { ownValue } from '../own-value.ts';

const types: Readonly<Record<string, string>> = {
  str: 'string',
  string: 'string',
  int: 'integer',
  integer: 'integer',
  float: 'number',
  number: 'number',
  bool: 'boolean',
  boolean: 'boolean',
};

const fieldPattern = /^([\p{L}_][\p{L}\p{N}_-]*)(?:\s+([a-z]+)(\[\])?)?$/u;

const wrong = (field: string): Error =>
  usageError(
    `--schema: "${field}" is no field. Write a name, a type where it is not text (int, float, bool, or str[] for a list), and after a colon what it is: "name, age int, tags str[]: three words".`,
    'ask',
  );

/**
 * A JSON Schema out of a list of fields: `name, age int, bio: a short one`. Fields stand between commas or, where a description
 * holds one, on lines of their own. All are required. The form is that of Simon Willison's `llm` (llm.datasette.io,
 * "Concise LLM schema syntax"), with `[]` behind a type for a list. Throws `CLI_USAGE`.
 */
export const readConciseSchema = (text: string): JsonObject => {
  const fields = text
    .split(text.includes('\n') ? '\n' : ',')
    .map((field) => field.trim())
    .filter((field) => field !== '');
  const properties = new Map<string, JsonObject>();
  for (const field of fields) {
    const colon = field.indexOf(':');
    const [, name, type = 'str', list] = fieldPattern.exec((colon === -1 ? field : field.slice(0, colon)).trim()) ?? [];
    const jsonType = ownValue(types, type);
    if (name === undefined || jsonType === undefined || properties.has(name)) throw wrong(field);
    const description = colon === -1 ? '' : field.slice(colon + 1).trim();
    properties.set(name, {
      ...(list === undefined ? { type: jsonType } : { type: 'array', items: { type: jsonType } }),
      ...(description !== '' && { description }),
    });
  }
  if (properties.size === 0) throw wrong(text.trim());
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: [...properties.keys()],
    additionalProperties: false,
  };
};
