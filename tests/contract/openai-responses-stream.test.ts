import { formats, type ModelAnswer, type ModelEvent } from '@hotpath/ai-router';
import OpenAI, { APIError } from 'openai';
import type { Response as ModelResponse, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import { call, claudesAnswer, eventsOf, type Part, text } from './support/answers.ts';

const format = formats['openai-responses'];

const claudesProof = { protocol: 'anthropic-messages', data: 'EqoBCkgIARAB+/=' } as const;
const thought: Part = { type: 'reasoning', text: 'Ask\nthe weather.', proof: claudesProof };
const redacted: Part = { type: 'reasoning', text: '', proof: { ...claudesProof, id: 'redacted' } };

const answers: readonly [name: string, answer: Partial<ModelAnswer>][] = [
  ['words', { content: [text('Größe: 東京 🗼 "{\n}"')] }],
  ['no words', { content: [] }],
  ['words in several parts', { content: [text('One.'), text('Two.'), { type: 'refusal', text: 'Not three.' }] }],
  ['a refusal', { content: [{ type: 'refusal', text: 'No.' }], finishReason: 'content-filter' }],
  ['reasoning and words', { content: [thought, redacted, text('Sunny.')] }],
  ['reasoning without a proof', { content: [{ type: 'reasoning', text: 'Hm.' }, text('Sunny.')] }],
  [
    'calls between words',
    {
      content: [
        thought,
        text('Let me look.'),
        call('toolu_1', 'weather', '{"city":"東京"}'),
        call('toolu_2', 'now', '{}'),
        text('So.'),
      ],
      finishReason: 'tool-calls',
    },
  ],
  ['too many words', { content: [text('Once'), call('c', 'n', '{"a":')], finishReason: 'length' }],
  ['words that were filtered', { content: [text('Once')], finishReason: 'content-filter' }],
];

function written(events: readonly ModelEvent[]): string[] {
  const encoder = format.streamEncoder();
  return events
    .map((event) => encoder.push(event))
    .join('')
    .split(/(?<=\n\n)/);
}

/** OpenAI's own client, to which a server answers with these bytes. */
function clientOf(body: string, contentType = 'text/event-stream', status = 200): OpenAI {
  const fetch = async () => new Response(body, { status, headers: { 'content-type': contentType } });
  return new OpenAI({ apiKey: 'k', fetch, maxRetries: 0 });
}

const question = { model: 'm', input: 'Hi' };

/** What the client puts together from the stream. Its helper adds fields of its own to what was sent. */
async function rebuilt(events: readonly string[]): Promise<ModelResponse> {
  const response = await clientOf(events.join('')).responses.stream(question).finalResponse();
  return JSON.parse(JSON.stringify(response, (name, value) => (name.startsWith('parsed') ? undefined : value)));
}

async function listed(events: readonly string[]): Promise<ResponseStreamEvent[]> {
  const stream = await clientOf(events.join('')).responses.create({ ...question, stream: true });
  const seen: ResponseStreamEvent[] = [];
  for await (const event of stream) seen.push(event);
  return seen;
}

describe.each(answers)('a streamed answer of %s', (_name, partial) => {
  const answer = claudesAnswer(partial);
  const events = written(eventsOf(answer));
  const sent = JSON.parse(JSON.stringify(format.encodeAnswer(answer))) as ModelResponse;

  it("is the whole answer, once OpenAI's client has put it together", async () => {
    const response = await rebuilt(events);
    const { created_at, completed_at, ...same } = sent;
    expect(response).toMatchObject(same);
    expect(response.usage).toEqual({
      input_tokens: 900,
      input_tokens_details: { cached_tokens: 512, cache_write_tokens: 3 },
      output_tokens: 80,
      output_tokens_details: { reasoning_tokens: 64 },
      total_tokens: 980,
    });
    expect(response.output_text).toBe(answer.content.map((part) => (part.type === 'text' ? part.text : '')).join(''));
  });

  it('tells all of it before its last event', async () => {
    const response = await rebuilt(events.slice(0, -1));
    expect(response.status).toBe('in_progress');
    expect(response.output).toEqual(sent.output);
  });

  it('tells all of it in its deltas', async () => {
    const pieces = events.filter((event) => !/^event: \S+\.done\n/.test(event)).slice(0, -1);
    const said = (output: ModelResponse['output']) =>
      output.map((item) => {
        if (item.type === 'message') return item.content;
        return item.type === 'function_call' ? item.arguments : item.type === 'reasoning' ? item.summary : item;
      });
    expect(said((await rebuilt(pieces)).output)).toEqual(said(sent.output));
  });

  it('numbers its events', async () => {
    const seen = await listed(events);
    expect(seen.map(({ sequence_number }) => sequence_number)).toEqual(seen.map((_, index) => index));
    expect(seen[0]?.type).toBe('response.created');
    expect(seen.at(-1)?.type).toBe(`response.${sent.status}`);
  });

  it('comes back with the next question as it was', async () => {
    const { output } = await rebuilt(events);
    const next = JSON.parse(JSON.stringify({ model: 'm', input: [...output, { role: 'user', content: 'And?' }] }));
    const { messages } = format.decodeRequest(next);
    const told = messages.filter(({ role }) => role === 'assistant').map(({ content }) => content);
    expect(told).toEqual(answer.content.length > 0 ? [answer.content] : []);
  });
});

describe("OpenAI's client", () => {
  it.each(answers)('reads a whole answer of %s', async (_name, partial) => {
    const answer = claudesAnswer(partial);
    const body = JSON.stringify(format.encodeAnswer(answer));
    const response = await clientOf(body, 'application/json').responses.create(question);
    expect(response.output_text).toBe(answer.content.map((part) => (part.type === 'text' ? part.text : '')).join(''));
    expect(response.status).toBe(JSON.parse(body).status);
  });

  it('can parse the arguments of a call that has none', async () => {
    const answer = claudesAnswer({ content: [call('toolu_1', 'now', '')], finishReason: 'tool-calls' });
    const events = written(eventsOf(answer));
    for (const sent of [events, events.slice(0, -1)]) {
      expect((await rebuilt(sent)).output).toMatchObject([{ arguments: '{}' }]);
    }
    expect(format.encodeAnswer(answer).output).toMatchObject([{ arguments: '{}' }]);
  });

  const error = { status: 529, type: 'overloaded_error', message: 'Overloaded.', code: 'ROUTER_UPSTREAM_STATUS' };

  it.each([
    ['first', []],
    ['in the middle', eventsOf(claudesAnswer({ content: [text('Once upon a time')] })).slice(0, 3)],
  ])('throws an error that comes %s', async (_name, before) => {
    const events = written([...before, { type: 'error', error }]);
    const thrown = {
      message: expect.stringContaining('Overloaded.'),
      code: 'ROUTER_UPSTREAM_STATUS',
      type: 'server_error',
    };
    await expect(listed(events)).rejects.toMatchObject(thrown);
    await expect(listed(events)).rejects.toBeInstanceOf(APIError);
    await expect(rebuilt(events)).rejects.toMatchObject(thrown);
  });

  it('finds the failed response behind an error', async () => {
    const events = written([
      ...eventsOf(claudesAnswer({ content: [text('Once')] })).slice(0, 3),
      { type: 'error', error },
    ]);
    const response = await rebuilt(events.filter((event) => !event.startsWith('event: error')));
    expect(response).toMatchObject({
      id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
      status: 'failed',
      error: { code: 'ROUTER_UPSTREAM_STATUS', message: 'Overloaded.' },
    });
  });

  it('throws a refusal by its status', async () => {
    const refusal = {
      status: 400,
      type: 'invalid_request_error',
      message: 'No.',
      param: 'input[0]',
      code: 'ROUTER_FIELD_UNSUPPORTED',
    };
    const client = clientOf(JSON.stringify(format.encodeError(refusal)), 'application/json', 400);
    await expect(client.responses.create(question)).rejects.toMatchObject({
      status: 400,
      code: 'ROUTER_FIELD_UNSUPPORTED',
      param: 'input[0]',
      type: 'invalid_request_error',
    });
  });
});
