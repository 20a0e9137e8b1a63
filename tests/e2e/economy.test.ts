import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startUpstream } from '../upstream/index.ts';
import { startGateway, upstreamEnvironment } from './support/gateway.ts';

const hasSqlite = process.getBuiltinModule?.('node:sqlite') !== undefined;
const config = 'economy: { windowMs: 20, pollMs: 20, leastWaitMs: 100, liveReserveMs: 1m }\n';

describe.skipIf(!hasSqlite)('a gateway that ends in the middle of a batch', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('goes on with it after the next start (%s)', async (signal) => {
    const upstream = await startUpstream({ batchPolls: Number.POSITIVE_INFINITY });
    const home = await mkdtemp(join(tmpdir(), 'hotpath-e2e-'));
    await writeFile(join(home, 'hotpath.config.yaml'), config);
    const start = () => startGateway(upstreamEnvironment(upstream.url), { home });
    let gateway = await start();
    onTestFinished(async () => {
      await gateway.stop('SIGKILL');
      await upstream.close();
      await rm(home, { recursive: true, force: true });
    });
    const ask = () =>
      new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'mine', maxRetries: 0 }).chat.completions
        .create(
          { model: 'openai/gpt-4o-mini', temperature: 1, messages: [{ role: 'user', content: 'a long wait' }] },
          { headers: { 'x-hotpath-deadline': '6h' } },
        )
        .withResponse();

    const cut = expect(ask()).rejects.toThrow();
    await upstream.waitFor(({ requests }) => requests.some(({ path }) => path.startsWith('/v1/batches/')));
    await gateway.stop(signal);
    await cut;
    gateway = await start();
    const asked = ask();
    upstream.finishBatches();
    const { data, response } = await asked;
    expect(data.choices[0]?.message.content).toMatch(/^Answer-/);
    expect(response.headers.get('x-hotpath-lane')).toBe('batch');
    expect(upstream.batches).toHaveLength(1);
    expect(upstream.requests.filter(({ path }) => path === '/v1/chat/completions')).toHaveLength(0);
  });

  it('keeps in the cache what nobody waited for', async () => {
    const upstream = await startUpstream({ batchPolls: Number.POSITIVE_INFINITY });
    const home = await mkdtemp(join(tmpdir(), 'hotpath-e2e-'));
    await writeFile(join(home, 'hotpath.config.yaml'), config);
    const gateway = await startGateway(upstreamEnvironment(upstream.url), { home });
    onTestFinished(async () => {
      await gateway.stop('SIGKILL');
      await upstream.close();
      await rm(home, { recursive: true, force: true });
    });
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'mine', maxRetries: 0 });
    const question = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user' as const, content: 'left' }] };
    const leaving = new AbortController();
    const headers = { 'x-hotpath-deadline': '6h' };
    const left = expect(
      client.chat.completions.create(question, { headers, signal: leaving.signal }),
    ).rejects.toThrow();
    await upstream.waitFor(({ batches }) => batches.length === 1);
    leaving.abort();
    await left;
    upstream.finishBatches();
    await upstream.waitFor(({ requests }) => requests.filter(({ path }) => path.endsWith('/content')).length === 1);
    await expect
      .poll(async () =>
        (await client.chat.completions.create(question, { headers }).withResponse()).response.headers.get(
          'x-hotpath-cache',
        ),
      )
      .toBe('hit');
    expect(upstream.batches).toHaveLength(1);
    expect(upstream.requests.filter(({ path }) => path === '/v1/chat/completions')).toHaveLength(0);
  });
});
