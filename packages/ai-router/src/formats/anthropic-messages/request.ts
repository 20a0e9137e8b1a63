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
import { messageRules, metadataRules, partRules, requestRules } from './request-rules.ts';

const protocol = 'anthropic-messages';

/** What `max_tokens` is where the client gave no limit: Anthropic demands one, and every model it serves allows this much. */
const defaultMaxTokens = 4096;

/**
 * Reads a Messages request. A last message by the assistant is refused: it asks for its continuation, which other
 * protocols do not promise. Streams always ask for usage, since every Anthropic stream carries it.
 */
export function decodeRequest(body: JsonObject): ModelRequest {
  const model = readModel(body);
  const messages = readMessages(body);
  refuseLostFields(body, requestRules, '', protocol);
  if (body.max_tokens === 0) throw fieldUnsupported('max_tokens', protocol);
  const maxTokens = readTokenLimit(body, 'max_tokens');
  if (maxTokens === undefined)
    throw requestInvalid('"max_tokens" is missing. Say how long an answer may be.', 'max_tokens');
  const stream = readBoolean(body, 'stream') ?? false;
  const temperature = readNumber(body, 'temperature', 0, 1);
  const topP = readNumber(body, 'top_p', 0, 1);
  const stopSequences = readTexts(body.stop_sequences, 'stop_sequences');
  const user = readUser(body.metadata);
  const system = readSystem(body.system);
  const decoded = messages.map(decodeMessage);
  if (decoded.at(-1)?.role === 'assistant') throw fieldUnsupported(`messages[${decoded.length - 1}]`, protocol);
  return {
    model,
    messages: system === undefined ? decoded : [{ role: 'system', content: system }, ...decoded],
    maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stopSequences && { stopSequences }),
    ...(user !== undefined && { user }),
    stream,
    ...(stream && { streamUsage: true }),
  };
}

function readSystem(system: Json | undefined): string | undefined {
  if (system === null || system === undefined || (Array.isArray(system) && system.length === 0)) return undefined;
  return readContent(system, 'system', partRules, protocol) || undefined;
}

function readUser(metadata: Json | undefined): string | undefined {
  if (metadata === null || metadata === undefined) return undefined;
  if (!isObject(metadata)) throw requestInvalid('"metadata" must be an object.', 'metadata');
  refuseLostFields(metadata, metadataRules, 'metadata.', protocol);
  return readText(metadata.user_id, 'metadata.user_id');
}

function decodeMessage(message: Json, index: number): ModelMessage {
  const path = `messages[${index}]`;
  if (!isObject(message)) throw requestInvalid(`"${path}" must be an object.`, path);
  const { role } = message;
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw requestInvalid(`"${path}.role" must be user, assistant or system.`, `${path}.role`);
  }
  refuseLostFields(message, messageRules, `${path}.`, protocol);
  return { role, content: readContent(message.content, `${path}.content`, partRules, protocol) };
}

/**
 * Writes a Messages request. System messages move to the top-level `system`, in order and parted by blank lines; turns
 * of the same role become one turn of several text blocks; `max_tokens` defaults to 4,096. Throws
 * `ROUTER_REQUEST_INVALID` for what Anthropic cannot do: a temperature above 1, no turn at all.
 */
export function encodeRequest(request: ModelRequest): JsonObject {
  if (request.temperature !== undefined && request.temperature > 1) {
    throw requestInvalid(
      `"temperature" is ${request.temperature}, but this model's provider allows 1 at most. Lower it, or choose a model whose provider allows more.`,
      'temperature',
    );
  }
  const system = request.messages.filter(({ role, content }) => role === 'system' && content !== '');
  const turns = joinTurns(request.messages.filter(({ role }) => role !== 'system'));
  if (turns.length === 0) {
    throw requestInvalid(
      '"messages" holds system messages only, but this model\'s provider needs a message by the user. Add one.',
      'messages',
    );
  }
  return {
    model: request.model,
    max_tokens: request.maxTokens ?? defaultMaxTokens,
    ...(system.length > 0 && { system: system.map(({ content }) => content).join('\n\n') }),
    messages: turns,
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.stopSequences && { stop_sequences: request.stopSequences }),
    ...(request.user !== undefined && { metadata: { user_id: request.user } }),
    ...(request.stream && { stream: true }),
  };
}

function joinTurns(messages: readonly ModelMessage[]): JsonObject[] {
  const turns: { readonly role: string; readonly texts: string[] }[] = [];
  for (const { role, content } of messages) {
    const last = turns.at(-1);
    if (last?.role === role) last.texts.push(content);
    else turns.push({ role, texts: [content] });
  }
  return turns.map(({ role, texts }) => ({
    role,
    content: texts.length === 1 ? texts[0] : texts.map((text) => ({ type: 'text', text })),
  }));
}
