import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type { Json, JsonObject, Losses, ModelRequest } from '../../wire-format.ts';
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
import { readFormat, writeFormat } from './output-format.ts';
import { readSystem, readTurn } from './read-turns.ts';
import { outputRules, requestRules } from './request-rules.ts';
import { readThinking, writeThinking } from './thinking-options.ts';
import { readTools, writeTools } from './tools.ts';
import { shortened, writeTexts, writeTurns } from './write-turns.ts';

const protocol = 'anthropic-messages';

/**
 * Reads a Messages request. A last message by the assistant is refused: it asks for its continuation, which other
 * protocols do not promise. Streams always ask for usage, since every Anthropic stream carries it.
 */
export function decodeRequest(body: JsonObject, losses?: Losses): ModelRequest {
  const request = readRequest(body, losses);
  if (body.max_tokens === 0) throw fieldUnsupported('max_tokens', protocol);
  const maxTokens = readTokenLimit(body, 'max_tokens');
  if (maxTokens === undefined)
    throw requestInvalid('"max_tokens" is missing. Say how long an answer may be.', 'max_tokens');
  if (request.messages.at(-1)?.role === 'assistant') {
    throw fieldUnsupported(`messages[${readMessages(body).length - 1}]`, protocol);
  }
  return { ...request, maxTokens };
}

/** Reads what a request for an answer and one for a count of tokens share. */
export function readRequest(body: JsonObject, losses?: Losses): ModelRequest {
  const model = readModel(body);
  const turns = readMessages(body);
  refuseLostFields(body, requestRules, '', protocol, losses);
  const stream = readBoolean(body, 'stream') ?? false;
  const temperature = readNumber(body, 'temperature', 0, 1);
  const topP = readNumber(body, 'top_p', 0, 1);
  const topK = readTopK(body.top_k);
  const stopSequences = readTexts(body.stop_sequences, 'stop_sequences');
  const user = readUser(body.metadata, losses);
  const system = readSystem(body.system ?? '', 'system', losses);
  const messages = turns.flatMap((turn, index) => readTurn(turn, index, losses));
  const { format, effort } = readOutputConfig(body.output_config);
  const responseFormat = readFormat(format);
  const reasoning = readThinking(body.thinking, effort, losses);
  return {
    model,
    messages: system.length === 0 ? messages : [{ role: 'system', content: system }, ...messages],
    ...readTools(body, losses),
    ...(responseFormat && { responseFormat }),
    ...(reasoning && { reasoning }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stopSequences && { stopSequences }),
    ...(user !== undefined && { user }),
    stream,
    ...(stream && { streamUsage: true }),
  };
}

function readTopK(count: Json | undefined): number | undefined {
  if (count === null || count === undefined) return undefined;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
  throw requestInvalid('"top_k" must be a whole number of tokens to choose from.', 'top_k');
}

function readUser(metadata: Json | undefined, losses?: Losses): string | undefined {
  if (metadata === null || metadata === undefined) return undefined;
  if (!isObject(metadata)) throw requestInvalid('"metadata" must be an object.', 'metadata');
  const { user_id: user, ...labels } = metadata;
  for (const name of Object.keys(labels)) losses?.drop(`metadata.${name}`);
  return readText(user, 'metadata.user_id');
}

function readOutputConfig(config: Json | undefined): JsonObject {
  if (config === null || config === undefined) return {};
  if (!isObject(config)) throw requestInvalid('"output_config" must be an object.', 'output_config');
  refuseLostFields(config, outputRules, 'output_config.', protocol);
  return config;
}

/**
 * Writes a Messages request. System messages move to the top-level `system`, in order; for `max_tokens` see
 * `writeThinking`, for the turns `writeTurns`. Throws `ROUTER_REQUEST_INVALID` for what Anthropic cannot do: a
 * temperature above 1, no turn at all, arguments of a tool that are no object; `ROUTER_FIELD_UNSUPPORTED` for a seed,
 * penalties, JSON without a schema, and files that are neither PDF nor text.
 */
export function encodeRequest(request: ModelRequest, losses?: Losses): JsonObject {
  const { messages, responseFormat, temperature, topK, stopSequences, user } = request;
  if (temperature !== undefined && temperature > 1) {
    throw requestInvalid(
      `"temperature" is ${temperature}, but this model's provider allows 1 at most. Lower it, or choose a model whose provider allows more.`,
      'temperature',
    );
  }
  if (request.seed !== undefined) throw notSayable('seed', protocol);
  if (request.frequencyPenalty) throw notSayable('frequencyPenalty', protocol);
  if (request.presencePenalty) throw notSayable('presencePenalty', protocol);
  const system = messages.flatMap((message) => (message.role === 'system' ? writeTexts(message.content) : []));
  const turns = writeTurns(messages, losses);
  if (turns.length === 0) {
    throw requestInvalid(
      '"messages" holds no message by the user, but this model\'s provider needs one. Add it.',
      'messages',
    );
  }
  const { fields, effort } = writeThinking(request, losses);
  const output = {
    ...(effort !== undefined && { effort }),
    ...(responseFormat && { format: writeFormat(responseFormat) }),
  };
  return {
    model: request.model,
    ...(system.length > 0 && { system: shortened(system) }),
    messages: turns,
    ...writeTools(request),
    ...fields,
    ...(Object.keys(output).length > 0 && { output_config: output }),
    ...writeSampling(request),
    ...(topK !== undefined && { top_k: topK }),
    ...(stopSequences && { stop_sequences: stopSequences }),
    ...(user !== undefined && { metadata: { user_id: user } }),
    ...(request.stream && { stream: true }),
  };
}

/** Newer models refuse to be given both; 1 is what each is without being told, so that leaving it out changes nothing. */
function writeSampling({ temperature, topP }: ModelRequest): JsonObject {
  if (temperature === undefined) return topP === undefined ? {} : { top_p: topP };
  if (topP === undefined || topP === 1) return { temperature };
  return { ...(temperature !== 1 && { temperature }), top_p: topP };
}
