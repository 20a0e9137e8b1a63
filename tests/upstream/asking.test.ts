import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseFault, startUpstream, type Upstream } from './index.ts';
import { type Ask, askUpstream } from './support/bare-client.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.reset());
afterAll(() => upstream.close());

const openai = () => new OpenAI({ apiKey: 'key', baseURL: upstream.openaiUrl, maxRetries: 0 });

const ask = (fault: string | undefined, options?: Ask) => askUpstream(upstream, fault, options);
describe('records', () => {
  test('method, path, headers and the body byte for byte', async () => {
    const body = '{"model":"m",  "messages":[{"role":"user","content":"ä"}]}';
    await fetch(`${upstream.openaiUrl}/chat/completions`, {
      method: 'POST',
      body,
      headers: { authorization: 'Bearer k', 'x-a': 'b' },
    });
    const [request] = upstream.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/v1/chat/completions', aborted: false });
    expect(request?.headers['x-a']).toBe('b');
    expect(request?.body.equals(Buffer.from(body))).toBe(true);
    await upstream.waitFor(({ active }) => active === 0);
    expect(request?.closedAt).toBeGreaterThan(request?.openedAt ?? Number.NaN);
  });

  test('a client that leaves is aborted and no longer active', async () => {
    const leaving = ask('stall-stream?after=1', { stream: true, leaveAfter: 1 });
    await upstream.waitFor(({ active }) => active === 1);
    await leaving;
    await upstream.waitFor(({ active, requests }) => active === 0 && requests[0]?.aborted === true);
  });

  test('waiting in vain says what was seen', async () => {
    await ask(undefined);
    await expect(upstream.waitFor(() => false, { timeoutMs: 1 })).rejects.toThrow(
      /0 open, seen: POST \/v1\/chat\/completions/,
    );
  });
});

describe('ways to ask for a fault', () => {
  test('by model name, by header, and injected a number of times', async () => {
    expect((await ask(undefined, { model: 'fault:server-error' })).status).toBe(500);
    expect((await ask('unavailable')).status).toBe(503);
    upstream.inject('server-error', { times: 2 });
    upstream.inject({ name: 'rate-limit', seconds: 7 }, { times: 1 });
    const statuses = [];
    for (let index = 0; index < 4; index++) statuses.push((await ask(undefined)).status);
    expect(statuses).toEqual([500, 500, 429, 200]);
    expect(upstream.requests.map((request) => request.fault)).toEqual([
      'server-error',
      'unavailable',
      'server-error',
      'server-error',
      'rate-limit',
      undefined,
    ]);
  });

  test('the model list fails only when told', async () => {
    upstream.inject('server-error');
    expect((await openai().models.list()).data.length).toBeGreaterThan(0);
    upstream.inject('unavailable', { on: 'models', times: 1 });
    await expect(openai().models.list()).rejects.toMatchObject({ status: 503 });
  });

  test('what was injected can be taken back', async () => {
    upstream.inject('unavailable');
    expect((await ask(undefined)).status).toBe(503);
    upstream.heal();
    expect((await ask(undefined)).status).toBe(200);
    expect(upstream.requests.map(({ usage }) => usage?.outputTokens)).toEqual([undefined, 12]);
  });

  test('unknown faults and parameters say which there are', async () => {
    expect(() => parseFault('explode')).toThrow(/Choose one of: .*cut-stream/);
    expect(() => parseFault('hang?when=now')).toThrow(/"when=now"/);
    const seen = await ask('explode');
    expect([seen.status, seen.text]).toEqual([400, expect.stringContaining('Unknown fault')]);
  });
});
