import type { AssistantPart, Json, JsonObject } from '../../wire-format.ts';
import { isList, textOf } from '../json.ts';
import { readPieces } from './content.ts';
import { joinThoughts, readThoughts } from './thoughts.ts';
import { readAnswerCalls } from './tool-calls.ts';

/** What a whole message says. */
export interface ReadMessage {
  readonly parts: readonly AssistantPart[];
  /** The first field that cannot be carried to another protocol. */
  readonly lost: string | undefined;
}

/** Reads the message of an answer: reasoning, text, refusal and tool calls, in this order. Audio, images, citations and calls of anything but functions are named in `lost`. */
export function readMessage(message: JsonObject, path: string, answerId: string): ReadMessage {
  const content = readPieces(message.content, `${path}.content`);
  const calls = readAnswerCalls(message.tool_calls, `${path}.tool_calls`, answerId);
  const refusal = textOf(message.refusal);
  return {
    parts: [
      ...joinThoughts(readThoughts(message)),
      ...content.pieces.flatMap((piece): AssistantPart[] =>
        typeof piece === 'string' ? [{ type: 'text', text: piece }] : joinThoughts([piece]),
      ),
      ...(refusal === undefined ? [] : [{ type: 'refusal', text: refusal } as const]),
      ...calls.parts,
    ],
    lost: foreignField(message, path) ?? content.lost ?? calls.lost,
  };
}

/** The path of a field of a message or a delta that no other protocol has. */
export function foreignField(message: JsonObject, path: string): string | undefined {
  const name = ['function_call', 'audio', 'images', 'annotations'].find((field) => holds(message[field]));
  return name && `${path}.${name}`;
}

function holds(value: Json | undefined): boolean {
  return value !== null && value !== undefined && !(isList(value) && value.length === 0);
}
