import { requestInvalid } from '../errors.ts';
import type { Json, JsonObject } from '../wire-format.ts';
import { isList } from './json.ts';

// Each reader returns nothing for a field that is absent or null, and throws `ROUTER_REQUEST_INVALID` for a wrong one.

export function readModel(body: JsonObject): string {
  if (typeof body.model === 'string' && body.model !== '') return body.model;
  throw requestInvalid('"model" must name a model, such as "openai/gpt-4o-mini".', 'model');
}

/** The list of messages, never empty. */
export function readMessages(body: JsonObject): readonly Json[] {
  if (isList(body.messages) && body.messages.length > 0) return body.messages;
  throw requestInvalid('"messages" must be a list of at least one message.', 'messages');
}

export function readNumber(body: JsonObject, name: string, least: number, most: number): number | undefined {
  const value = body[name];
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw requestInvalid(`"${name}" must be a number from ${least} to ${most}.`, name);
}

/** `prefix` is the path of the object, with its dot. */
export function readTokenLimit(body: JsonObject, name: string, prefix = ''): number | undefined {
  const value = body[name];
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw requestInvalid(`"${prefix}${name}" must be a whole number of tokens, at least 1.`, `${prefix}${name}`);
}

/** `prefix` is the path of the object, with its dot. */
export function readBoolean(body: JsonObject, name: string, prefix = ''): boolean | undefined {
  const value = body[name];
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'boolean') return value;
  throw requestInvalid(`"${prefix}${name}" must be true or false.`, `${prefix}${name}`);
}

export function readText(value: Json | undefined, path: string): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value;
  throw requestInvalid(`"${path}" must be a text.`, path);
}

/** Stop sequences; an empty list counts as none. */
export function readTexts(value: Json | undefined, path: string): readonly string[] | undefined {
  if (value === null || value === undefined) return undefined;
  if (isList(value)) {
    const texts = value.map((item, index) => readText(item, `${path}[${index}]`));
    if (texts.every((text) => text !== undefined)) return texts.length > 0 ? texts : undefined;
  }
  throw requestInvalid(`"${path}" must be a list of texts.`, path);
}
