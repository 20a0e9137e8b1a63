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
  it('lets a stream in flight finish, and takes no new connection', async () => {
    const { hotpath, server, ask } = await start();
    const running = await ask();
    const closing = server.close();
    await expect(ask()).rejects.toThrow();
    expect(await running.text()).toMatch(/data: \[DONE\]\n\n$/);
    await closing;
    await server.close();
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
