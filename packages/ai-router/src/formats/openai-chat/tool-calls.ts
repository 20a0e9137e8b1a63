import { createHash } from 'node:crypto';
import type { Json, JsonObject, ReasoningPart, ToolCallPart } from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { proofOf } from './sent-as.ts';

/** The JSON text of a call's arguments. Some servers send the object itself. */
export function argumentsOf(call: JsonObject): string {
  const value = isObject(call.function) ? call.function.arguments : undefined;
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : JSON.stringify(value);
}

export const nameOf = (call: JsonObject): string | undefined =>
  isObject(call.function) ? textOf(call.function.name) : undefined;

/** An id for a call that came without one: the same whenever the same answer is read. */
export const madeUpId = (answerId: string, position: number): string =>
  `call_${createHash('sha256').update(`${answerId} ${position}`).digest('hex').slice(0, 24)}`;

/** What a server hangs onto a call and wants back with it (see `SentAs`). */
export function readExtra(call: JsonObject): ReasoningPart | undefined {
  const extra = call.extra_content;
  if (!isObject(extra)) return undefined;
  return { type: 'reasoning', text: '', proof: proofOf({ as: 'extra_content', extra }) };
}

/** Reads the calls of a whole answer. `lost` is the path of one that is no call of a function. */
export function readAnswerCalls(
  calls: Json | undefined,
  path: string,
  answerId: string,
): { readonly parts: readonly (ToolCallPart | ReasoningPart)[]; readonly lost?: string } {
  const parts: (ToolCallPart | ReasoningPart)[] = [];
  for (const [position, call] of (isList(calls) ? calls : []).entries()) {
    const name = isObject(call) ? nameOf(call) : undefined;
    if (!isObject(call) || name === undefined) return { parts, lost: `${path}[${position}]` };
    const extra = readExtra(call);
    if (extra) parts.push(extra);
    const id = textOf(call.id) ?? madeUpId(answerId, position);
    parts.push({ type: 'tool-call', id, name, arguments: argumentsOf(call) });
  }
  return { parts };
}

/** Writes a call. Arguments that are no text at all mean none, which readers of JSON want spelled out. */
export function writeCall({ id, name, arguments: text }: ToolCallPart, extra: JsonObject | undefined): JsonObject {
  return {
    id,
    type: 'function',
    function: { name, arguments: text === '' ? '{}' : text },
    ...(extra && { extra_content: extra }),
  };
}
