import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { getText } from '../../src/monitor/get-text.ts';

const servers: Server[] = [];

const listen = async (server: Server): Promise<string> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
};

/** A server that says so, whatever it is asked. */
const saying = (text: string, ends = true): Promise<string> =>
  listen(
    createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => (ends ? socket.end(text) : socket.write(text)));
    }),
  );

const { signal } = new AbortController();

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    if ('closeAllConnections' in server) (server as unknown as { closeAllConnections(): void }).closeAllConnections();
  }
});

describe('getting a text', () => {
  it('gets what a server sends in pieces, cut within characters', async () => {
    const body = '日本語 🚀\n'.repeat(50_000);
    const url = await listen(
      createHttpServer(({ headers, url: path }, response) => {
        expect(path).toBe('/metrics');
        expect(headers.authorization).toBe('Bearer x');
        const bytes = Buffer.from(body);
        for (let at = 0; at < bytes.length; at += 7919) response.write(bytes.subarray(at, at + 7919));
        response.end();
      }),
    );
    expect(await getText(url, { signal, headers: { authorization: 'Bearer x' } })).toEqual({ status: 200, text: body });
  });

  it.each([
    ['HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
    ['HTTP/1.0 503 \r\ncontent-length: 2\r\n\r\nnoX', 503, 'noX'],
    ['HTTP/1.1 200 OK\r\nContent-Length:0\r\n\r\n', 200, ''],
  ])('reads %j', async (text, status, body) => {
    expect(await getText(await saying(text), { signal })).toEqual({ status, text: body });
  });

  it.each([
    ['', /no HTTP server/],
    ['SSH-2.0-OpenSSH_9.2\r\n', /no HTTP server/],
    ['HTTP/1.1 200 OK\r\n', /no HTTP server/],
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', /no HTTP server/],
    ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort', /broke off/],
  ])('refuses %j', async (text, complaint) => {
    await expect(getText(await saying(text), { signal })).rejects.toThrow(complaint);
  });

  it('is left when it is aborted, also in the middle of an answer', async () => {
    const url = await saying('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbeginning', false);
    const controller = new AbortController();
    const answer = getText(url, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    await expect(getText(url, { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('tells why nobody answers', async () => {
    await expect(getText('http://127.0.0.1:1/', { signal })).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('never sends a header that would be two', async () => {
    let asked = 0;
    const url = await listen(
      createHttpServer((_request, response) => {
        asked += 1;
        response.end();
      }),
    );
    await expect(getText(url, { signal, headers: { authorization: 'a\r\nx-other: b' } })).rejects.toThrow();
    expect(asked).toBe(0);
  });
});
