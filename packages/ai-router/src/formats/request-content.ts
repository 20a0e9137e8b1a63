import { requestInvalid } from '../errors.ts';
import type { Json, JsonObject, Losses, Protocol, TextPart } from '../wire-format.ts';
import { isList, isObject } from './json.ts';
import { type FieldRules, refuseLostFields } from './request-fields.ts';

/** A part of a content list; its `type` is known to be a text. */
export type TypedObject = JsonObject & { readonly type: string };

/**
 * Reads a message's content: a text, which is one part (none where it is empty), or a list of parts. `readPart` gets each
 * part of a list with its path, such as `messages[1].content[0]`; what it returns nothing for is left out.
 */
export function readParts<Part>(
  content: Json | undefined,
  path: string,
  readPart: (part: TypedObject, path: string) => Part | undefined,
): (Part | TextPart)[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!isList(content)) throw requestInvalid(`"${path}" must be a text or a list of content parts.`, path);
  return content
    .map((part, index) => readPart(typed(part, `${path}[${index}]`), `${path}[${index}]`))
    .filter((part) => part !== undefined);
}

function typed(part: Json, path: string): TypedObject {
  if (isObject(part) && typeof part.type === 'string') return part as TypedObject;
  throw requestInvalid(`"${path}" must be an object with a "type".`, path);
}

/** Reads a part of text, whatever the protocol calls it. */
export function readTextPart(
  part: JsonObject,
  path: string,
  rules: FieldRules,
  protocol: Protocol,
  losses?: Losses,
): TextPart {
  refuseLostFields(part, rules, `${path}.`, protocol, losses);
  if (typeof part.text !== 'string') throw requestInvalid(`"${path}.text" must be a text.`, `${path}.text`);
  return { type: 'text', text: part.text };
}
