import { randomUUID } from 'node:crypto';
import { answerInvalid } from '../../errors.ts';
import { toldOf } from '../../told-answer.ts';
import type { AnswerSummary, AssistantPart, FinishReason, Json, JsonObject, ModelAnswer } from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { notCarried } from '../not-carried.ts';
import { decodeStreamError, holdsError } from './error.ts';
import { decodeFinishReason, encodeFinishReason, interruptedMessage, reasonOf } from './finish-reason.ts';
import { readMessage } from './message.ts';
import { decodeUsage, encodeUsage } from './usage.ts';
import { writeAssistant } from './write-assistant.ts';

/** Reads a whole answer. Throws `ROUTER_ANSWER_INVALID` for a body that is none, and for one of which no other protocol can carry a part. */
export function decodeAnswer(body: JsonObject): ModelAnswer {
  const choice = isList(body.choices) ? body.choices[0] : undefined;
  if (!isList(body.choices) || !isObject(choice) || !isObject(choice.message)) {
    throw answerInvalid('The provider\'s answer has no "choices[0].message". Check that its base URL is right.');
  }
  if (body.choices.length > 1) throw answerInvalid(notCarried('choices[1]'));
  const id = textOf(body.id) ?? '';
  const { parts, lost } = readMessage(choice.message, 'choices[0].message', id);
  if (lost) throw answerInvalid(notCarried(lost));
  const told = textOf(choice.finish_reason) ?? 'unknown';
  const reason = decodeFinishReason(told);
  if (reason === 'interrupted') throw answerInvalid(interruptedMessage(told));
  // vLLM tells which stop sequence it met.
  const stopSequence = reason === 'stop' ? textOf(choice.stop_reason) : undefined;
  const usage = decodeUsage(body.usage);
  const holds = (type: AssistantPart['type']): boolean => parts.some((part) => part.type === type);
  return {
    id,
    model: textOf(body.model) ?? '',
    content: parts,
    finishReason: reasonOf(reason, {
      refused: holds('refusal'),
      calls: holds('tool-call'),
      stopped: stopSequence !== undefined,
    }),
    ...(stopSequence !== undefined && { stopSequence }),
    ...(usage && { usage }),
  };
}

const isFinished = (choice: Json): boolean => {
  const told = isObject(choice) ? textOf(choice.finish_reason) : undefined;
  const reason = told === undefined ? 'other' : decodeFinishReason(told);
  return reason !== 'interrupted' && reason !== 'other';
};

/** Why a choice ended, by the same words as a decoded answer; undefined where it does not say. */
const finishOf = (choice: Json | undefined): FinishReason | undefined => {
  if (!isObject(choice)) return undefined;
  const told = textOf(choice.finish_reason);
  const reason = told === undefined ? 'interrupted' : decodeFinishReason(told);
  if (reason === 'interrupted') return undefined;
  const message = isObject(choice.message) ? choice.message : {};
  const { tool_calls: calls } = message;
  return reasonOf(reason, {
    refused: textOf(message.refusal) !== undefined,
    calls: isList(calls) && calls.length > 0,
    stopped: reason === 'stop' && textOf(choice.stop_reason) !== undefined,
  });
};

/** Complete where every choice has its finish reason. Throws `ROUTER_ANSWER_INVALID` for a body without choices. */
export function summariseAnswer(body: JsonObject): AnswerSummary {
  if (holdsError(body)) return { outcome: 'error', error: decodeStreamError(body) };
  const { choices } = body;
  if (!isList(choices))
    throw answerInvalid('The provider\'s answer has no "choices". Check that its base URL is right.');
  const finished = choices.every((choice) => isFinished(choice));
  const usage = decodeUsage(body.usage);
  const finishReason = finishOf(choices[0]);
  return { outcome: choices.length > 0 && finished ? 'complete' : 'cut', ...toldOf({ usage, finishReason }) };
}

/** Writes a whole answer. Its texts become one, before its tool calls: the protocol has one place for each. */
export function encodeAnswer(answer: ModelAnswer, now: () => number): JsonObject {
  const refused = answer.content.some(({ type }) => type === 'refusal');
  return {
    id: answer.id || completionId(),
    object: 'chat.completion',
    created: Math.floor(now() / 1000),
    model: answer.model,
    choices: [
      {
        index: 0,
        message: { refusal: null, ...writeAssistant(answer.content) },
        logprobs: null,
        finish_reason: encodeFinishReason(answer.finishReason, refused),
      },
    ],
    ...(answer.usage && { usage: encodeUsage(answer.usage) }),
  };
}

/** For an answer that came without an id. */
export const completionId = (): string => `chatcmpl-${randomUUID().replaceAll('-', '')}`;
