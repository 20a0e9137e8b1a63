import { randomUUID } from 'node:crypto';
import { answerInvalid } from '../../errors.ts';
import { toldOf } from '../../told-answer.ts';
import type { AnswerSummary, AssistantPart, JsonObject, ModelAnswer } from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { notCarried } from '../not-carried.ts';
import { readBlock } from './block.ts';
import { decodeStreamError } from './error.ts';
import { decodeStopReason, encodeStop } from './stop-reason.ts';
import { writeThinkingBlock } from './thinking-block.ts';
import { toolIdOf } from './tool-id.ts';
import { decodeUsage, encodeUsage } from './usage.ts';
import { readArguments } from './write-turns.ts';

const noContent = () =>
  answerInvalid('The provider\'s answer has no list of "content". Check that its base URL is right.');

/** Reads a whole message. Throws `ROUTER_ANSWER_INVALID` for a body that is none, and for one of which no other protocol can carry a part. */
export function decodeAnswer(body: JsonObject): ModelAnswer {
  if (!isList(body.content)) {
    throw noContent();
  }
  const content = body.content.map((block, index) => {
    const read = readBlock(block, `content[${index}]`);
    if ('lost' in read) throw answerInvalid(notCarried(read.lost));
    return read.part;
  });
  const stopSequence = textOf(body.stop_sequence);
  const usage = decodeUsage(body.usage);
  return {
    id: textOf(body.id) ?? '',
    model: textOf(body.model) ?? '',
    content: content.filter((part) => part.type !== 'text' || part.text !== ''),
    finishReason: decodeStopReason(textOf(body.stop_reason) ?? 'unknown'),
    ...(stopSequence !== undefined && { stopSequence }),
    ...(usage && { usage }),
  };
}

/** Complete where the message has its stop reason. Throws `ROUTER_ANSWER_INVALID` for a body without content. */
export function summariseAnswer(body: JsonObject): AnswerSummary {
  if (body.type === 'error' || isObject(body.error)) return { outcome: 'error', error: decodeStreamError(body) };
  const told = textOf(body.stop_reason);
  const finishReason = told === undefined ? undefined : decodeStopReason(told);
  const finished = finishReason !== undefined && finishReason !== 'other';
  if (!isList(body.content)) throw noContent();
  const whole = body.type === 'message' && finished;
  const usage = decodeUsage(body.usage);
  return { outcome: whole ? 'complete' : 'cut', ...toldOf({ usage, finishReason }) };
}

/** Writes a whole message. Throws `ROUTER_ANSWER_INVALID` for a tool call whose arguments are not the JSON text of an object. */
export function encodeAnswer(answer: ModelAnswer): JsonObject {
  return {
    ...emptyMessage(answer.id, answer.model),
    content: answer.content.flatMap(writeBlock),
    ...encodeStop(answer.finishReason, answer.stopSequence),
    usage: encodeUsage(answer.usage),
  };
}

function writeBlock(part: AssistantPart): JsonObject[] {
  if (part.type === 'reasoning') return [writeThinkingBlock(part.text, part.proof)];
  if (part.type !== 'tool-call') return part.text === '' ? [] : [emptyText(part.text)];
  const input = readArguments(part);
  if (input) return [{ ...emptyCall(part.id, part.name), input }];
  throw answerInvalid(
    `The provider's answer calls the tool "${part.name}" with arguments that are not the JSON text of an object. Ask again.`,
  );
}

export const emptyText = (text = ''): JsonObject => ({ type: 'text', text, citations: null });

/** A tool call before its arguments. One that came without an id gets one, so that its result can name it. */
export function emptyCall(id: string, name: string): JsonObject {
  const known = id === '' ? `toolu_${randomId()}` : toolIdOf(id);
  return { type: 'tool_use', id: known, name, input: {}, caller: { type: 'direct' } };
}

/** A message before its first word. */
export function emptyMessage(id: string, model: string): JsonObject {
  return {
    id: id || `msg_${randomId()}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: null,
    stop_sequence: null,
  };
}

const randomId = (): string => randomUUID().replaceAll('-', '');
