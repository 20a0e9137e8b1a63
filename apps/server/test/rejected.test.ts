import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath } from '@hotpath/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { startServer } from '../src/start-server.ts';

const cascade = { strategy: 'cascade', targets: ['sim/sim-1', 'dead/m'], check: { json: true } } as const;

it('an answer that a check refused comes where the route says so, and why it did', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hotpath-'));
  const hotpath = await createHotpath(
    {
      providers: { sim: { type: 'sim' }, dead: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' } },
      routes: { strict: cascade, lenient: { ...cascade, onExhausted: 'answer' } },
      attempts: { maxAttempts: 2 },
    },
    { environment: { HOTPATH_HOME: home } },
  );
  const server = await startServer({ hotpath, port: 0 });
  onTestFinished(async () => {
    await server.close({ graceMs: 0 });
    await hotpath.close();
    await rm(home, { recursive: true });
  });
  const ask = (model: string) =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
    });

  const strict = await ask('strict');
  expect(strict.status).toBe(502);
  expect(strict.headers.get('x-hotpath-rejected')).toBeNull();
  expect((await strict.json()) as object).toMatchObject({
    error: { message: expect.stringMatching(/An answer of sim\/sim-1 was there before.*it is not JSON/) },
  });

  const lenient = await ask('lenient');
  expect(lenient.status).toBe(200);
  expect(lenient.headers.get('x-hotpath-rejected')).toBe('it is not JSON');
  expect(lenient.headers.get('x-hotpath-model')).toBe('sim/sim-1');
  expect((await lenient.json()) as object).toMatchObject({ choices: [{ message: { role: 'assistant' } }] });
});
