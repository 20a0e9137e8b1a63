import { requestInvalid } from '../errors.ts';
import type { AssistantPart, Json, JsonObject, Losses, Protocol, TextPart, UserPart } from '../wire-format.ts';
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
  losses: Losses | undefined,
): (Part | TextPart)[] {
  const read = <Read extends Part | TextPart | undefined>(part: Read, place: string): Read => {
    if (part) losses?.read?.(part as UserPart | AssistantPart, place);
    return part;
  };
  if (typeof content === 'string') return content === '' ? [] : [read({ type: 'text', text: content }, path)];
  if (!isList(content)) throw requestInvalid(`"${path}" must be a text or a list of content parts.`, path);
  return content
    .map((part, index) => {
      const place = `${path}[${index}]`;
      return read(readPart(typed(part, place), place), place);
    })
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
