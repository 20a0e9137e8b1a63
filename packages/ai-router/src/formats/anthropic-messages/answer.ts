import { randomUUID } from 'node:crypto';
import { answerInvalid } from '../../errors.ts';
import type { AnswerSummary, JsonObject, ModelAnswer } from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { notCarried } from '../not-carried.ts';
import { readBlock } from './block.ts';
import { decodeStreamError } from './error.ts';
import { decodeStopReason, encodeStop } from './stop-reason.ts';
import { decodeUsage, encodeUsage } from './usage.ts';

/** Reads a whole message. Throws `ROUTER_ANSWER_INVALID` for a body that is none, and for one that says more than text. */
export function decodeAnswer(body: JsonObject): ModelAnswer {
  if (!isList(body.content)) {
    throw answerInvalid('The provider\'s answer has no list of "content". Check that its base URL is right.');
  }
  let text = '';
  for (const [index, block] of body.content.entries()) {
    const said = readBlock(block, `content[${index}]`);
    if (said.lost) throw answerInvalid(notCarried(said.lost));
    text += said.text;
  }
  const stopSequence = textOf(body.stop_sequence);
  const usage = decodeUsage(body.usage);
  return {
    id: textOf(body.id) ?? '',
    model: textOf(body.model) ?? '',
    text,
    finishReason: decodeStopReason(textOf(body.stop_reason) ?? 'unknown'),
    ...(stopSequence !== undefined && { stopSequence }),
    ...(usage && { usage }),
  };
}

/** Complete where the message has its stop reason. */
export function summariseAnswer(body: JsonObject): AnswerSummary {
  if (body.type === 'error' || isObject(body.error)) return { outcome: 'error', error: decodeStreamError(body) };
  const told = textOf(body.stop_reason);
  const finished = told !== undefined && decodeStopReason(told) !== 'other';
  const whole = body.type === 'message' && isList(body.content) && finished;
  const usage = decodeUsage(body.usage);
  return { outcome: whole ? 'complete' : 'cut', ...(usage && { usage }) };
}

export function encodeAnswer(answer: ModelAnswer): JsonObject {
  return {
    ...emptyMessage(answer.id, answer.model),
    content: answer.text === '' ? [] : [{ type: 'text', text: answer.text, citations: null }],
    ...encodeStop(answer.finishReason, answer.stopSequence),
    usage: encodeUsage(answer.usage),
  };
}

/** A message before its first word. */
export function emptyMessage(id: string, model: string): JsonObject {
  return {
    id: id || `msg_${randomUUID().replaceAll('-', '')}`,
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
