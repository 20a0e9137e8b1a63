import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath, type Hotpath } from '@hotpath/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../src/start-server.ts';

const token = 'dGhlIHNlY3JldC_-';
let hotpath: Hotpath;
let server: RunningServer;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-'));
  hotpath = await createHotpath({ providers: { sim: {} } }, { environment: { HOTPATH_HOME: home } });
  server = await startServer({ hotpath, port: 0, pathToken: token });
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await hotpath.close();
  await rm(home, { recursive: true });
});

const ask = (path: string) =>
  fetch(`http://${server.host}:${server.port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim/sim-1', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] }),
  });

describe('a gateway with a token in its path', () => {
  it('says where it is, token and all', () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/${token}`);
  });

  it.each([
    '/v1/chat/completions',
    '/v1/messages',
    '/v1/messages?beta=true',
    '/chat/completions',
    '/messages?beta=true',
  ])('answers below it, wherever the SDK has put the version: %s', async (path) => {
    const answer = await ask(`/${token}${path}`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('Simulated by Hotpath');
  });

  it('lists its models and tells its health below it', async () => {
    for (const path of ['/v1/models', '/models', '/v1/models/sim/sim-1', '/healthz']) {
      expect((await fetch(server.url + path)).status).toBe(200);
    }
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
    expect((await fetch(server.url)).status).toBe(404);
  });

  it.each([
    '/v1/chat/completions',
    '/v1/messages',
    '/chat/completions',
    '/',
    `/${token.slice(1)}/v1/chat/completions`,
    `/${token.slice(0, -1)}/v1/chat/completions`,
    `/${token}x/v1/chat/completions`,
    `/x/${token}/v1/chat/completions`,
    `//${token}/v1/chat/completions`,
    `/v1/chat/completions?${token}`,
    '/healthz',
    '/%zz',
  ])('refuses %s', async (path) => {
    const answer = await ask(path);
    expect([400, 403]).toContain(answer.status);
    const body = await answer.text();
    expect(body).not.toContain('Simulated');
    if (answer.status === 403) expect(JSON.stringify(JSON.parse(body))).toContain('belongs to one command');
    if (path === '/v1/messages')
      expect(JSON.parse(body)).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
  });

  it('is not left open for what only reads', async () => {
    const { origin } = new URL(server.url);
    for (const path of ['/v1/models', '/healthz', '/readyz', '/']) {
      const answer = await fetch(origin + path);
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ error: { code: 'SERVER_PATH_TOKEN_MISSING' } });
    }
  });
});
