import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath, type Hotpath } from '@hotpath/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openKeyStore } from '../src/keys/store.ts';
import { type RunningServer, startServer } from '../src/start-server.ts';
import { sqliteMissing } from './keys/support.ts';

const key = 'sk-ant-api03-for-tests-only-0001';
const token = 'sk-ant-oat01-for-tests-only-0002';

let home: string;
let vendor: Server;
let hotpath: Hotpath;
let server: RunningServer;
const seen: { url: string; headers: IncomingHttpHeaders }[] = [];
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-'));
  vendor = createServer((request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers });
    request.resume().on('end', () => {
      const answer = {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude-1',
        content: [{ type: 'text', text: 'from the vendor' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 1, output_tokens: 1 },
      };
      const body = request.url?.startsWith('/v1/models')
        ? { data: [{ id: 'claude-1' }] }
        : request.url?.includes('count_tokens')
          ? { input_tokens: 77 }
          : answer;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
  hotpath = await createHotpath(undefined, {
    folder: home,
    environment: {
      HOTPATH_HOME: home,
      OLLAMA_HOST: '127.0.0.1:1',
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`,
    },
  });
  server = await startServer({ hotpath, port: 0 });
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  seen.length = 0;
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await hotpath.close();
  vendor.close().closeAllConnections();
  await rm(home, { recursive: true });
});

let asked = 0;
const ask = (path: string, headers: Record<string, string>, at = server) => {
  asked += 1;
  return fetch(at.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: 'claude-1',
      max_tokens: 9,
      messages: [{ role: 'user', content: `question ${asked}` }],
    }),
  });
};

describe('a gateway without any set-up', () => {
  it.each(['/v1/messages', '/messages', '/v1/messages?beta=true', '/messages?beta=true'])(
    "passes what a coding agent sends to %s on, with the agent's own token",
    async (path) => {
      const answer = await ask(path, {
        authorization: `Bearer ${token}`,
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'claude-code-20250219,oauth-2025-04-20',
        'anthropic-dangerous-direct-browser-access': 'true',
        'user-agent': 'claude-cli/2.1.0 (external, cli)',
        'x-app': 'cli',
        cookie: 'session=1',
      });
      expect(await answer.text()).toContain('from the vendor');
      expect(answer.headers.get('x-hotpath-model')).toBe('anthropic/claude-1');
      expect(seen).toHaveLength(1);
      expect(seen[0]?.url).toBe(path.includes('beta') ? '/v1/messages?beta=true' : '/v1/messages');
      expect(seen[0]?.headers).toMatchObject({
        authorization: `Bearer ${token}`,
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'claude-code-20250219,oauth-2025-04-20',
        'anthropic-dangerous-direct-browser-access': 'true',
        'user-agent': 'claude-cli/2.1.0 (external, cli)',
        'x-app': 'cli',
      });
      expect(seen[0]?.headers).not.toHaveProperty('x-api-key');
      expect(seen[0]?.headers).not.toHaveProperty('cookie');
    },
  );

  it.each(['/chat/completions', '/v1/chat/completions', '/responses'])(
    'sends the key where the vendor wants it, also from %s',
    async (path) => {
      const body = path === '/responses' ? { model: 'claude-1', input: 'hi' } : undefined;
      const answer = await (body
        ? fetch(server.url + path, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
            body: JSON.stringify(body),
          })
        : ask(path, { authorization: `Bearer ${key}` }));
      expect(await answer.text()).toContain('from the vendor');
      expect(seen[0]?.headers).toMatchObject({ 'x-api-key': key, 'anthropic-version': '2023-06-01' });
      expect(seen[0]?.headers).not.toHaveProperty('authorization');
    },
  );

  it.each(['/v1/messages/count_tokens', '/messages/count_tokens?beta=true'])(
    'has tokens counted by the vendor with the key, at %s',
    async (path) => {
      const answer = await ask(path, { authorization: `Bearer ${token}` });
      expect(await answer.json()).toEqual({ input_tokens: 77 });
      expect(seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
        [
          path.includes('beta') ? '/v1/messages/count_tokens?beta=true' : '/v1/messages/count_tokens',
          `Bearer ${token}`,
        ],
      ]);
    },
  );

  it.each([
    ['no key', {}],
    ['a placeholder', { 'x-api-key': 'sk-hotpath-placeholder', authorization: 'Bearer unused' }],
    ["another vendor's key", { authorization: 'Bearer sk-proj-for-tests-only-0003' }],
    ['an opaque token', { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' }],
    ['two keys in one header', { 'x-api-key': `${key}, ${key}` }],
    ['a virtual key', { authorization: 'Bearer hp-0123456789abcdef' }],
  ])('answers as ever whoever has %s, and asks no vendor', async (_, headers) => {
    const answer = await ask('/v1/messages', headers);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('claude-1');
    expect(seen).toEqual([]);
  });

  it("lists the vendor's models to whoever has a key to it, and the simulator to others", async () => {
    const list = async (headers: Record<string, string>) => {
      const answer = await fetch(`${server.url}/models`, { headers });
      return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
    };
    expect(await list({ 'x-api-key': key, 'anthropic-version': '2023-06-01' })).toEqual(['anthropic/claude-1']);
    expect(await list({ authorization: `Bearer ${token}` })).toEqual(['anthropic/claude-1']);
    expect(await list({})).toEqual(['sim/sim-1']);
    expect(await list({ authorization: 'Bearer unused' })).toEqual(['sim/sim-1']);
    const one = await fetch(`${server.url}/models/anthropic/claude-1`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(one.status).toBe(200);
  });

  it('has no such paths but those of the API', async () => {
    for (const path of ['/modelsx', '/message', '/completions']) {
      expect((await fetch(server.url + path)).status).toBe(404);
    }
    const wrong = await fetch(`${server.url}/messages`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe.skipIf(sqliteMissing)('a gateway with virtual keys', () => {
  it("refuses a provider's key, and sends none on beside a virtual one", async () => {
    const keys = openKeyStore({ path: join(home, 'keys.sqlite') });
    const { secret } = keys.create({ name: 'one' });
    const guarded = await startServer({ hotpath, port: 0, keys });
    open.push(keys, { close: () => guarded.close({ graceMs: 0 }) });
    const refused = await ask('/v1/messages', { 'x-api-key': key }, guarded);
    expect(refused.status).toBe(401);
    expect(await refused.text()).not.toContain(key);
    await ask('/v1/messages', { 'x-api-key': key, authorization: `Bearer ${secret}` }, guarded);
    const list = await fetch(`${guarded.url}/v1/models`, {
      headers: { 'x-api-key': key, authorization: `Bearer ${secret}` },
    });
    expect(await list.text()).not.toContain('claude-1');
    expect(seen).toEqual([]);
  });
});
