import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath, type Hotpath } from '@hotpath/runtime';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createHostCheck } from '../src/host-check.ts';
import { openKeyStore } from '../src/keys/store.ts';
import { type RunningServer, startServer } from '../src/start-server.ts';
import { sqliteMissing } from './keys/support.ts';

let hotpath: Hotpath;
let server: RunningServer;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hotpath-'));
  hotpath = await createHotpath({ providers: { sim: { type: 'sim' } } }, { environment: { HOTPATH_HOME: home } });
  server = await startServer({
    hotpath,
    port: 0,
    allowedHosts: ['ai.example.com'],
    batches: {
      folder: join(home, 'batches'),
      concurrency: 1,
      maxFileBytes: 100_000,
      keepMs: 60_000,
    },
  });
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await hotpath.close();
  await rm(home, { recursive: true });
});

/** As a browser asks that was told that the name is this machine's. */
const ask = (
  method: string,
  path: string,
  headers: Record<string, string>,
  { host, port }: { readonly host: string; readonly port: number } = server,
) =>
  new Promise<{ status: number | undefined; body: string; id: unknown }>((resolve, reject) => {
    const body =
      method === 'POST' ? JSON.stringify({ model: 'sim/sim-1', messages: [{ role: 'user', content: 'x' }] }) : '';
    const sent = request({ host, port, method, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () =>
        resolve({ status: answer.statusCode, body: text, id: answer.headers['x-hotpath-request-id'] }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });

const json = { 'content-type': 'application/json' };

describe('a server on loopback without keys', () => {
  it.each([
    ['GET', '/v1/files'],
    ['GET', '/v1/files/file-1/content'],
    ['GET', '/v1/batches'],
    ['GET', '/v1/messages/batches'],
    ['GET', '/v1/models'],
    ['GET', '/v1/models/sim/sim-1'],
    ['GET', '/metrics'],
    ['GET', '/healthz'],
    ['GET', '/nothing'],
    ['POST', '/v1/chat/completions'],
    ['POST', '/v1/messages'],
  ])('refuses %s %s of a page that made its name point here', async (method, path) => {
    const { status, body, id } = await ask(method, path, { ...json, host: 'evil.example:4000' });
    expect(status).toBe(403);
    expect(body).toContain('server.allowedHosts');
    expect(body).toContain('evil.example:4000');
    expect(id).toEqual(expect.any(String));
  });

  it('answers to names of its machine and to those it was given', async () => {
    for (const host of [
      'localhost:1',
      'LocalHost',
      'app.localhost:3000',
      '127.9.0.1',
      '[::1]:4000',
      'AI.example.com.',
    ]) {
      expect((await ask('GET', '/v1/models', { host })).status).toBe(200);
      expect((await ask('POST', '/v1/chat/completions', { ...json, host })).status).toBe(200);
    }
    const origin = 'https://ai.example.com';
    expect((await ask('POST', '/v1/chat/completions', { ...json, host: 'ai.example.com', origin })).status).toBe(200);
  });

  it('still refuses a name that looks like one of them', async () => {
    for (const host of [
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      'evil-ai.example.com',
      '10.0.0.1',
      'x@localhost',
    ]) {
      expect((await ask('GET', '/v1/models', { host })).status).toBe(403);
    }
  });
});

it('leaves the host to others where each request needs a key, or other machines are answered', () => {
  let hasKeys = true;
  const check = createHostCheck({ host: '127.0.0.1', allowedHosts: [], hasKeys: () => hasKeys });
  expect(check('ai.example.com', () => false)).toBeUndefined();
  hasKeys = false;
  expect(check('ai.example.com', () => false)).toMatchObject({ status: 403, code: 'SERVER_HOST_REFUSED' });
  const open = createHostCheck({ host: '0.0.0.0', allowedHosts: [], hasKeys: () => false });
  expect(open('ai.example.com', () => false)).toBeUndefined();
  expect(open('ai.example.com', () => true)).toBeUndefined();
});

describe.skipIf(sqliteMissing)('a server on loopback with keys', () => {
  const keyed = async (allowedHosts: readonly string[] = []) => {
    const folder = await mkdtemp(join(tmpdir(), 'hotpath-'));
    const keys = openKeyStore({ path: join(folder, 'keys.sqlite') });
    keys.create({ name: 'app' });
    const running = await startServer({ hotpath, port: 0, keys, allowedHosts });
    onTestFinished(async () => {
      await running.close({ graceMs: 0 });
      keys.close();
      await rm(folder, { recursive: true });
    });
    return running;
  };

  it.each(['/metrics', '/healthz', '/readyz'])('tells %s, which needs no key, to no page either', async (path) => {
    const to = await keyed(['ai.example.com']);
    expect(await ask('GET', path, { host: 'evil.example:4000' }, to)).toMatchObject({ status: 403 });
    expect(await ask('HEAD', path, { host: 'evil.example:4000' }, to)).toMatchObject({ status: 403 });
    expect(await ask('GET', path, { host: 'localhost:4000' }, to)).toMatchObject({ status: 200 });
    expect(await ask('GET', path, { host: 'ai.example.com' }, to)).toMatchObject({ status: 200 });
  });

  it('asks for a key elsewhere, whatever the host, so that a proxy need not be named', async () => {
    const to = await keyed();
    expect(await ask('GET', '/v1/models', { host: 'ai.example.com' }, to)).toMatchObject({ status: 401 });
    expect(await ask('GET', '/nothing', { host: 'ai.example.com' }, to)).toMatchObject({ status: 404 });
  });
});

it('tells a balancer that asks from elsewhere how it is, by whatever name', async () => {
  const running = await startServer({ hotpath, host: '0.0.0.0', port: 0, allowAnonymous: true });
  onTestFinished(() => running.close({ graceMs: 0 }));
  for (const path of ['/healthz', '/readyz', '/metrics'])
    expect(await ask('GET', path, { host: 'ai.example.com' }, { host: '127.0.0.1', port: running.port })).toMatchObject(
      {
        status: 200,
      },
    );
});
