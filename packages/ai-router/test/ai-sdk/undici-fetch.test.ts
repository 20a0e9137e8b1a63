import zlib from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type UndiciFetch, undiciFetch } from '../../src/providers/undici-fetch.ts';
import { serve, type TestServer } from '../support/http-server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(answer: Parameters<typeof serve>[0]): Promise<{ server: TestServer; fetch: UndiciFetch }> {
  const server = await serve(answer);
  const fetch = undiciFetch();
  open.push(fetch, server);
  return { server, fetch };
}

const json = { 'content-type': 'application/json' };

describe('undiciFetch', () => {
  it('sends what it is given, and answers as fetch does', async () => {
    const { server, fetch } = await start(({ method, url, headers }, response, body) => {
      response.writeHead(201, { ...json, 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] });
      response.end(JSON.stringify({ method, url, mine: headers['x-mine'], body }));
    });
    const init = { method: 'POST', body: '{"ü":1}' };
    for (const headers of [
      { 'X-Mine': 'a' },
      new Headers({ 'X-Mine': 'a' }),
      [['X-Mine', 'a']] as [string, string][],
    ]) {
      const response = await fetch(`${server.url}/v1?q=1`, { ...init, headers });
      expect(response).toMatchObject({ status: 201, ok: true, statusText: 'Created' });
      expect(response.headers.get('x-one')).toBe('1');
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
      expect(await response.json()).toEqual({ method: 'POST', url: '/v1?q=1', mine: 'a', body: '{"ü":1}' });
    }
    expect(await (await fetch(new URL('/get', server.url))).json()).toMatchObject({ method: 'GET', url: '/get' });
  });

  it('streams what is a stream, as it comes', async () => {
    const { promise: more, resolve: goOn } = Promise.withResolvers<void>();
    const { server, fetch } = await start((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      void more.then(() => response.end('data: 2\n\n'));
    });
    const { body } = await fetch(server.url);
    const reader = body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('data: 1\n\n');
    goOn();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('data: 2\n\n');
    expect((await reader.read()).done).toBe(true);
  });

  it('reads no further ahead than it must', async () => {
    let written = 0;
    const { server, fetch } = await start((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const write = (): void => {
        while (written < 64 && response.write(Buffer.alloc(1_048_576, 'x'))) written += 1;
        if (written < 64) response.once('drain', write);
        else response.end();
        written += 1;
      };
      write();
    });
    const response = await fetch(server.url);
    let before = -1;
    while (written !== before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // The buffers of two sockets, and not the whole of it.
    expect(written).toBeLessThan(32);
    let read = 0;
    for await (const chunk of response.body ?? []) read += (chunk as Uint8Array).byteLength;
    expect(read).toBeGreaterThan(40 * 1_048_576);
  });

  it('gives bytes readable that came compressed unasked', async () => {
    const { server, fetch } = await start((_request, response) => {
      response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(zlib.gzipSync('{"a":1}'));
    });
    const response = await fetch(server.url);
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(await response.json()).toEqual({ a: 1 });
  });

  it.each([204, 304])('answers without a body under %i', async (status) => {
    const { server, fetch } = await start((_request, response) => void response.writeHead(status).end());
    expect(await fetch(server.url)).toMatchObject({ status, body: null });
  });

  it('fails as fetch does where nobody answers', async () => {
    const { server, fetch } = await start((request) => void request.socket.destroy());
    const failing = fetch(server.url);
    await expect(failing).rejects.toThrow(new TypeError('fetch failed'));
    await expect(failing).rejects.toMatchObject({ cause: { code: 'ROUTER_UPSTREAM_UNREACHABLE' } });
  });

  it('fails within a body that breaks off', async () => {
    const { server, fetch } = await start((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n', () => response.destroy());
    });
    const response = await fetch(server.url);
    await expect(response.text()).rejects.toMatchObject({ code: 'ROUTER_UPSTREAM_CUT' });
  });

  it('stops with its signal: before, during and within the answer', async () => {
    let gone = 0;
    const { server, fetch } = await start((request, response) => {
      response.on('close', () => {
        gone += 1;
      });
      if (request.url !== '/stream') return;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    });
    const before = AbortSignal.abort();
    await expect(fetch(server.url, { signal: before })).rejects.toBe(before.reason);
    expect(server.requests).toHaveLength(0);
    const aborting = new AbortController();
    const waiting = fetch(server.url, { signal: aborting.signal });
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    aborting.abort();
    await expect(waiting).rejects.toBe(aborting.signal.reason);
    const within = new AbortController();
    const { body } = await fetch(`${server.url}/stream`, { signal: within.signal });
    const reader = body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    await reader.read();
    const reading = reader.read();
    within.abort();
    await expect(reading).rejects.toBe(within.signal.reason);
    await vi.waitFor(() => expect(gone).toBe(2));
  });

  it('leaves to fetch what is no plain request', async () => {
    const { server, fetch } = await start((request, response) => {
      response
        .writeHead(200, json)
        .end(JSON.stringify({ method: request.method, type: request.headers['content-type'] }));
    });
    const form = new FormData();
    form.set('a', '1');
    expect(await (await fetch(server.url, { method: 'POST', body: form })).json()).toMatchObject({
      type: expect.stringMatching(/^multipart/),
    });
    expect(await (await fetch(new Request(server.url, { method: 'PUT' }))).json()).toMatchObject({ method: 'PUT' });
  });
});
