import Anthropic from '@anthropic-ai/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../upstream/index.ts';
import { type Gateway, startGateway, upstreamEnvironment } from './support/gateway.ts';

let upstream: Upstream;
let gateway: Gateway;
let client: Anthropic;
let direct: Anthropic;

beforeAll(async () => {
  upstream = await startUpstream({ models: ['listed-model'] });
  gateway = await startGateway(upstreamEnvironment(upstream.url));
  client = new Anthropic({ baseURL: gateway.url, apiKey: 'mine', maxRetries: 0 });
  direct = new Anthropic({ baseURL: upstream.url, apiKey: 'sk-ant-upstream', maxRetries: 0 });
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

const ask = (model: string, content: string) => ({
  model,
  max_tokens: 100,
  messages: [{ role: 'user' as const, content }],
});

const textOf = (message: Anthropic.Message) =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

const collect = async (stream: AsyncIterable<Anthropic.RawMessageStreamEvent>) => {
  const events: Anthropic.RawMessageStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
};

describe('the Anthropic SDK, to a provider of its own protocol', () => {
  it('gets the very answer the provider gives, then the same one from the cache', async () => {
    const question = ask('claude-sonnet-5', 'passing');
    const expected = await direct.messages.create(question);
    upstream.reset();
    const first = await client.messages.create(question).withResponse();
    expect({ ...first.data, _request_id: null }).toEqual({ ...expected, _request_id: null });
    const second = await client.messages.create(question).withResponse();
    expect(second.data.content).toEqual(first.data.content);
    expect(second.response.headers.get('x-hotpath-cache')).toBe('hit');
    expect(upstream.requests).toHaveLength(1);
    expect(upstream.requests[0]?.headers).toMatchObject({
      'x-api-key': 'sk-ant-upstream',
      'anthropic-version': expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
  });

  it("streams through the SDK's own accumulator, and is replayed as a stream", async () => {
    const question = ask('claude-sonnet-5', 'streaming');
    const expected = await direct.messages.create(question);
    upstream.reset();
    const first = await client.messages.stream(question).finalMessage();
    expect(textOf(first)).toBe(textOf(expected));
    expect(first.usage.output_tokens).toBe(expected.usage.output_tokens);
    const replay = await client.messages.stream(question).finalMessage();
    expect(replay.content).toEqual(first.content);
    expect(upstream.requests).toHaveLength(1);
  });

  it.each([
    ['rate-limit', 429, Anthropic.RateLimitError],
    ['unavailable', 529, Anthropic.InternalServerError],
    ['unauthorized', 401, Anthropic.AuthenticationError],
    ['html-error', 502, Anthropic.InternalServerError],
    ['reset-before-head', 502, Anthropic.InternalServerError],
    ['truncated-json', 502, Anthropic.InternalServerError],
  ] as const)('throws what fits when the provider shows %s', async (fault, status, kind) => {
    upstream.inject(fault);
    const failing = client.messages.create(ask('claude-sonnet-5', `fault ${fault}`));
    await expect(failing).rejects.toBeInstanceOf(kind);
    await expect(failing).rejects.toMatchObject({ status, error: { type: 'error' } });
  });

  it.each(['cut-stream', 'destroy-stream', 'reset-in-body', 'error-event'] as const)(
    'throws within the stream on %s, and does not keep it',
    async (fault) => {
      const question = { ...ask('claude-sonnet-5', `stream ${fault}`), stream: true as const };
      upstream.inject({ name: fault, after: 5 });
      await expect(client.messages.create(question).then(collect)).rejects.toBeInstanceOf(Anthropic.APIError);
      upstream.reset();
      const again = await client.messages.create(question).withResponse();
      expect(again.response.headers.get('x-hotpath-cache')).toBe('miss');
      expect((await collect(again.data)).at(-1)?.type).toBe('message_stop');
    },
  );
});

describe('the Anthropic SDK, to an OpenAI model', () => {
  it('gets a translated answer, whole and streamed', async () => {
    const question = { ...ask('gpt-4o', 'translate'), system: 'Be brief.', max_tokens: 6 };
    const answer = await client.messages.create(question);
    expect(answer).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'max_tokens' });
    expect(textOf(answer)).toMatch(/^Answer-/);
    expect(answer.usage.output_tokens).toBe(6);
    const [sent] = upstream.requests;
    expect(sent?.path).toBe('/v1/chat/completions');
    expect(sent?.headers.authorization).toBe('Bearer sk-upstream');
    expect(sent?.headers['x-api-key']).toBeUndefined();

    const streamed = await client.messages.stream(question).finalMessage();
    expect(textOf(streamed)).toBe(textOf(answer));
    expect(streamed.stop_reason).toBe('max_tokens');
    expect(streamed.usage.output_tokens).toBe(6);
  });

  it('sends an image along, in the words of the other protocol', async () => {
    const image = {
      type: 'image' as const,
      source: { type: 'base64' as const, media_type: 'image/png' as const, data: 'iVBORw0KGgo=' },
    };
    await client.messages.create({ ...ask('gpt-4o', ''), messages: [{ role: 'user', content: [image] }] });
    expect(upstream.requests[0]?.body.toString()).toContain('data:image/png;base64,iVBORw0KGgo=');
  });

  it.each(['cut-stream', 'destroy-stream', 'error-event'] as const)('throws on %s', async (fault) => {
    upstream.inject({ name: fault, after: 5 });
    const reading = client.messages.create({ ...ask('gpt-4o', fault), stream: true }).then(collect);
    await expect(reading).rejects.toBeInstanceOf(Anthropic.APIError);
  });

  it("gets a provider's refusal as an error of its own protocol", async () => {
    upstream.inject('rate-limit');
    await expect(client.messages.create(ask('gpt-4o', 'limited'))).rejects.toBeInstanceOf(Anthropic.RateLimitError);
  });
});

describe('the Anthropic SDK', () => {
  it('lists the models', async () => {
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids.some((id) => id.startsWith('anthropic/'))).toBe(true);
  });

  it("that leaves a stream cancels the provider's call at once", async () => {
    upstream.set({ betweenTokensMs: 50, tokens: 200 });
    const stream = await client.messages.create({ ...ask('claude-sonnet-5', 'leaving'), stream: true });
    for await (const _event of stream) break;
    await upstream.waitFor(({ requests }) => requests[0]?.aborted === true);
  });
});
