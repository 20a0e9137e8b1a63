import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { createHotpath } from '@hotpath/runtime';
import { startServer } from '@hotpath/server';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startUpstream, type UpstreamOptions } from '../upstream/index.ts';

const hasSqlite = process.getBuiltinModule?.('node:sqlite') !== undefined;

/** A gateway over a real upstream whose batches end at once, and the official clients. */
async function gateway(knobs: UpstreamOptions = {}, { commentMs = 15_000 } = {}) {
  const upstream = await startUpstream(knobs);
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-economy-'));
  const hotpath = await createHotpath(
    {
      providers: {
        openai: { apiKey: 'key', baseUrl: upstream.openaiUrl },
        anthropic: { apiKey: 'key', baseUrl: upstream.url },
      },
      detect: { environment: false, ollama: false },
      economy: { windowMs: 20, pollMs: 20, leastWaitMs: 100, liveReserveMs: '1m' },
    },
    { environment: { HOTPATH_HOME: folder }, folder },
  );
  const server = await startServer({ hotpath, port: 0, commentMs });
  onTestFinished(async () => {
    await server.close({ graceMs: 0 });
    await hotpath.close();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    upstream,
    server,
    openai: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'mine', maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: server.url, apiKey: 'mine', maxRetries: 0 }),
  };
}

const deadline = (text: string) => ({ headers: { 'x-hotpath-deadline': text } });
const chat = (content: string) => ({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user' as const, content }] });
const message = (content: string) => ({
  model: 'anthropic/claude-haiku-4-5',
  max_tokens: 50,
  messages: [{ role: 'user' as const, content }],
});

describe.skipIf(!hasSqlite)('a request with a deadline', () => {
  it('of the openai SDK is answered by a batch', async () => {
    const { openai, upstream } = await gateway();
    const { data, response } = await openai.chat.completions.create(chat('whole'), deadline('6h')).withResponse();
    expect(data.choices[0]?.message.content).toMatch(/^Answer-/);
    expect(response.headers.get('x-hotpath-lane')).toBe('batch');
    expect(Number(response.headers.get('x-hotpath-cost-usd'))).toBeGreaterThan(0);
    expect(upstream.batches).toMatchObject([{ kind: 'openai', status: 'ended' }]);
  });

  it('of the anthropic SDK is answered by a batch', async () => {
    const { anthropic, upstream } = await gateway();
    const { data, response } = await anthropic.messages.create(message('whole'), deadline('21600')).withResponse();
    expect(data.content[0]).toMatchObject({ type: 'text' });
    expect(response.headers.get('x-hotpath-lane')).toBe('batch');
    expect(upstream.batches).toMatchObject([{ kind: 'anthropic', status: 'ended' }]);
  });

  it('may be told by the tier of service, which the provider does not see', async () => {
    const { openai, upstream } = await gateway();
    const tier = 'economy' as 'flex';
    const { response } = await openai.chat.completions.create({ ...chat('tier'), service_tier: tier }).withResponse();
    expect(response.headers.get('x-hotpath-lane')).toBe('batch');
    expect(upstream.batches[0]?.bodies[0]).not.toHaveProperty('service_tier');
  });

  it('leaves the tiers of the provider to it', async () => {
    const { openai, upstream } = await gateway();
    await openai.chat.completions.create({ ...chat('flex'), service_tier: 'flex' });
    expect(JSON.parse(String(upstream.requests[0]?.body))).toMatchObject({ service_tier: 'flex' });
    expect(upstream.batches).toHaveLength(0);
  });

  it('is answered live where the batch fails', async () => {
    const { openai } = await gateway({ batchOutcome: 'failed' });
    const { data, response } = await openai.chat.completions.create(chat('fails'), deadline('6h')).withResponse();
    expect(data.choices[0]?.message.content).toMatch(/^Answer-/);
    expect(response.headers.get('x-hotpath-lane')).toBe('live');
  });

  it.each(['soon', '-5', '6 fortnights', '2026-13-45'])('is refused with the deadline "%s"', async (text) => {
    const { openai } = await gateway();
    await expect(openai.chat.completions.create(chat('bad'), deadline(text))).rejects.toMatchObject({
      status: 400,
      code: 'SERVER_DEADLINE_INVALID',
      message: expect.stringContaining('x-hotpath-deadline'),
    });
  });

  it.each([new Date(Date.now() + 21_600_000).toISOString(), new Date(Date.now() + 21_600_000).toUTCString()])(
    'may name the time: %s',
    async (text) => {
      const { openai } = await gateway();
      const { response } = await openai.chat.completions.create(chat(text), deadline(text)).withResponse();
      expect(response.headers.get('x-hotpath-lane')).toBe('batch');
    },
  );

  it('streams what a batch answered, long after a client would have given up waiting for a head', async () => {
    const { openai, anthropic, upstream } = await gateway({ batchPolls: Number.POSITIVE_INFINITY }, { commentMs: 20 });
    const options = { ...deadline('6h'), timeout: 400 };
    const chunks = openai.chat.completions.create({ ...chat('stream'), stream: true }, options);
    const events = anthropic.messages.create({ ...message('stream'), stream: true }, options);
    const [chat1, events1] = await Promise.all([chunks, events]);
    await new Promise((resolve) => setTimeout(resolve, 600));
    upstream.finishBatches();
    let text = '';
    for await (const chunk of chat1) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toMatch(/^Answer-/);
    const types: string[] = [];
    for await (const event of events1) types.push(event.type);
    expect(types[0]).toBe('message_start');
    expect(types.at(-1)).toBe('message_stop');
  });

  it('hears in its stream what went wrong after that began', async () => {
    const { openai, upstream } = await gateway(
      { batchPolls: Number.POSITIVE_INFINITY, batchOutcome: 'failed' },
      { commentMs: 20 },
    );
    const stream = await openai.chat.completions.create({ ...chat('wrong'), stream: true }, deadline('6h'));
    upstream.inject('context-length');
    await upstream.waitFor(({ batches }) => batches.length === 1);
    upstream.finishBatches();
    const read = async () => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toThrow(/maximum context length/);
  });

  it('is sent away when the gateway stops, and told to come back', async () => {
    const { openai, server, upstream } = await gateway({ batchPolls: Number.POSITIVE_INFINITY });
    const asked = openai.chat.completions.create(chat('stopping'), deadline('6h'));
    const refused = expect(asked).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining('ask the same'),
    });
    await upstream.waitFor(({ batches }) => batches.length === 1);
    await server.close({ graceMs: 20_000 });
    await refused;
  });
});
