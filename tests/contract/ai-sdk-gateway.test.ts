import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createRouter, openaiCompatible } from '@hotpath/ai-router';
import { aiSdk } from '@hotpath/ai-router/ai-sdk';
import { createHotpath, type Hotpath } from '@hotpath/runtime';
import { type RunningServer, startServer } from '@hotpath/server';
import { APICallError, generateText, isStepCount, jsonSchema, type LanguageModel, Output, streamText, tool } from 'ai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../upstream/index.ts';
import { toolModel } from './support/tool-model.ts';
import { weatherTool } from './support/weather.ts';

let upstream: Upstream;
let hotpath: Hotpath;
let server: RunningServer;
let home: string;

beforeAll(async () => {
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
  upstream = await startUpstream();
  home = await mkdtemp(join(tmpdir(), 'hotpath-contract-'));
  hotpath = await createHotpath({ providers: { sim: { type: 'sim' } } }, { environment: { HOTPATH_HOME: home } });
  const router = createRouter({
    providers: [
      aiSdk({ id: 'mock', model: () => toolModel() }),
      openaiCompatible({ id: 'upstream', apiKey: 'k', baseUrl: upstream.openaiUrl }),
    ],
    attempts: { maxAttempts: 1 },
  });
  server = await startServer({ hotpath: { ...hotpath, router }, port: 0 });
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await hotpath.close();
  await upstream.close();
  await rm(home, { recursive: true });
});

const baseURL = () => `${server.url}/v1`;
const sdks: readonly (readonly [path: string, create: (model: string) => LanguageModel])[] = [
  ['/v1/chat/completions', (model) => createOpenAI({ apiKey: 'k', baseURL: baseURL() }).chat(model)],
  ['/v1/responses', (model) => createOpenAI({ apiKey: 'k', baseURL: baseURL() }).responses(model)],
  ['/v1/messages', (model) => createAnthropic({ apiKey: 'k', baseURL: baseURL() })(model)],
];

const weather = tool({ ...weatherTool, execute: async ({ city }) => `sunny in ${city}` });

describe.each(sdks)('a gateway that speaks with the AI SDK on %s', (path, create) => {
  const agent = () => ({
    model: create('mock/m'),
    prompt: 'What is the weather?',
    tools: { weather, time: { ...weather, execute: async () => 'noon' } },
    stopWhen: isStepCount(3),
    maxRetries: 0,
    // OpenAI's SDK leaves reasoning by its id, which only the API that keeps it can read.
    ...(path === '/v1/responses' && { providerOptions: { openai: { store: false } } }),
  });
  const told = /^weather: .*sunny in Zürich.* time: .*noon/;

  it('has tools called', async () => {
    const { text, steps, usage } = await generateText(agent());
    expect(text).toMatch(told);
    // OpenAI's SDK for chat completions knows nothing of reasoning.
    const returned = path === '/v1/chat/completions' ? '[]' : '[signature thoughtSignature]';
    expect(text.endsWith(returned)).toBe(true);
    expect(steps).toHaveLength(2);
    expect(steps[0]).toMatchObject({
      finishReason: 'tool-calls',
      toolCalls: [
        { toolName: 'weather', input: { city: 'Zürich' } },
        { toolName: 'time', input: { city: 'Zürich' } },
      ],
    });
    expect(usage).toMatchObject({ inputTokens: 40, outputTokens: 18, inputTokenDetails: { cacheReadTokens: 16 } });
  });

  it('has tools called in a stream', async () => {
    const result = streamText({ ...agent(), onError: () => {} });
    const types = new Set<string>();
    for await (const part of result.stream) types.add(part.type);
    expect([...types]).not.toContain('error');
    expect(types).toContain('tool-input-delta');
    expect(await result.text).toMatch(told);
    expect((await result.steps)[0]).toMatchObject({ finishReason: 'tool-calls', toolCalls: [{}, {}] });
  });

  it('answers for an upstream, whole, streamed and structured', async () => {
    const model = create('upstream/gpt-4o');
    const { text, usage, finishReason } = await generateText({ model, prompt: 'Hello?', maxOutputTokens: 50 });
    expect(text).toMatch(/^Answer-/);
    expect(finishReason).toBe('stop');
    expect(usage.outputTokens).toBe(12);
    const result = streamText({ model, prompt: 'Hello?', maxOutputTokens: 50 });
    let streamed = '';
    for await (const piece of result.textStream) streamed += piece;
    expect(streamed).toBe(text);
    expect(await result.usage).toMatchObject({ outputTokens: 12 });
    upstream.set({ text: '{"name":"Zürich"}' });
    const schema = jsonSchema<{ name: string }>({
      type: 'object',
      properties: { name: { type: 'string' } },
      required: ['name'],
      additionalProperties: false,
    });
    const asked = await generateText({ model, prompt: 'Which city?', output: Output.object({ schema }) });
    expect(asked.output).toEqual({ name: 'Zürich' });
  });

  it('throws what the SDK knows, with the status that it decides by', async () => {
    for (const [fault, statusCode, isRetryable] of [
      ['rate-limit', 429, true],
      ['server-error', 500, true],
      ['context-length', 400, false],
      ['unauthorized', 401, false],
    ] as const) {
      upstream.inject(fault, { times: 1 });
      const failing = generateText({ model: create('upstream/gpt-4o'), prompt: fault, maxRetries: 0 });
      await expect(failing).rejects.toSatisfy(APICallError.isInstance);
      await expect(failing).rejects.toMatchObject({ statusCode, isRetryable });
    }
  });

  it.each(['cut-stream', 'destroy-stream', 'error-event'] as const)(
    'never ends a cut stream well (%s)',
    async (fault) => {
      upstream.inject({ name: fault, after: 5 });
      const errors: unknown[] = [];
      const onError = ({ error }: { error: unknown }) => void errors.push(error);
      const result = streamText({ model: create('upstream/gpt-4o'), prompt: `cut ${fault}`, maxRetries: 0, onError });
      let text = '';
      for await (const piece of result.textStream) text += piece;
      expect(text).toMatch(/^Answer-/);
      expect(errors).not.toEqual([]);
      expect(await Promise.resolve(result.finishReason).catch(() => 'error')).not.toBe('stop');
    },
  );
});
