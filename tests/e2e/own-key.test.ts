import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { generateText } from 'ai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../upstream/index.ts';
import { type Gateway, startGateway } from './support/gateway.ts';

const keys = {
  anthropic: 'sk-ant-api03-for-tests-only-0001',
  token: 'sk-ant-oat01-for-tests-only-0002',
  openai: 'sk-proj-for-tests-only-0003',
  colleague: 'sk-proj-for-tests-only-0004',
  older: ['sk-for-tests-only-', '0000005'].join('T3BlbkFJ'),
  bare: 'sk-666f722d74657374732d6f6e6c792036',
};

let home: string;
let vendors: { readonly anthropic: Upstream; readonly openai: Upstream };
let gateway: Gateway;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-e2e-'));
  vendors = {
    anthropic: await startUpstream({ models: ['claude-sonnet-5'], requireKey: true }),
    openai: await startUpstream({ models: ['gpt-4.1-mini'], requireKey: true }),
  };
  gateway = await startGateway(
    { ANTHROPIC_BASE_URL: vendors.anthropic.url, OPENAI_BASE_URL: vendors.openai.openaiUrl },
    { home, port: ['--port', '0', '--log-level', 'debug', '--log-format', 'json'] },
  );
});
afterEach(() => {
  for (const vendor of Object.values(vendors)) vendor.reset();
});
afterAll(async () => {
  await gateway.stop();
  for (const vendor of Object.values(vendors)) await vendor.close();
  await rm(home, { recursive: true, force: true });
});

const openai = (apiKey: string, path = '/v1') => new OpenAI({ apiKey, baseURL: gateway.url + path, maxRetries: 0 });
const anthropic = (apiKey: string) => new Anthropic({ apiKey, baseURL: gateway.url, maxRetries: 0 });

const chat = (content: string, model = 'gpt-4.1-mini') => ({ model, messages: [{ role: 'user' as const, content }] });
const letter = (content: string, model = 'claude-sonnet-5') => ({ ...chat(content, model), max_tokens: 50 });

/** The keys that arrived at a vendor, in whatever header. */
const arrived = ({ requests }: Upstream): unknown[] =>
  requests.map(({ headers }) => headers['x-api-key'] ?? headers.authorization?.replace('Bearer ', ''));

describe('official SDKs with keys of their own, through a gateway that has none', () => {
  it('each reach the vendor of their key, whole and streamed', async () => {
    const whole = await openai(keys.openai).chat.completions.create(chat('whole'));
    expect(whole.choices[0]?.message.content).toBeTruthy();
    const stream = await openai(keys.openai, '').chat.completions.create({ ...chat('streamed'), stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).not.toBe('');
    const message = await anthropic(keys.anthropic).messages.create(letter('whole'));
    expect(message.model).toBe('claude-sonnet-5');
    expect(await anthropic(keys.anthropic).messages.stream(letter('streamed')).finalText()).not.toBe('');
    expect(arrived(vendors.openai)).toEqual([keys.openai, keys.openai]);
    expect(arrived(vendors.anthropic)).toEqual([keys.anthropic, keys.anthropic]);
  });

  it('use beta features and OAuth tokens as they are', async () => {
    const client = new Anthropic({ authToken: keys.token, apiKey: null, baseURL: gateway.url, maxRetries: 0 });
    await client.beta.messages.create({ ...letter('beta'), betas: ['oauth-2025-04-20', 'context-1m-2025-08-07'] });
    const [request] = vendors.anthropic.requests;
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${keys.token}`,
      'anthropic-beta': 'oauth-2025-04-20,context-1m-2025-08-07',
      'user-agent': expect.stringContaining('Anthropic'),
    });
    expect(request?.headers).not.toHaveProperty('x-api-key');
  });

  it('reach a model of the other protocol with the key of its vendor', async () => {
    await openai(keys.anthropic).chat.completions.create(chat('across', 'claude-sonnet-5'));
    await anthropic(keys.openai).messages.create(letter('across', 'openai/gpt-4.1-mini'));
    expect(arrived(vendors.anthropic)).toEqual([keys.anthropic]);
    expect(arrived(vendors.openai)).toEqual([keys.openai]);
  });

  it("need no version in the base URL, as AI SDK's clients do not all have one", async () => {
    const claude = createAnthropic({ apiKey: keys.anthropic, baseURL: gateway.url })('claude-sonnet-5');
    const gpt = createOpenAI({ apiKey: keys.openai, baseURL: gateway.url }).chat('gpt-4.1-mini');
    const prompt = 'no version';
    for (const model of [claude, gpt]) {
      const { text } = await generateText({ model, prompt, maxRetries: 0, maxOutputTokens: 50 });
      expect(text).not.toBe('');
    }
    expect(arrived(vendors.anthropic)).toEqual([keys.anthropic]);
    expect(arrived(vendors.openai)).toEqual([keys.openai]);
  });

  it('list the models of their vendor', async () => {
    const ids: string[] = [];
    for await (const { id } of openai(keys.openai).models.list()) ids.push(id);
    for await (const { id } of anthropic(keys.anthropic).models.list()) ids.push(id);
    expect(ids).toEqual(['openai/gpt-4.1-mini', 'anthropic/claude-sonnet-5']);
    expect(arrived(vendors.openai)).toEqual([keys.openai]);
    expect(arrived(vendors.anthropic)).toEqual([keys.anthropic]);
  });

  it('see what the vendor says of a key that it does not take', async () => {
    vendors.openai.inject('unauthorized', { times: 1 });
    await expect(openai(keys.openai).chat.completions.create(chat('refused'))).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
  });

  it('share no answer with another key', async () => {
    const states: (string | null)[] = [];
    for (const key of [keys.openai, keys.openai, keys.colleague, keys.older, keys.colleague]) {
      const { response } = await openai(key).chat.completions.create(chat('whose is it')).withResponse();
      states.push(response.headers.get('x-hotpath-cache'));
    }
    expect(states).toEqual(['miss', 'hit', 'miss', 'miss', 'hit']);
    expect(arrived(vendors.openai)).toEqual([keys.openai, keys.colleague, keys.older]);
  });

  it('send a key that may be anybody’s to no vendor', async () => {
    await expect(openai(keys.bare).chat.completions.create(chat('whose key is it'))).rejects.toThrow();
    expect(arrived(vendors.openai)).toEqual([]);
  });

  it('never have their key sent to a vendor that their request falls back to', async () => {
    vendors.anthropic.inject('unauthorized');
    vendors.openai.inject('unauthorized');
    const fallback = { headers: { 'x-hotpath-fallback': 'openai/gpt-4.1-mini,sim/sim-1' } };
    await anthropic(keys.anthropic)
      .messages.create(letter('fall back'), fallback)
      .catch(() => undefined);
    expect(arrived(vendors.anthropic)).toEqual([keys.anthropic]);
    expect(arrived(vendors.openai)).toEqual([]);
    const other = { headers: { 'x-hotpath-fallback': 'anthropic/claude-sonnet-5,sim/sim-1' } };
    await openai(keys.openai)
      .chat.completions.create(chat('fall back'), other)
      .catch(() => undefined);
    expect(arrived(vendors.openai)).toEqual([keys.openai]);
    expect(arrived(vendors.anthropic)).toEqual([keys.anthropic]);
  });

  it('leave no trace of their keys: not in the log, the metrics, an error, or a file', async () => {
    const said: string[] = [];
    for (const key of Object.values(keys)) {
      for (const model of ['gpt-4.1-mini', 'claude-sonnet-5', 'nobody-has-this']) {
        const answer = await fetch(`${gateway.url}/v1/messages?beta=true`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
          body: JSON.stringify(letter('no trace', model)),
        });
        said.push(await answer.text(), JSON.stringify([...answer.headers]));
      }
    }
    said.push(await (await fetch(`${gateway.url}/metrics`)).text());
    await gateway.stop();
    said.push(gateway.complaints());
    const names = await readdir(home, { recursive: true });
    const files = await Promise.all(names.map((name) => readFile(join(home, name)).catch(() => Buffer.alloc(0))));
    // Else the search below would find nothing for want of anything to search.
    expect(files.some((file) => file.includes('model:openai/gpt-4.1-mini'))).toBe(true);
    expect(gateway.complaints()).toContain('"msg":"request"');
    for (const key of Object.values(keys)) {
      for (const text of said) expect(text).not.toContain(key);
      expect(files.filter((file) => file.includes(key))).toEqual([]);
    }
  });
});
