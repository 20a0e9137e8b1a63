import { type Answer, lastWords } from './answer.ts';
import type { Dialect, ErrorReply } from './dialect.ts';

const failure = (status: number, type: string, message: string, requestId: string): ErrorReply => ({
  status,
  body: { type: 'error', error: { type, message }, request_id: requestId },
});

const stopReasons = { stop: 'end_turn', length: 'max_tokens', 'stop-sequence': 'stop_sequence' } as const;

const inputUsage = (answer: Answer) => ({
  input_tokens: answer.inputTokens - Math.min(answer.cachedTokens, answer.inputTokens),
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: Math.min(answer.cachedTokens, answer.inputTokens),
});

const usageOf = (answer: Answer, outputTokens: number) => ({
  ...inputUsage(answer),
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  output_tokens: outputTokens,
  output_tokens_details: { thinking_tokens: 0 },
  server_tool_use: null,
  service_tier: 'standard',
  speed: 'standard',
  inference_geo: null,
});

const messageOf = (answer: Answer, content: readonly unknown[], finished: boolean) => ({
  model: answer.model,
  id: `msg_${answer.seed}`,
  type: 'message',
  role: 'assistant',
  content,
  stop_reason: finished ? stopReasons[answer.stop] : null,
  stop_sequence: finished ? (answer.stopSequence ?? null) : null,
  stop_details: null,
  container: null,
  diagnostics: null,
  usage: usageOf(answer, finished ? answer.tokens.length : 1),
});

const event = (name: string, data: object): string =>
  `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const roleOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'role' in message ? message.role : undefined;

/** Anthropic's messages. */
export const anthropic: Dialect = {
  name: 'anthropic',
  headers: (requestId) => ({
    'request-id': requestId,
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
    'anthropic-ratelimit-requests-reset': '2025-11-20T00:00:00Z',
    'anthropic-ratelimit-input-tokens-limit': '2000000',
    'anthropic-ratelimit-input-tokens-remaining': '1999000',
    'anthropic-ratelimit-input-tokens-reset': '2025-11-20T00:00:00Z',
    'anthropic-ratelimit-output-tokens-limit': '400000',
    'anthropic-ratelimit-output-tokens-remaining': '399000',
    'anthropic-ratelimit-output-tokens-reset': '2025-11-20T00:00:00Z',
    'anthropic-ratelimit-tokens-limit': '2400000',
    'anthropic-ratelimit-tokens-remaining': '2398000',
    'anthropic-ratelimit-tokens-reset': '2025-11-20T00:00:00Z',
  }),
  complaint: (headers, body, requireKey, requestId) => {
    if (requireKey && !headers['x-api-key'] && !/^Bearer \S+$/.test(headers.authorization ?? ''))
      return failure(401, 'authentication_error', 'x-api-key header is required', requestId);
    const invalid = (message: string): ErrorReply => failure(400, 'invalid_request_error', message, requestId);
    if (!headers['anthropic-version']) return invalid('anthropic-version: header is required');
    if (typeof body.model !== 'string') return invalid('model: Field required');
    if (typeof body.max_tokens !== 'number') return invalid('max_tokens: Field required');
    if (!Array.isArray(body.messages)) return invalid('messages: Field required');
    if (body.messages.length === 0) return invalid('messages: at least one message is required');
    if (body.messages.some((message) => roleOf(message) === 'system'))
      return invalid(
        'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
      );
    return undefined;
  },
  prompt: (body) => {
    const messages = listOf(body.messages);
    const limit = body.max_tokens;
    return {
      model: String(body.model),
      conversation: JSON.stringify([body.system ?? null, messages]),
      stream: body.stream === true,
      streamUsage: true,
      maxTokens: typeof limit === 'number' ? limit : undefined,
      stopSequences: listOf(body.stop_sequences).map(String),
      ...lastWords(messages),
    };
  },
  answer: (answer) => messageOf(answer, [{ type: 'text', text: answer.tokens.join(''), citations: null }], true),
  events: (answer) => ({
    opening: [
      event('message_start', { message: messageOf(answer, [], false) }),
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '', citations: null } }),
      event('ping', {}),
    ],
    tokens: answer.tokens.map((text) =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    ),
    closing: [
      event('content_block_stop', { index: 0 }),
      event('message_delta', {
        delta: {
          stop_reason: stopReasons[answer.stop],
          stop_sequence: answer.stopSequence ?? null,
          stop_details: null,
          container: null,
        },
        usage: {
          ...inputUsage(answer),
          output_tokens: answer.tokens.length,
          output_tokens_details: { thinking_tokens: 0 },
          server_tool_use: null,
        },
      }),
    ],
    terminator: event('message_stop', {}),
  }),
  error: (fault, requestId, model) => {
    const reply = (status: number, type: string, message: string): ErrorReply =>
      failure(status, type, message, requestId);
    switch (fault) {
      case 'rate-limit':
      case 'rate-limit-bare':
        return reply(
          429,
          'rate_limit_error',
          'This request would exceed your organization’s rate limit of 50 requests per minute.',
        );
      case 'server-error':
        return reply(500, 'api_error', 'Internal server error');
      case 'unavailable':
        return reply(529, 'overloaded_error', 'Overloaded');
      case 'unauthorized':
        return reply(401, 'authentication_error', 'invalid x-api-key');
      case 'context-length':
        return reply(400, 'invalid_request_error', 'prompt is too long: 200001 tokens > 200000 maximum');
      case 'content-filter':
        return reply(400, 'invalid_request_error', 'Output blocked by content filtering policy');
      case 'model-not-found':
        return reply(404, 'not_found_error', `model: ${model}`);
      default:
        return undefined;
    }
  },
  errorEvent: (requestId) =>
    event('error', { error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: requestId }),
  malformedEvent:
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_del\n\n',
  invalidRequest: (status, message, requestId) =>
    failure(status, status === 404 ? 'not_found_error' : 'invalid_request_error', message, requestId),
  models: (ids) => ({
    data: ids.map((id) => ({
      type: 'model',
      id,
      display_name: id,
      created_at: '2025-09-29T00:00:00Z',
      deprecated_at: null,
      retires_at: null,
      lifecycle: 'active',
      line: null,
      capabilities: null,
      max_input_tokens: 200_000,
      max_tokens: 64_000,
    })),
    has_more: false,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
  }),
};
