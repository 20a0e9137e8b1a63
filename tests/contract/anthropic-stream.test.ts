import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { formats, type ModelAnswer, type ModelEvent } from '@hotpath/ai-router';
import { describe, expect, it } from 'vitest';
import { call, eventsOf, type Part, text } from './support/answers.ts';

const format = formats['anthropic-messages'];

type ReasoningProof = NonNullable<Extract<Part, { type: 'reasoning' }>['proof']>;

const own = { protocol: 'anthropic-messages', data: 'EqQBCgIYAhIM+/==' } as const;
const openais = { protocol: 'openai-responses', data: 'gAAAAABo+/=', id: 'rs_68' } as const;
const thought = (words: string, proof?: ReasoningProof): Part => ({
  type: 'reasoning',
  text: words,
  ...(proof && { proof }),
});
const redacted: Part = { type: 'reasoning', text: '', proof: { ...own, data: 'EmwKAhgBEgy', id: 'redacted' } };

const answers: readonly [name: string, answer: Partial<ModelAnswer>][] = [
  ['words', { content: [text('Größe: 東京 🗼 "{\n}"')] }],
  ['no words', { content: [] }],
  ['words in several parts', { content: [text('One.'), text('Two.')] }],
  ['a stop sequence', { content: [text('1, 2')], finishReason: 'stop-sequence', stopSequence: '3' }],
  ['reasoning of its own', { content: [thought('Hm.\nYes.', own), redacted, thought('', own), text('Sunny.')] }],
  ['reasoning of another provider', { content: [thought('Hm.', openais), thought('', openais), text('Sunny.')] }],
  ['reasoning without a proof', { content: [thought('Hm.'), text('Sunny.')] }],
  [
    'calls between words',
    {
      content: [
        thought('Ask.', own),
        text('Let me look.'),
        call('toolu_1', 'weather', '{"city":"東京 🗼","deep":{"a":[1,null,"\\""]}}'),
        call('toolu_2', 'now', '{}'),
        text('So.'),
      ],
      finishReason: 'tool-calls',
    },
  ],
  ['too many words', { content: [text('Once')], finishReason: 'length' }],
];

const usage = {
  inputTokens: 900,
  outputTokens: 80,
  cachedInputTokens: 512,
  cacheWriteTokens: 30,
  longCacheWriteTokens: 10,
  reasoningTokens: 64,
};
const whole = (answer: Partial<ModelAnswer>): ModelAnswer => ({
  id: 'chatcmpl-1',
  model: 'gpt-5',
  content: [],
  finishReason: 'stop',
  usage,
  ...answer,
});

function written(events: readonly ModelEvent[]): string {
  const encoder = format.streamEncoder();
  return events.map((event) => encoder.push(event)).join('');
}

/** Anthropic's own client, to which a server answers with these bytes. */
function clientOf(body: string, contentType = 'text/event-stream', status = 200): Anthropic {
  const fetch = async () => new Response(body, { status, headers: { 'content-type': contentType } });
  return new Anthropic({ apiKey: 'k', fetch, maxRetries: 0 });
}

const question = { role: 'user', content: 'Well?' } as const;
const asked = { model: 'gpt-5', max_tokens: 100, messages: [question] };

/** What the format reads of a message that the client sends back, as it got it, with a word more. */
function sentBack(message: Anthropic.Message): unknown {
  const turns = [question, { role: message.role, content: message.content }, question];
  const body = JSON.parse(JSON.stringify({ ...asked, messages: turns }));
  return format.decodeRequest(body).messages[1];
}

describe("Anthropic's own client", () => {
  describe.each(answers)('rebuilds an answer of %s', (_name, answer) => {
    const expected = format.encodeAnswer(whole(answer)) as unknown as Anthropic.Message;

    it('from one piece', async () => {
      const client = clientOf(JSON.stringify(expected), 'application/json');
      expect(await client.messages.create(asked)).toEqual(expected);
    });

    it('from its events', async () => {
      const stream = clientOf(written(eventsOf(whole(answer)))).messages.stream(asked);
      const message = await stream.finalMessage();
      // How the usage divides by lifetime is told at the start, where it is not known yet.
      const { usage: used, ...rest } = expected;
      expect(message).toMatchObject(rest);
      expect(message.content).toEqual(expected.content);
      expect(message.usage).toEqual({ ...used, cache_creation: null });
    });

    it('in the order that Anthropic keeps', async () => {
      const types: string[] = [];
      for await (const event of clientOf(written(eventsOf(whole(answer)))).messages.stream(asked)) {
        types.push('index' in event ? `${event.type} ${event.index}` : event.type);
      }
      const blocks = expected.content.flatMap((_, index) => [
        `content_block_start ${index}`,
        `content_block_delta ${index}`,
        `content_block_stop ${index}`,
      ]);
      const once = types.filter((type, index) => type !== types[index - 1]);
      const silent = expected.content.flatMap((block, index) =>
        block.type === 'redacted_thinking' ? [`content_block_delta ${index}`] : [],
      );
      expect(once).toEqual([
        'message_start',
        ...blocks.filter((type) => !silent.includes(type)),
        'message_delta',
        'message_stop',
      ]);
    });

    it('and sends it back as it was, proofs to the letter', async () => {
      const message = await clientOf(written(eventsOf(whole(answer))))
        .messages.stream(asked)
        .finalMessage();
      if (message.content.length === 0) return;
      expect(sentBack(message)).toEqual({ role: 'assistant', content: answer.content });
    });
  });

  it.each([
    ['stop', 'end_turn', null],
    ['length', 'max_tokens', null],
    ['stop-sequence', 'stop_sequence', '3'],
    ['tool-calls', 'tool_use', null],
    ['content-filter', 'refusal', null],
  ] as const)('knows that an answer ended by %s', async (finishReason, stop_reason, stop_sequence) => {
    const answer = whole({
      content: [text('1, 2')],
      finishReason,
      ...(stop_sequence && { stopSequence: stop_sequence }),
    });
    const message = await clientOf(written(eventsOf(answer, [{ type: 'ping' }])))
      .messages.stream(asked)
      .finalMessage();
    expect(message).toMatchObject({ role: 'assistant', type: 'message', stop_reason, stop_sequence });
    expect(message.stop_details?.type).toBe(stop_reason === 'refusal' ? 'refusal' : undefined);
  });

  it('takes arguments over while they arrive', async () => {
    const seen: unknown[] = [];
    const events = eventsOf(
      whole({ content: [call('a', 'f', '{"city":"Bern","days":2}')], finishReason: 'tool-calls' }),
    );
    await clientOf(written(events))
      .messages.stream(asked)
      .on('inputJson', (_, input) => seen.push(input))
      .done();
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toEqual({ city: 'Bern', days: 2 });
  });

  it('takes no arguments at all for an empty object', async () => {
    const events = eventsOf(whole({ content: [call('a', 'now', '')], finishReason: 'tool-calls' }));
    const message = await clientOf(written(events)).messages.stream(asked).finalMessage();
    expect(message.content).toMatchObject([{ type: 'tool_use', id: 'a', name: 'now', input: {} }]);
  });

  it('reads usage that is known at the start', async () => {
    const [, ...later] = eventsOf(whole({ content: [text('Hi')] }));
    const start = { type: 'start', id: 'a', model: 'm', usage: { ...usage, outputTokens: 1 } } as const;
    const message = await clientOf(written([start, ...later]))
      .messages.stream(asked)
      .finalMessage();
    expect(message.usage).toMatchObject({
      input_tokens: 358,
      cache_read_input_tokens: 512,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
      output_tokens: 80,
      output_tokens_details: { thinking_tokens: 64 },
    });
  });

  it('fails where the stream does, with its type and its words', async () => {
    const error = { status: 529, type: 'overloaded_error', message: 'Too busy.', code: 'ROUTER_UPSTREAM_STATUS' };
    const [start, part, delta] = eventsOf(whole({ content: [text('Once')] }));
    const events = [start, part, delta, { type: 'error', error }].filter(
      (event) => event !== undefined,
    ) as ModelEvent[];
    const failed = clientOf(written(events)).messages.stream(asked).finalMessage();
    const caught = await failed.catch((reason: unknown) => reason);
    expect(caught).toBeInstanceOf(APIError);
    expect(caught).toMatchObject({ type: 'overloaded_error', message: expect.stringContaining('Too busy.') });
  });

  it.each([
    [400, 'invalid_request_error', Anthropic.BadRequestError],
    [401, 'authentication_error', Anthropic.AuthenticationError],
    [404, 'not_found_error', Anthropic.NotFoundError],
    [429, 'rate_limit_error', Anthropic.RateLimitError],
    [502, 'api_error', Anthropic.InternalServerError],
  ])('throws its own error for status %i', async (status, type, expected) => {
    const body = JSON.stringify(format.encodeError({ status, type, message: 'No.', param: 'model' }));
    const caught = await clientOf(body, 'application/json', status)
      .messages.create(asked)
      .catch((reason: unknown) => reason);
    expect(caught).toBeInstanceOf(expected);
    expect(caught).toMatchObject({ status, type });
  });
});
