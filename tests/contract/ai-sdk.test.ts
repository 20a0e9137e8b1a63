import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import type { JSONSchema7, LanguageModelV4 } from '@ai-sdk/provider';
import { createRouter, openai, type Router, sim } from '@hotpath/ai-router';
import { aiSdk, languageModel, undiciFetch } from '@hotpath/ai-router/ai-sdk';
import { APICallError, generateText, isStepCount, jsonSchema, Output, streamText, tool } from 'ai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../upstream/index.ts';
import { toolModel } from './support/tool-model.ts';
import { weatherTool } from './support/weather.ts';

let upstream: Upstream;
const fetch = undiciFetch();
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await fetch.close();
  await upstream.close();
});

const weather = tool({ ...weatherTool, execute: async ({ city }) => ({ city, degrees: 21 }) });
const once = { maxAttempts: 1 };
const through = (...providers: Parameters<typeof createRouter>[0]['providers']): Router =>
  createRouter({ providers, attempts: once });
const mocked = (model: LanguageModelV4 = toolModel()): Router => through(aiSdk({ id: 'p', model: () => model }));

describe.each(['openai-chat', 'openai-responses', 'anthropic-messages'] as const)(
  'the AI SDK, with the router as its model in %s',
  (protocol) => {
    const agent = (model = toolModel()) => ({
      model: languageModel(mocked(model), 'p/m', { protocol }),
      prompt: 'What is the weather?',
      tools: { weather, time: { ...weather, execute: async () => 'noon' } },
      stopWhen: isStepCount(3),
      maxRetries: 0,
    });
    const told =
      'weather: {"type":"text","value":"{\\"city\\":\\"Zürich\\",\\"degrees\\":21}"} time: {"type":"text","value":"noon"} [signature thoughtSignature]';

    it('calls tools, and gives the model its metadata back', async () => {
      const { text, steps, usage } = await generateText(agent());
      expect(text).toBe(told);
      expect(steps).toHaveLength(2);
      expect(steps[0]).toMatchObject({
        finishReason: 'tool-calls',
        reasoningText: 'Let me see.',
        toolCalls: [{ toolName: 'weather', input: { city: 'Zürich' } }, { toolName: 'time' }],
        providerMetadata: { hotpath: { provider: 'p', model: 'm' } },
        warnings: [],
      });
      expect(usage).toMatchObject({ inputTokens: 40, outputTokens: 18, inputTokenDetails: { cacheReadTokens: 16 } });
    });

    it('calls tools in a stream', async () => {
      const result = streamText(agent());
      const types: string[] = [];
      for await (const part of result.stream) if (types.at(-1) !== part.type) types.push(part.type);
      expect(await result.text).toBe(told);
      expect(types).toEqual(
        expect.arrayContaining(['reasoning-delta', 'tool-input-delta', 'tool-call', 'tool-result']),
      );
      expect(types).not.toContain('error');
      expect((await result.steps)[0]).toMatchObject({ finishReason: 'tool-calls', reasoningText: 'Let me see.' });
    });
  },
);

describe('the AI SDK, with the router as its model', () => {
  it('is answered by the simulator, and from the cache the second time', async () => {
    const entries = new Map();
    const cache = {
      get: (key: string) => entries.get(key),
      set: (key: string, value: unknown) => entries.set(key, value),
    };
    const model = languageModel(createRouter({ providers: [sim()], cache }), 'sim-1');
    for (const state of ['miss', 'hit']) {
      const { text, providerMetadata, response } = await generateText({ model, prompt: 'Hello?' });
      expect(text).toContain('Hello?');
      expect(providerMetadata?.hotpath).toMatchObject({ provider: 'sim', model: 'sim-1', cache: state });
      expect(response.modelId).toBe('sim-1');
    }
  });

  it('asks for structured output', async () => {
    const schema: JSONSchema7 = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    upstream.set({ text: '{"name":"Zürich"}' });
    const provider = openai({ apiKey: 'k', baseUrl: upstream.openaiUrl });
    const model = languageModel(through(provider), 'openai/gpt-4o');
    const output = Output.object({ schema: jsonSchema<{ name: string }>(schema) });
    expect((await generateText({ model, prompt: 'Which city?', output })).output).toEqual({ name: 'Zürich' });
    expect(JSON.parse(String(upstream.requests[0]?.body)).response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { schema, strict: true },
    });
  });

  it('tries again what the router says is worth it, and throws what it knows as an API error', async () => {
    const provider = openai({ apiKey: 'k', baseUrl: upstream.openaiUrl });
    const model = languageModel(through(provider), 'openai/gpt-4o');
    upstream.inject('server-error', { times: 1 });
    const { text } = await generateText({ model, prompt: 'again', maxRetries: 1 });
    expect(text).toMatch(/^Answer-/);
    expect(upstream.requests).toHaveLength(2);
    upstream.inject('context-length');
    const failing = generateText({ model, prompt: 'too long', maxRetries: 1 });
    await expect(failing).rejects.toSatisfy(APICallError.isInstance);
    await expect(failing).rejects.toMatchObject({ statusCode: 400, provider: 'openai' });
    expect(upstream.requests).toHaveLength(3);
  });

  it.each(['cut-stream', 'destroy-stream', 'error-event'] as const)(
    'never takes a stream for whole that is not (%s)',
    async (fault) => {
      upstream.inject({ name: fault, after: 5 });
      const model = languageModel(through(openai({ apiKey: 'k', baseUrl: upstream.openaiUrl })), 'openai/gpt-4o');
      const errors: unknown[] = [];
      const result = streamText({
        model,
        prompt: 'cut',
        maxRetries: 0,
        onError: ({ error }) => void errors.push(error),
      });
      let text = '';
      for await (const piece of result.textStream) text += piece;
      expect(text).toMatch(/^Answer-/);
      expect(errors).toEqual([expect.objectContaining({ name: 'RouterError' })]);
      expect(await result.finishReason).toBe('error');
    },
  );

  it('cancels the call upstream when it is aborted', async () => {
    upstream.set({ betweenTokensMs: 1000 });
    const model = languageModel(through(openai({ apiKey: 'k', baseUrl: upstream.openaiUrl })), 'openai/gpt-4o');
    const aborting = new AbortController();
    const result = streamText({ model, prompt: 'stop', abortSignal: aborting.signal });
    const reading = (async () => {
      for await (const _ of result.textStream) aborting.abort();
    })();
    await upstream.waitFor(({ active, requests }) => requests.length === 1 && active === 0);
    await reading;
  });
});

const sdks = [
  ['OpenAI chat', () => createOpenAI({ apiKey: 'k', baseURL: upstream.openaiUrl, fetch }).chat('gpt-4o')],
  [
    'OpenAI chat over the fetch of Node',
    () => createOpenAI({ apiKey: 'k', baseURL: upstream.openaiUrl }).chat('gpt-4o'),
  ],
  ['Anthropic', () => createAnthropic({ apiKey: 'k', baseURL: `${upstream.url}/v1`, fetch })('claude-sonnet-4-5')],
] as const;

describe.each(sdks)('a model of the AI SDK as a provider of the router: %s', (_name, create) => {
  const ask = (router: Router, more = {}) => router.query({ model: 'p/m', prompt: 'Hello?', ...more });

  it('answers whole and streamed', async () => {
    const router = mocked(create());
    const { text, usage, finishReason } = await ask(router);
    expect(text).toMatch(/^Answer-/);
    expect(usage?.outputTokens).toBe(12);
    expect(finishReason).toBe('stop');
    const stream = router.stream({ model: 'p/m', prompt: 'Hello?' });
    let said = '';
    for await (const piece of stream) said += piece;
    expect(said).toBe(text);
    expect((await stream.result).usage).toEqual(usage);
  });

  it('stops at the limit it was given', async () => {
    expect(await ask(mocked(create()), { maxTokens: 3 })).toMatchObject({ finishReason: 'length' });
    expect(JSON.parse(String(upstream.requests[0]?.body))).toMatchObject({ model: /./ });
  });

  it.each([
    ['rate-limit', 429],
    ['server-error', 500],
    ['context-length', 400],
    ['unauthorized', 401],
    ['html-error', 502],
  ] as const)('fails as the upstream does (%s)', async (fault, status) => {
    upstream.inject(fault);
    await expect(ask(mocked(create()))).rejects.toMatchObject({ status, code: 'ROUTER_UPSTREAM_STATUS' });
    await expect(streamed(mocked(create()))).rejects.toMatchObject({ status });
  });

  it.each(['truncated-json', 'reset-before-head', 'reset-in-body'] as const)(
    'fails where there is no answer (%s)',
    async (fault) => {
      upstream.inject(fault);
      await expect(ask(mocked(create()))).rejects.toMatchObject({ status: 502, isRetryable: true });
    },
  );

  it.each(['cut-stream', 'destroy-stream', 'error-event'] as const)('is never whole when cut (%s)', async (fault) => {
    upstream.inject({ name: fault, after: 5 });
    const stream = mocked(create()).stream({ model: 'p/m', prompt: 'Hello?' });
    let text = '';
    const reading = (async () => {
      for await (const piece of stream) text += piece;
    })();
    await expect(reading).rejects.toMatchObject({ isRetryable: true });
    expect(text).toMatch(/^Answer-/);
  });

  it('is cancelled upstream when the client leaves', async () => {
    upstream.set({ betweenTokensMs: 1000 });
    for await (const _ of mocked(create()).stream({ model: 'p/m', prompt: 'Hello?' })) break;
    expect(upstream.active).toBe(1);
    await upstream.waitFor(({ active }) => active === 0);
  });
});

const streamed = (router: Router) => router.stream({ model: 'p/m', prompt: 'Hello?' }).result;
