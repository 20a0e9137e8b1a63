import net from 'node:net';
import zlib from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { RouterError } from '../src/errors.ts';
import { createTransport } from '../src/transport.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const answer = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';

/** A server that answers the first so many requests of a connection, and resets it at the next. */
async function server(answers: (connection: number) => number) {
  const calls: string[] = [];
  let connections = 0;
  const listening = net.createServer((socket) => {
    const connection = connections++;
    let seen = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      if (!chunk.includes('POST / ')) return;
      calls.push(`${connection}.${seen}`);
      if (seen < answers(connection)) socket.write(answer);
      else socket.resetAndDestroy();
      seen += 1;
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as net.AddressInfo;
  const transport = createTransport({ origin: `http://127.0.0.1:${port}`, provider: 'p' });
  closing.push(
    () => new Promise((resolve) => listening.close(resolve)),
    () => transport.close(),
  );
  const ask = (once?: boolean): Promise<string> =>
    new Promise((resolve) => {
      transport.send(
        {
          method: 'POST',
          path: '/',
          headers: [],
          body: '{}',
          stream: false,
          timeouts: { connectMs: 5_000, firstTokenMs: 5_000, idleMs: 5_000, totalMs: 5_000 },
          ...(once && { once }),
        },
        {
          onHead() {},
          onData() {},
          onEnd: () => resolve('answer'),
          onError: (error: RouterError) => resolve(error.code),
        },
      );
    });
  return { calls, ask };
}

const isFailure = (outcome: string): boolean => outcome === 'ROUTER_UPSTREAM_UNREACHABLE';

// Which connection a call takes is the pool's affair.
describe('a connection that is reset before an answer', () => {
  it('is replaced by another where it had been kept', async () => {
    const { calls, ask } = await server(() => 1);
    for (let count = 0; count < 8; count += 1) expect(await ask()).toBe('answer');
    expect(calls.length).toBeGreaterThan(8);
  });

  it('fails the call where it was new, also beside others that are kept', async () => {
    const { calls, ask } = await server((connection) => (connection < 2 ? 9 : 0));
    expect(await Promise.all([ask(), ask()])).toEqual(['answer', 'answer']);
    const outcomes = await Promise.all([ask(), ask(), ask(), ask()]);
    const onNew = calls.filter((call) => Number.parseInt(call, 10) >= 2);
    expect(onNew.length).toBeGreaterThan(0);
    expect(outcomes.filter(isFailure)).toHaveLength(onNew.length);
  });

  it('fails a call that must never be made twice', async () => {
    const { calls, ask } = await server(() => 1);
    const outcomes: string[] = [];
    for (let count = 0; count < 8; count += 1) outcomes.push(await ask(true));
    expect(outcomes).toContain('ROUTER_UPSTREAM_UNREACHABLE');
    expect(calls).toHaveLength(8);
  });
});

it('is refused by a Node on which the HTTP client does not load, in words that help', () => {
  const name = 'createZstdDecompress';
  const its = Object.getOwnPropertyDescriptor(zlib, name) ?? {};
  Object.defineProperty(zlib, name, { ...its, value: undefined });
  try {
    expect(() => createTransport({ origin: 'http://127.0.0.1:1', provider: 'up' })).toThrow(
      expect.objectContaining({
        code: 'ROUTER_NODE_TOO_OLD',
        isRetryable: false,
        message: expect.stringMatching(/^up is asked over HTTP, which needs Node\.js 22\.18 or newer, and this is v/),
      }),
    );
  } finally {
    Object.defineProperty(zlib, name, its);
  }
});
