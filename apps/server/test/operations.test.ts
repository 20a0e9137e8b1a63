import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath, type Hotpath } from '@hotpath/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../src/start-server.ts';

let hotpath: Hotpath;
let server: RunningServer;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-'));
  hotpath = await createHotpath(
    {
      providers: {
        sim: { type: 'sim' },
        down: { type: 'sim', errorRate: 1, models: ['sim-1', 'other'] },
        claude: { type: 'anthropic', apiKey: 'k', baseUrl: 'http://127.0.0.1:1', models: ['claude-sonnet-5'] },
      },
      routes: {
        alike: { targets: ['down/sim-1', 'sim/sim-1'] },
        apart: { targets: ['down/other', 'sim/sim-1'] },
        mixed: { targets: ['down/other', 'sim/sim-1'], mixEmbeddings: true },
      },
      attempts: { backoffMs: 1 },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  server = await startServer({ hotpath, port: 0, bodyLimitBytes: 1_000_000 });
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await hotpath.close();
  await rm(home, { recursive: true });
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('POST /v1/embeddings', () => {
  it('makes vectors, then gives them from the cache', async () => {
    const body = { model: 'sim/sim-1', input: ['one', 'two'] };
    const first = await post('/v1/embeddings', body);
    expect(first.status).toBe(200);
    expect(first.headers.get('x-hotpath-cache')).toBe('miss');
    expect(first.headers.get('x-hotpath-model')).toBe('sim/sim-1');
    expect(first.headers.get('x-hotpath-cost-usd')).toBe('0');
    const text = await first.text();
    expect(JSON.parse(text)).toMatchObject({ object: 'list', data: [{ index: 0 }, { index: 1 }], model: 'sim-1' });
    const second = await post('/embeddings', body);
    expect(second.headers.get('x-hotpath-cache')).toBe('hit');
    expect(await second.text()).toBe(text);
    const fresh = await post('/v1/embeddings', body, { 'cache-control': 'no-store' });
    expect(fresh.headers.get('x-hotpath-cache')).toBe('bypass');
  });

  it.each([
    ['alike', 200],
    ['apart', 500],
    ['mixed', 200],
  ])('by the route "%s" is %i: another model makes other vectors', async (model, status) => {
    const answer = await post('/v1/embeddings', { model, input: 'x' });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-hotpath-model')).toBe(status === 200 ? 'sim/sim-1' : 'down/other');
  });

  it('is never a stream', async () => {
    const answer = await post('/v1/embeddings', { model: 'sim/sim-1', input: 'x', stream: true });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toMatchObject({ object: 'list' });
  });

  it.each([
    ['malformed JSON', '{"model": ', 400, 'SERVER_BODY_INVALID'],
    ['an array', [], 400, 'SERVER_BODY_INVALID'],
    ['no input', { model: 'sim/sim-1' }, 400, 'ROUTER_REQUEST_INVALID'],
    ['an empty list', { model: 'sim/sim-1', input: [] }, 400, 'ROUTER_REQUEST_INVALID'],
    ['no model', { input: 'x' }, 400, 'ROUTER_REQUEST_INVALID'],
    ['a model that makes none', { model: 'claude-sonnet-5', input: 'x' }, 400, 'ROUTER_OPERATION_UNSUPPORTED'],
    ['an unknown model', { model: 'sim/nope', input: 'x' }, 404, 'model_not_found'],
    ['a body too large', { model: 'sim/sim-1', input: 'x'.repeat(1_000_001) }, 413, 'SERVER_BODY_TOO_LARGE'],
  ])("refuses %s with an error of OpenAI's", async (_, body, status, code) => {
    const answer = await post('/v1/embeddings', body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({
      error: expect.objectContaining({ message: expect.stringMatching(/\.$/), type: expect.any(String), code }),
    });
  });

  it('takes no other method', async () => {
    const answer = await fetch(`${server.url}/v1/embeddings`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('POST /v1/messages/count_tokens', () => {
  const messages = [{ role: 'user', content: 'How many tokens are these?' }];

  it('is estimated for models of others, and says so', async () => {
    const answer = await post('/v1/messages/count_tokens?beta=true', { model: 'sim/sim-1', messages });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-hotpath-estimate')).toBe('true');
    expect(answer.headers.get('x-hotpath-model')).toBe('sim/sim-1');
    expect(await answer.json()).toEqual({ input_tokens: 10 });
  });

  it('is estimated where Anthropic cannot be reached', async () => {
    const answer = await post('/v1/messages/count_tokens', { model: 'claude-sonnet-5', messages });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-hotpath-estimate')).toBe('true');
  });

  it('of an answer itself is never claimed', async () => {
    const answer = await post('/v1/messages', { model: 'sim/sim-1', messages, max_tokens: 5 });
    expect(answer.headers.has('x-hotpath-estimate')).toBe(false);
  });

  it.each([
    ['malformed JSON', '{"model": ', 'SERVER_BODY_INVALID'],
    ['no messages', { model: 'sim/sim-1' }, 'ROUTER_REQUEST_INVALID'],
    ['no model where there is no default', { messages }, 'ROUTER_REQUEST_INVALID'],
  ])("refuses %s with an error of Anthropic's", async (_, body, code) => {
    const answer = await post('/v1/messages/count_tokens', body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error', code } });
  });
});
