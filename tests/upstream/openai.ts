import { type Answer, lastWords } from './answer.ts';
import type { Dialect, ErrorReply } from './dialect.ts';

const created = 1_763_596_800;
const fingerprint = 'fp_44709d6fcb';

const failure = (
  status: number,
  message: string,
  type: string,
  code: string | null,
  param: string | null = null,
): ErrorReply => ({
  status,
  body: { error: { message, type, param, code } },
});

const finishReason = (answer: Answer): string => (answer.stop === 'length' ? 'length' : 'stop');

const usageOf = (answer: Answer) => ({
  prompt_tokens: answer.inputTokens,
  completion_tokens: answer.tokens.length,
  total_tokens: answer.inputTokens + answer.tokens.length,
  prompt_tokens_details: { cached_tokens: answer.cachedTokens, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
});

const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

const messagesOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** OpenAI's chat completions. */
export const openai: Dialect = {
  name: 'openai',
  headers: (requestId) => ({
    'x-request-id': requestId,
    'openai-organization': 'loopback',
    'openai-processing-ms': '7',
    'openai-version': '2020-10-01',
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-limit-tokens': '2000000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-remaining-tokens': '1999900',
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-reset-tokens': '3ms',
  }),
  complaint: (headers, body, requireKey) => {
    if (requireKey && !/^Bearer \S+$/.test(headers.authorization ?? ''))
      return failure(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        'invalid_request_error',
        null,
      );
    if (typeof body.model !== 'string')
      return failure(400, 'you must provide a model parameter', 'invalid_request_error', null);
    if (!Array.isArray(body.messages))
      return failure(
        400,
        "Missing required parameter: 'messages'.",
        'invalid_request_error',
        'missing_required_parameter',
        'messages',
      );
    if (body.messages.length === 0)
      return failure(
        400,
        "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        'invalid_request_error',
        'empty_array',
        'messages',
      );
    return undefined;
  },
  prompt: (body) => {
    const messages = messagesOf(body.messages);
    const options = body.stream_options;
    const limit = body.max_completion_tokens ?? body.max_tokens;
    const stop = body.stop;
    return {
      model: String(body.model),
      conversation: JSON.stringify(messages),
      stream: body.stream === true,
      streamUsage:
        typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true,
      maxTokens: typeof limit === 'number' ? limit : undefined,
      stopSequences: Array.isArray(stop) ? stop.map(String) : typeof stop === 'string' ? [stop] : [],
      ...lastWords(messages),
    };
  },
  answer: (answer) => ({
    id: `chatcmpl-${answer.seed}`,
    object: 'chat.completion',
    created,
    model: answer.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer.tokens.join(''), refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: finishReason(answer),
      },
    ],
    usage: usageOf(answer),
    service_tier: 'default',
    system_fingerprint: fingerprint,
  }),
  events: (answer, streamUsage) => {
    const chunk = (choices: readonly unknown[], usage: unknown = null, padding = 'abcdef') =>
      event({
        id: `chatcmpl-${answer.seed}`,
        object: 'chat.completion.chunk',
        created,
        model: answer.model,
        service_tier: 'default',
        system_fingerprint: fingerprint,
        choices,
        ...(streamUsage && { usage }),
        obfuscation: padding,
      });
    const choice = (delta: object, finish: string | null = null) => [
      { index: 0, delta, logprobs: null, finish_reason: finish },
    ];
    return {
      opening: [chunk(choice({ role: 'assistant', content: '', refusal: null }))],
      tokens: answer.tokens.map((content) =>
        chunk(choice({ content }), null, 'abcdefghijkl'.slice(0, 12 - (content.length % 12))),
      ),
      closing: [
        chunk(choice({}, finishReason(answer)), null, 'ab'),
        ...(streamUsage ? [chunk([], usageOf(answer), '')] : []),
      ],
      terminator: 'data: [DONE]\n\n',
    };
  },
  error: (fault, _requestId, model) => {
    switch (fault) {
      case 'rate-limit':
      case 'rate-limit-bare':
        return failure(
          429,
          `Rate limit reached for ${model} in organization loopback on requests per min (RPM): Limit 3, Used 3, Requested 1.`,
          'requests',
          'rate_limit_exceeded',
        );
      case 'server-error':
        return failure(
          500,
          'The server had an error while processing your request. Sorry about that!',
          'server_error',
          null,
        );
      case 'unavailable':
        return failure(503, 'The engine is currently overloaded, please try again later', 'server_error', null);
      case 'unauthorized':
        return failure(
          401,
          'Incorrect API key provided: sk-loop****back. You can find your API key at https://platform.openai.com/account/api-keys.',
          'invalid_request_error',
          'invalid_api_key',
        );
      case 'context-length':
        return failure(
          400,
          "This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens. Please reduce the length of the messages.",
          'invalid_request_error',
          'context_length_exceeded',
          'messages',
        );
      case 'content-filter':
        return failure(
          400,
          'Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.',
          'invalid_request_error',
          'content_policy_violation',
        );
      case 'model-not-found':
        return failure(
          404,
          `The model \`${model}\` does not exist or you do not have access to it.`,
          'invalid_request_error',
          'model_not_found',
        );
      default:
        return undefined;
    }
  },
  errorEvent: () =>
    event({
      error: {
        message: 'The server had an error while processing your request. Sorry about that!',
        type: 'server_error',
        param: null,
        code: null,
      },
    }),
  malformedEvent: 'data: {"id":"chatcmpl-broken","choices":[{"index":0,"delta":{"content":"lo\n\n',
  invalidRequest: (status, message) => failure(status, message, 'invalid_request_error', null),
  models: (ids) => ({ object: 'list', data: ids.map((id) => ({ id, object: 'model', created, owned_by: 'system' })) }),
};
