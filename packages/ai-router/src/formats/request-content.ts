import { fieldUnsupported, requestInvalid } from '../errors.ts';
import type { Json, Protocol } from '../wire-format.ts';
import { isList, isObject } from './json.ts';
import { type FieldRules, refuseLostFields } from './request-fields.ts';

/**
 * Reads a message's content: a text, or a list of text parts, which are joined by line breaks. Throws
 * `ROUTER_FIELD_UNSUPPORTED` naming a part that is not text, such as `messages[1].content[0]`.
 */
export function readContent(content: Json | undefined, path: string, rules: FieldRules, protocol: Protocol): string {
  if (typeof content === 'string') return content;
  if (!isList(content) || content.length === 0) {
    throw requestInvalid(`"${path}" must be a text or a list of content parts.`, path);
  }
  return content.map((part, index) => readPart(part, `${path}[${index}]`, rules, protocol)).join('\n');
}

function readPart(part: Json, path: string, rules: FieldRules, protocol: Protocol): string {
  if (!isObject(part) || typeof part.type !== 'string') {
    throw requestInvalid(`"${path}" must be an object with a "type".`, path);
  }
  if (part.type !== 'text') throw fieldUnsupported(path, protocol);
  refuseLostFields(part, rules, `${path}.`, protocol);
  if (typeof part.text !== 'string') throw requestInvalid(`"${path}.text" must be a text.`, `${path}.text`);
  return part.text;
}
