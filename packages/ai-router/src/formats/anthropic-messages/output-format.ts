import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type { Json, JsonObject, ResponseFormat } from '../../wire-format.ts';
import { isObject } from '../json.ts';
import { notSayable, refuseLostFields } from '../request-fields.ts';
import { formatRules } from './request-rules.ts';

const protocol = 'anthropic-messages';

const fitName = /^[\w-]{1,64}$/;

/**
 * Reads `output_config.format`. Answers fit the schema exactly, which others call strict. Others also want a name: the
 * schema's title where it can be one, else `response`.
 */
export function readFormat(format: Json | undefined): ResponseFormat | undefined {
  if (format === null || format === undefined) return undefined;
  const path = 'output_config.format';
  if (!isObject(format)) throw requestInvalid(`"${path}" must be an object with a "type".`, path);
  if (format.type !== 'json_schema') throw fieldUnsupported(`${path}.type`, protocol);
  refuseLostFields(format, formatRules, `${path}.`, protocol);
  const { schema } = format;
  if (!isObject(schema)) throw requestInvalid(`"${path}.schema" must be a JSON Schema.`, `${path}.schema`);
  const { title } = schema;
  const name = typeof title === 'string' && fitName.test(title) ? title : 'response';
  return { type: 'json-schema', name, schema, strict: true };
}

/** Writes `output_config.format`. The name is a label and left out; a description moves into the schema. Throws for JSON without a schema. */
export function writeFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'json') throw notSayable('responseFormat', protocol);
  const { schema, description } = format;
  const described = description !== undefined && schema.description === undefined;
  return { type: 'json_schema', schema: described ? { ...schema, description } : schema };
}
