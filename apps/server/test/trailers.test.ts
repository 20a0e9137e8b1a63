import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
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
    { providers: { sim: { type: 'sim' } }, prices: { 'sim-1': { input: 0, output: 1_000_000 } } },
    { environment: { HOTPATH_HOME: home } },
  );
  server = await startServer({ hotpath, port: 0 });
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await hotpath.close();
  await rm(home, { recursive: true });
});

interface Reply {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

const ask = (content: string, more: object): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const call = request(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ headers: response.headers, trailers: response.trailers, text }));
    });
    call.end(JSON.stringify({ model: 'sim/sim-1', messages: [{ role: 'user', content }], ...more }));
  });

const stream = { stream: true, stream_options: { include_usage: true } };
const tokensIn = (text: string): number => Number(/"completion_tokens":(\d+)/.exec(text)?.[1]);

describe('what an answer cost', () => {
  it('stands behind it where it was streamed, as nobody knew it before', async () => {
    const { headers, trailers, text } = await ask('Streamed?', stream);
    expect(headers.trailer).toContain('x-hotpath-cost-usd');
    expect(headers).not.toHaveProperty('x-hotpath-cost-usd');
    expect(tokensIn(text)).toBeGreaterThan(0);
    expect(Number(trailers['x-hotpath-cost-usd'])).toBe(tokensIn(text));
    expect(trailers).not.toHaveProperty('x-hotpath-cost-estimated-usd');
  });

  it('stands ahead of it where it is whole', async () => {
    const { headers, trailers, text } = await ask('Whole?', {});
    expect(Number(headers['x-hotpath-cost-usd'])).toBe(tokensIn(text));
    expect(headers).not.toHaveProperty('trailer');
    expect(trailers).toEqual({});
  });

  it('is estimated where the stream tells no tokens', async () => {
    const { headers, trailers, text } = await ask('Uncounted?', { stream: true });
    expect(headers['x-hotpath-cache']).toBe('miss');
    expect(text).not.toContain('completion_tokens');
    expect(Number(trailers['x-hotpath-cost-usd'])).toBeGreaterThan(0);
    expect(trailers['x-hotpath-cost-estimated-usd']).toBe(trailers['x-hotpath-cost-usd']);
  });

  it('is nothing that HTTP/1.0 could carry: its stream comes without', async () => {
    const body = JSON.stringify({ model: 'sim/sim-1', messages: [{ role: 'user', content: 'Old?' }], ...stream });
    const reply = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(server.port, server.host, () =>
        socket.write(
          `POST /v1/chat/completions HTTP/1.0\r\nhost: ${server.host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        ),
      );
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(reply).toMatch(/^HTTP\/1\.1 200 /);
    expect(reply).not.toMatch(/^trailer:/im);
    expect(reply.endsWith('data: [DONE]\n\n')).toBe(true);
  });
});
