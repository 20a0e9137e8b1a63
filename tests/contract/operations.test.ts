import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { createHotpath, type Hotpath } from '@hotpath/runtime';
import { type RunningServer, startServer } from '@hotpath/server';
import { embedMany } from 'ai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const dimensions = 768;
/** As OpenAI writes an answer: spaced numbers, or base64 where it is asked for. */
function vectorsFor(body: { model: string; input: string | string[]; encoding_format?: string }): string {
  const texts = [body.input].flat();
  const data = texts.map((text, index) => {
    const vector = Float32Array.from({ length: dimensions }, (_, at) => Math.sin(text.length * 31 + index + at));
    const base64 = Buffer.from(vector.buffer).toString('base64');
    return { object: 'embedding', index, embedding: body.encoding_format === 'base64' ? base64 : [...vector] };
  });
  const usage = { prompt_tokens: texts.length * 3, total_tokens: texts.length * 3 };
  return JSON.stringify({ object: 'list', data, model: body.model, usage }, null, texts.length > 100 ? 1 : 2);
}

interface Seen {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly answer: string;
}

let upstream: Server;
let hotpath: Hotpath;
let server: RunningServer;
let home: string;
const seen: Seen[] = [];
/** Whether the provider has an endpoint for counts. */
let counts = true;

beforeAll(async () => {
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
  upstream = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const path = request.url ?? '';
    if (path === '/v1/models') {
      response.writeHead(404).end();
      return;
    }
    const isCount = path.startsWith('/v1/messages/count_tokens');
    const answer = path === '/v1/embeddings' ? vectorsFor(JSON.parse(body)) : '{"input_tokens": 2095}';
    seen.push({ path, headers: request.headers, body, answer });
    response.writeHead(isCount && !counts ? 404 : 200, { 'content-type': 'application/json' });
    response.end(isCount && !counts ? '{"detail":"Not Found"}' : answer);
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  home = await mkdtemp(join(tmpdir(), 'hotpath-contract-'));
  hotpath = await createHotpath(
    {
      providers: {
        openai: { apiKey: 'sk-up', baseUrl: `${url}/v1` },
        anthropic: { apiKey: 'sk-ant-up', baseUrl: url },
      },
      detect: { environment: false, ollama: false },
      cache: { path: join(home, 'answers.sqlite') },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  server = await startServer({ hotpath, port: 0 });
});
afterEach(() => {
  seen.length = 0;
  counts = true;
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await hotpath.close();
  upstream.closeAllConnections();
  upstream.close();
  await rm(home, { recursive: true });
});

const openai = () => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'mine', maxRetries: 0 });
const anthropic = () => new Anthropic({ baseURL: server.url, apiKey: 'mine', maxRetries: 0 });
const model = 'text-embedding-3-small';

describe('the OpenAI SDK', () => {
  it('gets embeddings in base64, which it asks for by itself, and then the same from the cache', async () => {
    const ask = () =>
      openai()
        .embeddings.create({ model: `openai/${model}`, input: 'hello' })
        .withResponse();
    const first = await ask();
    expect(first.data.data[0]?.embedding).toHaveLength(dimensions);
    expect(first.data.data[0]?.embedding[0]).toBeCloseTo(Math.sin(5 * 31), 6);
    expect(seen[0]).toMatchObject({ path: '/v1/embeddings', headers: { authorization: 'Bearer sk-up' } });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ model, input: 'hello', encoding_format: 'base64' });
    expect(first.response.headers.get('x-hotpath-cost-usd')).toBe('0.00000006');
    const second = await ask();
    expect(second.data).toEqual(first.data);
    expect(second.response.headers.get('x-hotpath-cache')).toBe('hit');
    expect(seen).toHaveLength(1);
  });

  it.each(['float', 'base64'] as const)(
    'gets 2,048 vectors in %s at once, untouched',
    async (encoding) => {
      const input = Array.from({ length: 2048 }, (_, index) => `text number ${index}`);
      const answer = await openai().embeddings.create({ model, input, encoding_format: encoding }).asResponse();
      const text = await answer.text();
      expect(answer.status).toBe(200);
      expect(text === seen[0]?.answer).toBe(true);
      // More than an answer in words may have.
      if (encoding === 'float') expect(text.length).toBeGreaterThan(33_554_432);
      expect(answer.headers.get('x-hotpath-cost-usd')).toBe('0.00012288');
      expect(JSON.parse(seen[0]?.body ?? '').input).toHaveLength(2048);
    },
    30_000,
  );

  it('is told what to ask instead of a model that makes none', async () => {
    const failing = openai().embeddings.create({ model: 'claude-sonnet-5', input: 'hello' });
    await expect(failing).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(failing).rejects.toMatchObject({ status: 400, code: 'ROUTER_OPERATION_UNSUPPORTED', param: 'model' });
    expect(seen).toHaveLength(0);
  });

  it('is told what is missing', async () => {
    const failing = openai().embeddings.create({ model } as never);
    await expect(failing).rejects.toMatchObject({ status: 400, code: 'ROUTER_REQUEST_INVALID', param: 'input' });
  });
});

it('the AI SDK embeds many texts through the gateway', async () => {
  const provider = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: 'mine' });
  const values = ['sunny', 'rainy', 'a third'];
  const { embeddings, usage } = await embedMany({ model: provider.embeddingModel(model), values });
  expect(embeddings.map(({ length }) => length)).toEqual([dimensions, dimensions, dimensions]);
  expect(usage.tokens).toBe(9);
});

describe('the Anthropic SDK', () => {
  const question = {
    model: 'claude-sonnet-5',
    system: 'Be brief.',
    messages: [{ role: 'user' as const, content: 'How many tokens are these?' }],
    tools: [{ name: 'weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } }],
  };

  it('counts tokens where Anthropic answers, to the byte, and then from the cache', async () => {
    const ask = () => anthropic().messages.countTokens(question).withResponse();
    const first = await ask();
    expect(first.data).toEqual({ input_tokens: 2095 });
    expect(first.response.headers.has('x-hotpath-estimate')).toBe(false);
    expect(seen[0]).toMatchObject({
      path: '/v1/messages/count_tokens',
      body: JSON.stringify(question),
      headers: { 'x-api-key': 'sk-ant-up', 'anthropic-version': expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
    });
    expect((await ask()).response.headers.get('x-hotpath-cache')).toBe('hit');
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['a model of another provider', `openai/gpt-4.1-mini`],
    ['a provider without the endpoint', 'claude-haiku-4-5'],
  ])('gets an estimate for %s', async (_, name) => {
    counts = false;
    const { data, response } = await anthropic()
      .messages.countTokens({ ...question, model: name })
      .withResponse();
    expect(response.headers.get('x-hotpath-estimate')).toBe('true');
    expect(data.input_tokens).toBeGreaterThan(20);
    expect(data.input_tokens).toBeLessThan(60);
  });

  it('also through the betas', async () => {
    const beta = await anthropic().beta.messages.countTokens({ ...question, betas: ['context-1m-2025-08-07'] });
    expect(beta.input_tokens).toBe(2095);
    expect(seen[0]?.headers['anthropic-beta']).toContain('context-1m-2025-08-07');
  });
});
