import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import { startServer } from '../src/start-server.ts';

async function start(port = 0, furtherPorts = 0) {
  const hotpath = await createHotpath(
    { providers: { sim: { type: 'sim', tokensPerSecond: 40 } }, cache: { enabled: false } },
    { environment: {} },
  );
  const server = await startServer({ hotpath, port, furtherPorts });
  const ask = () =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sim-1', stream: true, messages: [{ role: 'user', content: 'one two three' }] }),
    });
  return { hotpath, server, ask };
}

describe('stopping', () => {
  it('lets a stream in flight finish, and is not ready for another meanwhile', async () => {
    const { hotpath, server, ask } = await start();
    const running = await ask();
    const closing = server.close();
    const refused = await ask();
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 'SERVER_DRAINING' } });
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'draining' });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await running.text()).toMatch(/data: \[DONE\]\n\n$/);
    await closing;
    await expect(ask()).rejects.toThrow();
    await server.close();
    await hotpath.close();
  });

  it('lets a large answer from the cache reach a slow client', async () => {
    const home = await mkdtemp(join(tmpdir(), 'hotpath-'));
    const hotpath = await createHotpath(
      { providers: { sim: { type: 'sim' } } },
      { environment: { HOTPATH_HOME: home } },
    );
    const server = await startServer({ hotpath, port: 0 });
    const ask = () =>
      fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'sim-1', messages: [{ role: 'user', content: 'x'.repeat(16_000_000) }] }),
      });
    await (await ask()).text();
    const hit = await ask();
    expect(hit.headers.get('x-hotpath-cache')).toBe('hit');
    const closing = server.close();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await hit.text()).length).toBeGreaterThan(16_000_000);
    await closing;
    await hotpath.close();
    await rm(home, { recursive: true });
  });

  it('does not wait for a request that never arrives whole', async () => {
    const { hotpath, server } = await start();
    const socket = connect(server.port, server.host, () =>
      socket.write(
        'POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
      ),
    );
    await once(socket, 'connect');
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await server.close();
    await closed;
    await hotpath.close();
  });

  it('cuts what is left when the limit is over', async () => {
    const { hotpath, server, ask } = await start();
    const running = await ask();
    await server.close({ graceMs: 20 });
    await expect(running.text()).rejects.toThrow();
    await hotpath.close();
  });

  it('can be hurried while it waits', async () => {
    const { hotpath, server, ask } = await start();
    const running = await ask();
    const patient = server.close();
    await server.close({ graceMs: 0 });
    await patient;
    await expect(running.text()).rejects.toThrow();
    await hotpath.close();
  });
});

describe('a port that is taken', () => {
  it('is an error, or the next one is used where that is allowed', async () => {
    const first = await start();
    await expect(start(first.server.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const second = await start(first.server.port, 20);
    expect(second.server.port).toBeGreaterThan(first.server.port);
    for (const { server, hotpath } of [first, second]) {
      await server.close();
      await hotpath.close();
    }
  });
});
