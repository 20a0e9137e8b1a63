import { connect, type Socket } from 'node:net';
import { createHotpath, type Hotpath } from '@hotpath/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../src/start-server.ts';
import { createSwap, type Swap } from '../src/swap.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const compose = (id: string): Promise<Hotpath> =>
  createHotpath(
    {
      providers: { [id]: { type: 'sim', tokensPerSecond: 40 }, fast: { type: 'sim' } },
      aliases: { slow: `${id}/sim-1` },
      detect: { environment: false, ollama: false },
      cache: { enabled: false },
    },
    { environment: {} },
  );

const start = async (): Promise<{ server: RunningServer; swap: Swap }> => {
  const swap = createSwap(await compose('first'));
  const server = await startServer({ hotpath: swap.hotpath, port: 0 });
  stops.push(
    () => swap.hotpath.close(),
    () => server.close({ graceMs: 0 }),
  );
  return { server, swap };
};

const bodyOf = (model: string, content = 'one two three') =>
  JSON.stringify({ model, stream: true, messages: [{ role: 'user', content }] });

/** A connection that is kept open between requests. */
const dial = async ({ host, port }: RunningServer) => {
  let text = '';
  let isClosed = false;
  let changed = Promise.withResolvers<void>();
  const change = (): void => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  const socket: Socket = connect(port, host);
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += chunk;
    change();
  });
  // A connection that is cut ends in an error or in silence.
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
    change();
  });
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  stops.push(() => socket.destroy());
  const until = async (isThere: () => boolean): Promise<void> => {
    while (!isThere()) await changed.promise;
  };
  return {
    socket,
    send(body: string): void {
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
      socket.write(head + body);
    },
    text: () => text,
    async hears(pattern: RegExp): Promise<string> {
      await until(() => pattern.test(text) || isClosed);
      expect(text).toMatch(pattern);
      return text;
    },
    closed: () => until(() => isClosed),
    isClosed: () => isClosed,
  };
};

const chunkedEnd = /data: \[DONE\]\n\n\r\n0\r\n(?:x-hotpath-[\w-]+: \S+\r\n)*\r\n$/;
const wholeAnswer = /\r\n0\r\n(?:x-hotpath-[\w-]+: \S+\r\n)*\r\n$|"usage":\{.*\}$/s;

describe('a server that stops', () => {
  it('lets streams end, refuses on connections that are kept, and closes those that wait', async () => {
    const { server } = await start();
    const streaming = await dial(server);
    const waiting = await dial(server);
    const silent = await dial(server);
    waiting.send(bodyOf('fast/sim-1'));
    await waiting.hears(wholeAnswer);
    streaming.send(bodyOf('slow'));
    await streaming.hears(/data: /);

    const closing = server.close();
    waiting.send(bodyOf('fast/sim-1'));
    const refusal = await waiting.hears(/SERVER_DRAINING/);
    expect(refusal).toMatch(/HTTP\/1\.1 503 [\s\S]*connection: close/i);
    await waiting.closed();

    await streaming.hears(chunkedEnd);
    await closing;
    await Promise.all([streaming.closed(), silent.closed()]);
  });

  it('refuses what was sent after a stream on its own connection, once that has ended', async () => {
    const { server } = await start();
    const streaming = await dial(server);
    streaming.send(bodyOf('slow'));
    await streaming.hears(/data: /);
    const closing = server.close();
    streaming.send(bodyOf('slow'));
    await streaming.hears(
      /data: \[DONE\]\n\n\r\n0\r\n(?:x-hotpath-[\w-]+: \S+\r\n)*\r\nHTTP\/1\.1 503 [\s\S]*SERVER_DRAINING/,
    );
    await streaming.closed();
    await closing;
  });

  it('does not wait longer than it may for a client that takes nothing, and lets the others end', async () => {
    const { server, swap } = await start();
    const stuck = await dial(server);
    // More than the buffers in between can hold.
    stuck.send(bodyOf('fast/sim-1', 'word '.repeat(100_000)));
    await stuck.hears(/data: /);
    stuck.socket.pause();
    const streaming = await dial(server);
    streaming.send(bodyOf('slow'));
    await streaming.hears(/data: /);
    const closing = server.close({ graceMs: 1_500 });
    await streaming.hears(chunkedEnd);
    await closing;
    stuck.socket.resume();
    await stuck.closed();
    expect(stuck.text()).not.toContain('[DONE]');
    await swap.hotpath.close();
  });

  it('waits for streams of what was replaced meanwhile', async () => {
    const { server, swap } = await start();
    const old = await dial(server);
    old.send(bodyOf('slow'));
    await old.hears(/x-hotpath-model: first\/sim-1[\s\S]*data: /);
    const replaced = swap.replace(await compose('second'));
    const recent = await dial(server);
    recent.send(bodyOf('slow'));
    await recent.hears(/x-hotpath-model: second\/sim-1[\s\S]*data: /);
    const closing = server.close();
    await Promise.all([old.hears(chunkedEnd), recent.hears(chunkedEnd)]);
    await Promise.all([closing, replaced]);
  });
});
