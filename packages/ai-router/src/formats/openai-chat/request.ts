import { requestInvalid } from '../../errors.ts';
import type { Json, JsonObject, Losses, ModelRequest, ReasoningOptions } from '../../wire-format.ts';
import { isObject } from '../json.ts';
import { notSayable, refuseLostFields } from '../request-fields.ts';
import {
  readBoolean,
  readMessages,
  readModel,
  readNumber,
  readText,
  readTexts,
  readTokenLimit,
} from '../request-values.ts';
import { writtenEffort } from '../written-effort.ts';
import { readMessage } from './request-messages.ts';
import { requestRules, streamOptionRules } from './request-rules.ts';
import { readResponseFormat, writeResponseFormat } from './response-format.ts';
import { readToolChoice, readTools, writeTool, writeToolChoice } from './tools.ts';
import { writeMessages } from './write-messages.ts';

const protocol = 'openai-chat';

/** Reads a Chat Completions request. `max_completion_tokens` wins over `max_tokens`, `safety_identifier` over `user`: OpenAI replaced the one by the other. */
export function decodeRequest(body: JsonObject, losses?: Losses): ModelRequest {
  const model = readModel(body);
  const messages = readMessages(body);
  refuseLostFields(body, requestRules, '', protocol, losses);
  const tools = readTools(body.tools, losses);
  const toolChoice = readToolChoice(body.tool_choice, tools !== undefined);
  const parallelToolCalls = readBoolean(body, 'parallel_tool_calls');
  const responseFormat = readResponseFormat(body.response_format);
  const reasoning = readReasoning(body.reasoning_effort);
  const maxTokens = readTokenLimit(body, 'max_completion_tokens') ?? readTokenLimit(body, 'max_tokens');
  const temperature = readNumber(body, 'temperature', 0, 2);
  const topP = readNumber(body, 'top_p', 0, 1);
  // vLLM says -1 for "all".
  const topK = readNumber(body, 'top_k', -1, Number.MAX_SAFE_INTEGER) ?? 0;
  const seed = readNumber(body, 'seed', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const frequencyPenalty = readNumber(body, 'frequency_penalty', -2, 2);
  const presencePenalty = readNumber(body, 'presence_penalty', -2, 2);
  const stopSequences = typeof body.stop === 'string' ? [body.stop] : readTexts(body.stop, 'stop');
  const user = readText(body.safety_identifier, 'safety_identifier') ?? readText(body.user, 'user');
  const stream = readBoolean(body, 'stream') ?? false;
  const streamUsage = readStreamUsage(body, stream);
  return {
    model,
    messages: messages.map((message, index) => readMessage(message, index, losses)),
    ...(tools && { tools }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(tools && parallelToolCalls !== undefined && { parallelToolCalls }),
    ...(responseFormat && { responseFormat }),
    ...(reasoning && { reasoning }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK > 0 && { topK }),
    ...(seed !== undefined && { seed }),
    // Zero is the default, and other protocols have no penalties to be told of.
    ...(frequencyPenalty && { frequencyPenalty }),
    ...(presencePenalty && { presencePenalty }),
    ...(stopSequences && { stopSequences }),
    ...(user !== undefined && { user }),
    stream,
    ...(streamUsage !== undefined && { streamUsage }),
  };
}

type Effort = NonNullable<ReasoningOptions['effort']>;
const efforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

function readReasoning(effort: Json | undefined): ReasoningOptions | undefined {
  if (effort === null || effort === undefined) return undefined;
  const known = efforts.find((name) => name === effort);
  if (known) return { effort: known };
  throw requestInvalid(`"reasoning_effort" must be one of ${efforts.join(', ')}.`, 'reasoning_effort');
}

function readStreamUsage(body: JsonObject, stream: boolean): boolean | undefined {
  const options = body.stream_options;
  if (options === null || options === undefined) return undefined;
  if (!isObject(options)) throw requestInvalid('"stream_options" must be an object.', 'stream_options');
  if (!stream) throw requestInvalid('"stream_options" needs "stream": true.', 'stream_options');
  refuseLostFields(options, streamOptionRules, 'stream_options.', protocol);
  return readBoolean(options, 'include_usage');
}

// OpenAI's own models accept the new name only; many compatible servers know the old one only, and some refuse or ignore the new.
const openaiModel = /^(?:openai\/)?(?:ft:)?(?:gpt-(?!oss)|chatgpt-|o\d)/;
const xaiModel = /^(?:(?:xai|x-ai)\/)?grok-/;

/**
 * Writes a Chat Completions request. The token limit goes into `max_completion_tokens` for OpenAI's own models, else into
 * `max_tokens`; a budget for reasoning becomes the effort that allows it. Reasoning without a proof goes to other
 * models only: OpenAI's never show any, and refuse it. `top_k` is not OpenAI's, but compatible servers' (vLLM, llama.cpp,
 * OpenRouter, Together): it is written for all models but OpenAI's and xAI's, of which it throws `ROUTER_FIELD_UNSUPPORTED`.
 */
export function encodeRequest(request: ModelRequest, losses?: Losses): JsonObject {
  const isOpenai = openaiModel.test(request.model);
  if (request.topK !== undefined && (isOpenai || xaiModel.test(request.model))) throw notSayable('topK', protocol);
  const { tools } = request;
  const effort = writtenEffort(request, losses);
  return {
    model: request.model,
    messages: writeMessages(request.messages, { takesReasoning: !isOpenai, losses }),
    ...(tools && { tools: tools.map(writeTool) }),
    ...(tools && request.toolChoice !== undefined && { tool_choice: writeToolChoice(request.toolChoice) }),
    ...(tools && request.parallelToolCalls !== undefined && { parallel_tool_calls: request.parallelToolCalls }),
    ...(request.responseFormat && { response_format: writeResponseFormat(request.responseFormat) }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(request.maxTokens !== undefined && {
      [isOpenai ? 'max_completion_tokens' : 'max_tokens']: request.maxTokens,
    }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.topK !== undefined && { top_k: request.topK }),
    ...(request.seed !== undefined && { seed: request.seed }),
    ...(request.frequencyPenalty !== undefined && { frequency_penalty: request.frequencyPenalty }),
    ...(request.presencePenalty !== undefined && { presence_penalty: request.presencePenalty }),
    ...(request.stopSequences?.length && { stop: request.stopSequences }),
    ...(request.user !== undefined && { user: request.user }),
    ...(request.stream && { stream: true }),
    ...(request.stream &&
      request.streamUsage !== undefined && { stream_options: { include_usage: request.streamUsage } }),
  };
}
