import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type { Json, JsonObject, ResponseFormat } from '../../wire-format.ts';
import { isObject, textOf } from '../json.ts';
import { refuseLostFields } from '../request-fields.ts';
import { readBoolean, readText } from '../request-values.ts';
import { jsonSchemaRules, responseFormatRules } from './request-rules.ts';
import { readSchema } from './tools.ts';

const protocol = 'openai-chat';

/** Reads the form the answer must have; nothing for plain text. */
export function readResponseFormat(format: Json | undefined): ResponseFormat | undefined {
  if (format === null || format === undefined) return undefined;
  if (!isObject(format)) throw requestInvalid('"response_format" must be an object.', 'response_format');
  refuseLostFields(format, responseFormatRules, 'response_format.', protocol);
  if (format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'json' };
  if (format.type !== 'json_schema') throw fieldUnsupported('response_format.type', protocol);
  return readJsonSchema(format.json_schema, 'response_format.json_schema');
}

function readJsonSchema(described: Json | undefined, path: string): ResponseFormat {
  if (!isObject(described)) throw requestInvalid(`"${path}" must be an object.`, path);
  refuseLostFields(described, jsonSchemaRules, `${path}.`, protocol);
  const name = textOf(described.name);
  if (name === undefined) throw requestInvalid(`"${path}.name" must be a text.`, `${path}.name`);
  const description = readText(described.description, `${path}.description`);
  const strict = readBoolean(described, 'strict', `${path}.`);
  return {
    type: 'json-schema',
    name,
    schema: readSchema(described.schema, `${path}.schema`) ?? {},
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  };
}

export function writeResponseFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'json') return { type: 'json_object' };
  const { name, description, schema, strict } = format;
  return {
    type: 'json_schema',
    json_schema: {
      name,
      ...(description !== undefined && { description }),
      schema,
      ...(strict !== undefined && { strict }),
    },
  };
}
