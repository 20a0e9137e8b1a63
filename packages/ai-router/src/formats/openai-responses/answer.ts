import { randomUUID } from 'node:crypto';
import { answerInvalid } from '../../errors.ts';
import { toldOf } from '../../told-answer.ts';
import type { AnswerSummary, JsonObject, ModelAnswer } from '../../wire-format.ts';
import { isList, isObject, textOf } from '../json.ts';
import { decodeFailure } from './error.ts';
import { decodeFinish, encodeFinish, interruptedMessage, type Said } from './finish.ts';
import { readOutput, saidIn, writeOutput } from './output.ts';
import { decodeUsage, encodeUsage } from './usage.ts';

const noOutput = () =>
  answerInvalid('The provider\'s answer has no list of "output". Check that its base URL is right.');

/** Reads a whole response. Throws `ROUTER_ANSWER_INVALID` for a body that is none, and for one that is not done or cannot be carried. */
export function decodeAnswer(body: JsonObject): ModelAnswer {
  if (!isList(body.output)) {
    throw noOutput();
  }
  if (body.status === 'failed') throw answerInvalid(decodeFailure(body).message);
  const finishReason = decodeFinish(body, saidIn(body.output));
  if (finishReason === 'interrupted') throw answerInvalid(interruptedMessage(textOf(body.status) ?? ''));
  const usage = decodeUsage(body.usage);
  return {
    id: textOf(body.id) ?? '',
    model: textOf(body.model) ?? '',
    content: readOutput(body.output),
    finishReason,
    ...(usage && { usage }),
  };
}

/**
 * Complete where the response says so, or why it is as complete as it will be. Throws `ROUTER_ANSWER_INVALID` for a body
 * without output.
 */
export function summariseAnswer(body: JsonObject): AnswerSummary {
  if (body.status === 'failed' || isObject(body.error)) return { outcome: 'error', error: decodeFailure(body) };
  if (!isList(body.output)) throw noOutput();
  const reason = decodeFinish(body, saidIn(body.output));
  const usage = decodeUsage(body.usage);
  const whole = reason !== 'other' && reason !== 'interrupted';
  const finishReason = reason === 'interrupted' ? undefined : reason;
  return { outcome: whole ? 'complete' : 'cut', ...toldOf({ usage, finishReason }) };
}

export function encodeAnswer(answer: ModelAnswer, now: () => number): JsonObject {
  const { content, finishReason, usage } = answer;
  const id = answer.id || responseId();
  const said: Said = {
    calls: content.some(({ type }) => type === 'tool-call'),
    refuses: content.some(({ type }) => type === 'refusal'),
  };
  const finish = encodeFinish(finishReason, said);
  const createdAt = seconds(now);
  return {
    ...emptyResponse(id, answer.model, createdAt),
    ...finish,
    ...(finish.status === 'completed' && { completed_at: createdAt }),
    output: writeOutput(content, id, finish.status),
    usage: usage ? encodeUsage(usage) : null,
  };
}

/** For an answer that came without an id. */
export const responseId = (): string => `resp_${randomUUID().replaceAll('-', '')}`;

export const seconds = (now: () => number): number => Math.floor(now() / 1000);

/** A response before its first word, with the defaults of a request that says nothing of them. Nothing of it is stored. */
export function emptyResponse(id: string, model: string, createdAt: number): JsonObject {
  return {
    id,
    object: 'response',
    created_at: createdAt,
    status: 'in_progress',
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    access_programs: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    prompt_cache_key: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: false,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: null,
    truncation: 'disabled',
    usage: null,
    user: null,
    metadata: {},
  };
}
