import type { Json, JsonObject } from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';

/** What a message, or the delta of one, says. */
export interface MessageText {
  readonly text: string;
  /** Whether the text is the model's refusal. */
  readonly refused: boolean;
  /** The first field that cannot be carried to another protocol. */
  readonly lost: string | undefined;
}

/**
 * Reads a message or a delta. Reasoning (`reasoning_content`, `reasoning`, `thinking` parts) is no part of the answer's
 * text and is left out by policy: OpenAI's own API never shows it, and models that always reason could not be used
 * otherwise. Its tokens stay in the usage. Tool calls, audio and parts other than text are named in `lost`.
 */
export function readMessage(message: JsonObject, path: string): MessageText {
  const refusal = textOf(message.refusal);
  let text = '';
  let lost = ['tool_calls', 'function_call', 'audio', 'images', 'annotations'].find((name) => holds(message[name]));
  if (lost) lost = `${path}.${lost}`;
  if (typeof message.content === 'string') {
    text = message.content;
  } else if (isList(message.content)) {
    for (const [index, part] of message.content.entries()) {
      if (isObject(part) && part.type === 'text' && typeof part.text === 'string') text += part.text;
      else if (!isObject(part) || part.type !== 'thinking') lost ??= `${path}.content[${index}]`;
    }
  }
  return { text: text + (refusal ?? ''), refused: refusal !== undefined, lost };
}

function holds(value: Json | undefined): boolean {
  return value !== null && value !== undefined && !(isList(value) && value.length === 0);
}
