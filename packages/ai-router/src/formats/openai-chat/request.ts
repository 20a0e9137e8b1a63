import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type { Json, JsonObject, ModelMessage, ModelRequest } from '../../wire-format.ts';
import { isObject } from '../json.ts';
import { readContent } from '../request-content.ts';
import { refuseLostFields } from '../request-fields.ts';
import {
  readBoolean,
  readMessages,
  readModel,
  readNumber,
  readText,
  readTexts,
  readTokenLimit,
} from '../request-values.ts';
import { messageRules, partRules, requestRules, streamOptionRules } from './request-rules.ts';

const protocol = 'openai-chat';
const roles: Readonly<Record<string, ModelMessage['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
};

/** Reads a Chat Completions request. `max_completion_tokens` wins over `max_tokens`, `safety_identifier` over `user`: OpenAI replaced the one by the other. */
export function decodeRequest(body: JsonObject): ModelRequest {
  const model = readModel(body);
  const messages = readMessages(body);
  refuseLostFields(body, requestRules, '', protocol);
  const stream = readBoolean(body, 'stream') ?? false;
  const streamUsage = readStreamUsage(body, stream);
  const maxTokens = readTokenLimit(body, 'max_completion_tokens') ?? readTokenLimit(body, 'max_tokens');
  const temperature = readNumber(body, 'temperature', 0, 2);
  const topP = readNumber(body, 'top_p', 0, 1);
  const stopSequences = typeof body.stop === 'string' ? [body.stop] : readTexts(body.stop, 'stop');
  const user = readText(body.safety_identifier, 'safety_identifier') ?? readText(body.user, 'user');
  return {
    model,
    messages: messages.map(decodeMessage),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stopSequences && { stopSequences }),
    ...(user !== undefined && { user }),
    stream,
    ...(streamUsage !== undefined && { streamUsage }),
  };
}

function readStreamUsage(body: JsonObject, stream: boolean): boolean | undefined {
  const options = body.stream_options;
  if (options === null || options === undefined) return undefined;
  if (!isObject(options)) throw requestInvalid('"stream_options" must be an object.', 'stream_options');
  if (!stream) throw requestInvalid('"stream_options" needs "stream": true.', 'stream_options');
  refuseLostFields(options, streamOptionRules, 'stream_options.', protocol);
  return readBoolean(options, 'include_usage');
}

function decodeMessage(message: Json, index: number): ModelMessage {
  const path = `messages[${index}]`;
  if (!isObject(message)) throw requestInvalid(`"${path}" must be an object.`, path);
  if (message.role === 'tool' || message.role === 'function') throw fieldUnsupported(`${path}.role`, protocol);
  const role = typeof message.role === 'string' && Object.hasOwn(roles, message.role) ? roles[message.role] : undefined;
  if (!role) {
    throw requestInvalid(`"${path}.role" must be system, developer, user or assistant.`, `${path}.role`);
  }
  refuseLostFields(message, messageRules, `${path}.`, protocol);
  return { role, content: readContent(message.content, `${path}.content`, partRules, protocol) };
}

// OpenAI's own models accept the new name only; many compatible servers know the old one only, and some refuse or ignore the new.
const openaiModel = /^(?:openai\/)?(?:ft:)?(?:gpt-(?!oss)|chatgpt-|o\d)/;

/** Writes a Chat Completions request. The token limit goes into `max_completion_tokens` for OpenAI's own models, else into `max_tokens`. */
export function encodeRequest(request: ModelRequest): JsonObject {
  const limit = openaiModel.test(request.model) ? 'max_completion_tokens' : 'max_tokens';
  return {
    model: request.model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    ...(request.maxTokens !== undefined && { [limit]: request.maxTokens }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.stopSequences && { stop: request.stopSequences }),
    ...(request.user !== undefined && { user: request.user }),
    ...(request.stream && { stream: true }),
    ...(request.stream &&
      request.streamUsage !== undefined && { stream_options: { include_usage: request.streamUsage } }),
  };
}
