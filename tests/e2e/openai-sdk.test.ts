import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../upstream/index.ts';
import { type Gateway, startGateway, upstreamEnvironment } from './support/gateway.ts';

let upstream: Upstream;
let gateway: Gateway;
let client: OpenAI;
let direct: OpenAI;

beforeAll(async () => {
  upstream = await startUpstream({ models: ['listed-model'] });
  gateway = await startGateway(upstreamEnvironment(upstream.url));
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'mine', maxRetries: 0 });
  direct = new OpenAI({ baseURL: upstream.openaiUrl, apiKey: 'sk-upstream', maxRetries: 0 });
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const ask = (model: string, content: string) => ({ model, messages: [{ role: 'user' as const, content }] });

const collect = async (stream: AsyncIterable<OpenAI.ChatCompletionChunk>) => {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
};
const textOf = (chunks: readonly OpenAI.ChatCompletionChunk[]) =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

describe('the openai SDK, to a provider of its own protocol', () => {
  it('gets the very answer the provider gives, then the same one from the cache', async () => {
    const question = {
      ...ask('gpt-4o-mini', 'passing'),
      tools: [{ type: 'function' as const, function: { name: 't' } }],
    };
    const expected = await direct.chat.completions.create(question);
    upstream.reset();
    const first = await client.chat.completions.create(question).withResponse();
    const { created: _first, ...answer } = first.data;
    const { created: _expected, ...wanted } = expected;
    expect(answer).toEqual(wanted);
    expect(first.response.headers.get('x-hotpath-cache')).toBe('miss');
    const second = await client.chat.completions.create(question).withResponse();
    expect(second.data.choices).toEqual(first.data.choices);
    expect(second.response.headers.get('x-hotpath-cache')).toBe('hit');
    expect(upstream.requests).toHaveLength(1);
    expect(upstream.requests[0]?.headers.authorization).toBe('Bearer sk-upstream');
    expect(JSON.parse(String(upstream.requests[0]?.body))).toEqual(question);
  });

  it('streams, with usage, and is replayed as a stream', async () => {
    const question = {
      ...ask('openai/gpt-4o', 'streaming'),
      stream: true as const,
      stream_options: { include_usage: true },
    };
    const whole = await direct.chat.completions.create({ ...ask('gpt-4o', 'streaming') });
    const first = await collect(await client.chat.completions.create(question));
    expect(textOf(first)).toBe(whole.choices[0]?.message.content);
    expect(first.at(-1)?.usage).toEqual(whole.usage);
    const replay = await client.chat.completions.create(question).withResponse();
    expect(replay.response.headers.get('x-hotpath-cache')).toBe('hit');
    expect(await collect(replay.data)).toEqual(first);
  });

  it('asks the provider once for twenty who ask the same at the same time', async () => {
    upstream.set({ betweenTokensMs: 20 });
    const question = { ...ask('gpt-4o', 'together'), stream: true as const };
    const texts = await Promise.all(
      Array.from({ length: 20 }, async () => textOf(await collect(await client.chat.completions.create(question)))),
    );
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).not.toBe('');
    expect(upstream.requests).toHaveLength(1);
  });

  it.each([
    ['rate-limit', 429, OpenAI.RateLimitError],
    ['server-error', 500, OpenAI.InternalServerError],
    ['context-length', 400, OpenAI.BadRequestError],
    ['unauthorized', 401, OpenAI.AuthenticationError],
    ['html-error', 502, OpenAI.InternalServerError],
    ['truncated-json', 502, OpenAI.InternalServerError],
    ['wrong-content-length', 502, OpenAI.InternalServerError],
    ['reset-before-head', 502, OpenAI.InternalServerError],
    ['reset-in-body', 502, OpenAI.InternalServerError],
  ] as const)('throws what fits when the provider shows %s', async (fault, status, kind) => {
    upstream.inject(fault);
    const failing = client.chat.completions.create(ask('gpt-4o', `fault ${fault}`));
    await expect(failing).rejects.toBeInstanceOf(kind);
    await expect(failing).rejects.toMatchObject({ status });
    upstream.reset();
    const after = await client.chat.completions.create(ask('gpt-4o', `fault ${fault}`)).withResponse();
    expect(after.response.headers.get('x-hotpath-cache')).toBe('miss');
  });

  it.each(['cut-stream', 'destroy-stream', 'reset-in-body', 'error-event'] as const)(
    'throws within the stream on %s, after what came before it, and does not keep it',
    async (fault) => {
      const question = { ...ask('gpt-4o', `stream ${fault}`), stream: true as const };
      upstream.inject({ name: fault, after: 5 });
      let text = '';
      const reading = (async () => {
        for await (const chunk of await client.chat.completions.create(question)) {
          text += chunk.choices[0]?.delta.content ?? '';
        }
      })();
      await expect(reading).rejects.toBeInstanceOf(OpenAI.APIError);
      expect(text).toMatch(/^Answer-/);
      upstream.reset();
      const again = await client.chat.completions.create(question).withResponse();
      expect(again.response.headers.get('x-hotpath-cache')).toBe('miss');
      const whole = textOf(await collect(again.data));
      expect(whole.startsWith(text)).toBe(true);
      expect(whole.length).toBeGreaterThan(text.length);
    },
  );

  it.each(['missing-done', 'byte-by-byte', 'split-characters', 'crlf-events', 'comment-events', 'gzip'] as const)(
    'reads the whole answer in spite of %s',
    async (fault) => {
      const expected = await direct.chat.completions.create(ask('gpt-4o', `odd ${fault}`));
      upstream.inject(fault);
      const stream = await client.chat.completions.create({ ...ask('gpt-4o', `odd ${fault}`), stream: true });
      expect(textOf(await collect(stream))).toBe(expected.choices[0]?.message.content);
    },
  );
});

describe('the openai SDK, to an Anthropic model', () => {
  it('gets a translated answer, whole and streamed', async () => {
    const question = {
      model: 'claude-sonnet-5',
      messages: [
        { role: 'system' as const, content: 'Be brief.' },
        { role: 'user' as const, content: 'translate' },
      ],
      max_tokens: 6,
    };
    const answer = await client.chat.completions.create(question);
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'length', message: { role: 'assistant' } });
    expect(answer.choices[0]?.message.content).toMatch(/^Answer-/);
    expect(answer.usage?.completion_tokens).toBe(6);
    const [sent] = upstream.requests;
    expect(sent?.path).toBe('/v1/messages');
    expect(sent?.headers['x-api-key']).toBe('sk-ant-upstream');
    expect(sent?.headers.authorization).toBeUndefined();
    expect(JSON.parse(String(sent?.body))).toMatchObject({ system: 'Be brief.', max_tokens: 6 });

    const chunks = await collect(
      await client.chat.completions.create({ ...question, stream: true, stream_options: { include_usage: true } }),
    );
    expect(textOf(chunks)).toBe(answer.choices[0]?.message.content);
    expect(chunks.at(-1)?.usage).toEqual(answer.usage);
    expect(chunks.some(({ choices }) => choices[0]?.finish_reason === 'length')).toBe(true);
  });

  it('offers tools, in the words of the other protocol', async () => {
    const tools = [{ type: 'function' as const, function: { name: 't', parameters: { type: 'object' } } }];
    await client.chat.completions.create({ ...ask('claude-sonnet-5', 'tools'), tools });
    expect(upstream.requests[0]?.body.toString()).toContain('"input_schema":{"type":"object"}');
  });

  it.each(['cut-stream', 'destroy-stream', 'error-event'] as const)('throws on %s', async (fault) => {
    upstream.inject({ name: fault, after: 5 });
    const stream = await client.chat.completions.create({ ...ask('claude-sonnet-5', fault), stream: true });
    await expect(collect(stream)).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});

describe('the openai SDK', () => {
  it('lists the models of every provider', async () => {
    const { data } = await client.models.list();
    const ids = data.map(({ id }) => id);
    expect(ids.some((id) => id.startsWith('openai/'))).toBe(true);
    expect(ids.some((id) => id.startsWith('anthropic/'))).toBe(true);
  });

  it('is told of a model that nobody has', async () => {
    await expect(client.chat.completions.create(ask('nobody-has-this', 'x'))).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );
  });

  it("that leaves a stream cancels the provider's call at once, unless another still reads", async () => {
    upstream.set({ betweenTokensMs: 50, tokens: 200 });
    const question = { ...ask('gpt-4o', 'leaving'), stream: true as const };
    const first = await client.chat.completions.create(question);
    const second = await client.chat.completions.create(question);
    for await (const _chunk of first) break;
    for await (const _chunk of second) break;
    await upstream.waitFor(({ requests }) => requests.length === 1 && requests[0]?.aborted === true);
    expect(upstream.active).toBe(0);
  });
});
