import { createHotpath, type Hotpath } from '@hotpath/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAdminKey } from '../../src/admin-key.ts';
import { createKeyLimits } from '../../src/keys/gatekeeper.ts';
import type { KeyStore } from '../../src/keys/store.ts';
import { type RunningServer, startServer } from '../../src/start-server.ts';
import { makePlace, type Place, sqliteMissing } from './support.ts';

const adminKey = 'an admin key that is long enough, and no more';
const model = 'sim/gpt-4.1-mini';
const embedder = 'sim/text-embedding-3-large';

let place: Place;
let keys: KeyStore;
let hotpath: Hotpath;
let server: RunningServer;

beforeEach(async () => {
  place = makePlace();
  keys = place.open({ now: undefined });
  hotpath = await createHotpath(
    {
      // A simulated model under a name that has a price.
      providers: {
        sim: { type: 'sim', models: ['gpt-4.1-mini', 'gpt-4.1', 'text-embedding-3-large'] },
        slow: { type: 'sim', tokensPerSecond: 20, models: ['gpt-4.1'] },
      },
      aliases: { dear: 'sim/gpt-4.1' },
      cache: { enabled: false },
      detect: { environment: false, ollama: false },
    },
    { environment: { HOTPATH_HOME: place.folder }, limitsOf: createKeyLimits(keys) },
  );
  server = await startServer({
    hotpath,
    port: 0,
    keys,
    adminKey: openAdminKey({ folder: place.folder, environment: { HOTPATH_ADMIN_KEY: adminKey } }),
  });
});

afterEach(async () => {
  await server.close({ graceMs: 0 });
  await hotpath.close();
  keys.close();
});

const ask = (
  secret: string | undefined,
  body: object = {},
  headers: Record<string, string> = {},
  path = '/v1/chat/completions',
) =>
  fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(secret && { authorization: `Bearer ${secret}` }), ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }], max_tokens: 50, ...body }),
  });

const json = async (answer: Response | Promise<Response>) => JSON.parse(await (await answer).text());

const outcome = async (answer: Response | Promise<Response>) => {
  const response = await answer;
  const body = await json(response);
  return [response.status, body.error?.code ?? body.error?.details?.error_code];
};

describe.skipIf(sqliteMissing)('a server with keys', () => {
  it('answers everybody until there is a key, then its holders alone', async () => {
    expect((await ask(undefined)).status).toBe(200);
    const { secret } = keys.create({ name: 'ci' });
    await vi.waitFor(async () => expect((await ask(undefined)).status).toBe(401), 10_000);
    expect((await ask(secret)).status).toBe(200);
    expect(await outcome(ask(`${secret}x`))).toEqual([401, 'SERVER_KEY_UNKNOWN']);
    const anthropic = await ask(undefined, {}, { 'x-api-key': 'wrong' }, '/v1/messages');
    expect([anthropic.status, (await json(anthropic)).error.type]).toEqual([401, 'authentication_error']);
    expect((await ask(undefined, {}, { 'x-api-key': secret }, '/v1/messages')).status).toBe(200);
  });

  it('refuses models, also those that a request would fall back to', async () => {
    const { secret } = keys.create({ name: 'ci', models: [model] });
    expect((await ask(secret)).status).toBe(200);
    expect((await ask(secret, { model: 'gpt-4.1-mini' })).status).toBe(200);
    for (const [body, headers] of [
      [{ model: 'dear' }, {}],
      [{ model: ['dear'] }, {}],
      [{}, { 'x-hotpath-fallback': 'dear' }],
    ] as const) {
      expect(await outcome(ask(secret, body, headers))).toEqual([403, 'SERVER_MODEL_NOT_ALLOWED']);
    }
    const listed = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });
    expect((await json(listed)).data.map(({ id }: { id: string }) => id)).toEqual([model]);
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
    expect((await fetch(`${server.url}/v1/models/sim/gpt-4.1`, { headers: { 'x-api-key': secret } })).status).toBe(404);
  });

  it('charges answers and streams, and stops when a budget is used up', async () => {
    const { secret, key } = keys.create({ name: 'ci', budgets: [{ usd: 0.01, per: 'month' }] });
    const spent = () => keys.spending.budgetsOf(key)[0];
    await (await ask(secret)).json();
    const one = spent();
    expect(one?.spentUsd).toBeGreaterThan(0);
    expect(one?.reservedUsd).toBe(0);
    await (await ask(secret, { stream: true })).text();
    await vi.waitFor(() => expect(spent()?.reservedUsd).toBe(0));
    expect(spent()?.spentUsd).toBeGreaterThan(one?.spentUsd ?? 0);
    const rest = keys.spending.reserve(key, 0.005);
    if (rest.granted) rest.settle(1);
    const refused = await ask(secret);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await json(refused)).error).toMatchObject({ type: 'insufficient_quota', code: 'insufficient_quota' });
  });

  it('charges embeddings for their input alone, and counts no tokens of money', async () => {
    const { secret, key } = keys.create({ name: 'ci', models: [embedder], budgets: [{ usd: 0.0005, per: 'month' }] });
    const spent = () => keys.spending.budgetsOf(key)[0]?.spentUsd;
    const input = 'x'.repeat(8_000);
    const embed = (body: object) => ask(secret, body, {}, '/v1/embeddings');
    const first = await embed({ model: embedder, input });
    expect(first.status).toBe(200);
    const { usage } = await json(first);
    expect(spent()).toBeCloseTo((usage.prompt_tokens * 0.13) / 1e6, 9);
    expect(await outcome(embed({ model, input }))).toEqual([403, 'SERVER_MODEL_NOT_ALLOWED']);
    expect((await outcome(embed({ model: embedder, input })))[0]).toBe(429);
    const before = spent();
    const counted = await ask(secret, { model: embedder }, {}, '/v1/messages/count_tokens');
    expect(counted.status).toBe(200);
    expect(counted.headers.get('x-hotpath-estimate')).toBe('true');
    expect(spent()).toBe(before);
    expect((await ask(undefined, { model: embedder }, {}, '/v1/messages/count_tokens')).status).toBe(401);
    expect((await ask(undefined, { model: embedder, input }, {}, '/v1/embeddings')).status).toBe(401);
  });

  it('keeps embeddings to the limits of a key', async () => {
    const { secret } = keys.create({ name: 'ci', limits: { tokensPerMinute: 100 } });
    const embed = (input: string) => ask(secret, { model: embedder, input }, {}, '/v1/embeddings');
    expect((await embed('x'.repeat(300))).status).toBe(200);
    expect(await outcome(embed('y'.repeat(400)))).toEqual([429, 'ROUTER_LIMITED']);
  });

  it('charges whoever leaves before the end', async () => {
    const { secret, key } = keys.create({ name: 'ci', budgets: [{ usd: 1, per: 'day' }] });
    const controller = new AbortController();
    const answer = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      signal: controller.signal,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify({
        model: 'slow/gpt-4.1',
        stream: true,
        messages: [{ role: 'user', content: 'hi '.repeat(50) }],
      }),
    });
    await answer.body?.getReader().read();
    expect(keys.spending.budgetsOf(key)[0]?.reservedUsd).toBeGreaterThan(0);
    controller.abort();
    await vi.waitFor(() => expect(keys.spending.budgetsOf(key)[0]?.reservedUsd).toBe(0), 10_000);
    expect(keys.spending.budgetsOf(key)[0]?.spentUsd).toBeGreaterThan(0);
  });

  it('keeps to the limits of a key', async () => {
    const { secret } = keys.create({ name: 'ci', limits: { requestsPerMinute: 1 } });
    const other = keys.create({ name: 'other' });
    expect((await ask(secret)).status).toBe(200);
    expect(await outcome(ask(secret))).toEqual([429, 'ROUTER_LIMITED']);
    expect((await ask(other.secret)).status).toBe(200);
    keys.update('ci', { limits: { requestsPerMinute: 2 } });
    expect((await ask(secret)).status).toBe(200);
  });

  it('has an admin API with its own key', async () => {
    const call = (path: string, init: RequestInit = {}) =>
      fetch(`${server.url}/admin/v1${path}`, {
        ...init,
        headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      });
    const made = await call('/keys', { method: 'POST', body: '{"name":"ci"}' });
    expect(made.status).toBe(201);
    const { secret } = await json(made);
    expect((await ask(secret)).status).toBe(200);
    expect((await json(call('/health'))).targets).toMatchObject([{ provider: 'sim', model: 'gpt-4.1-mini' }]);
    expect((await json(call('/spending'))).spending).toMatchObject([{ name: 'ci', requests: 1 }]);
    expect((await call('/keys/ci', { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${server.url}/admin/v1/keys`)).status).toBe(401);
  });

  it('does not read the body of who has no key', async () => {
    keys.create({ name: 'ci' });
    const { port } = server;
    const { connect } = await import('node:net');
    const text = await new Promise<string>((resolve, reject) => {
      let seen = '';
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(
          'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n{',
        ),
      );
      socket.setEncoding('utf8').on('data', (chunk) => {
        seen += chunk;
      });
      socket.on('close', () => resolve(seen));
      socket.on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
    expect(text).toContain('SERVER_KEY_MISSING');
  });

  it('does not listen for other machines without a key', async () => {
    const listen = (allowAnonymous = false) => startServer({ hotpath, port: 0, host: '0.0.0.0', keys, allowAnonymous });
    await expect(listen()).rejects.toMatchObject({ code: 'KEYS_REQUIRED' });
    await expect(startServer({ hotpath, port: 0, host: '0.0.0.0' })).rejects.toMatchObject({ code: 'KEYS_REQUIRED' });
    await (await listen(true)).close({ graceMs: 0 });
    keys.create({ name: 'ci' });
    const open = await listen();
    keys.delete('ci');
    const answer = await fetch(`http://127.0.0.1:${open.port}/v1/models`);
    expect(await outcome(answer)).toEqual([401, 'SERVER_KEY_MISSING']);
    await open.close({ graceMs: 0 });
  });
});
