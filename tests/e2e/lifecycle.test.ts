import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../upstream/index.ts';
import { type Gateway, startGateway, upstreamEnvironment } from './support/gateway.ts';

const open: { stop?: (signal?: NodeJS.Signals) => Promise<unknown>; close?: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await (one.stop?.('SIGKILL') ?? one.close?.());
});

async function start(options: { home?: string; upstream?: Upstream } = {}) {
  const upstream = options.upstream ?? (await startUpstream({ models: ['listed-model'] }));
  const gateway = await startGateway(upstreamEnvironment(upstream.url), options);
  if (!options.upstream) open.push(upstream);
  open.push(gateway);
  return { upstream, gateway };
}

const ask = (gateway: Gateway, content: string, stream = false) =>
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', stream, messages: [{ role: 'user', content }] }),
  });

const answersAsked = ({ requests }: Upstream) => requests.filter(({ method }) => method === 'POST').length;

describe('the gateway as a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('finishes the streams in flight on %s, then exits with 0', async (signal) => {
    const { upstream, gateway } = await start();
    upstream.set({ betweenTokensMs: 30, tokens: 20 });
    const answer = await ask(gateway, 'slowly', true);
    const stopped = gateway.stop(signal);
    expect(await answer.text()).toMatch(/data: \[DONE\]\n\n$/);
    expect(await stopped).toBe(0);
    expect(gateway.complaints()).not.toContain('    at ');
  });

  it('stops at once at the second signal', async () => {
    const { upstream, gateway } = await start();
    upstream.set({ betweenTokensMs: 100, tokens: 1000 });
    const answer = await ask(gateway, 'for ever', true);
    const reading = answer.text();
    reading.catch(() => {});
    gateway.process.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    await gateway.stop('SIGINT');
    await expect(reading).rejects.toThrow();
  });

  it('keeps its cache through a restart, and through being killed', async () => {
    const home = await mkdtemp(join(tmpdir(), 'hotpath-e2e-'));
    const upstream = await startUpstream({ models: ['listed-model'] });
    open.push({ close: () => rm(home, { recursive: true, force: true }) }, upstream);
    const states: (string | null)[] = [];
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
      const { gateway } = await start({ home, upstream });
      const answer = await ask(gateway, 'kept');
      states.push(answer.headers.get('x-hotpath-cache'));
      expect(await answer.text()).toContain('Answer-');
      await gateway.stop(signal);
    }
    expect(states).toEqual(['miss', 'hit', 'hit']);
    expect(answersAsked(upstream)).toBe(1);
  });

  it('shares its cache file with another one that runs beside it', async () => {
    const home = await mkdtemp(join(tmpdir(), 'hotpath-e2e-'));
    const upstream = await startUpstream({ models: ['listed-model'] });
    open.push({ close: () => rm(home, { recursive: true, force: true }) }, upstream);
    const first = await start({ home, upstream });
    const second = await start({ home, upstream });
    await (await ask(first.gateway, 'shared')).text();
    await expect
      .poll(async () => {
        const answer = await ask(second.gateway, 'shared');
        await answer.text();
        return answer.headers.get('x-hotpath-cache');
      })
      .toBe('hit');
    expect(answersAsked(upstream)).toBeLessThanOrEqual(2);
  });

  it('finds a port of its own, however many start at the same moment', async () => {
    const gateways = await Promise.all(Array.from({ length: 4 }, () => startGateway({}, { port: [] })));
    open.push(...gateways);
    expect(new Set(gateways.map(({ url }) => url)).size).toBe(4);
    for (const { url } of gateways) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('answers with the simulator, which says so, when nothing is set up', async () => {
    const gateway = await startGateway({});
    open.push(gateway);
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sim/sim-1', messages: [{ role: 'user', content: 'hi' }] }),
    });
    expect(await answer.text()).toContain('Simulated by Hotpath');
    expect(gateway.complaints()).toMatch(/simulat/);
  });

  it('survives a client that disconnects in the middle of its request, and a slow reader', async () => {
    const { upstream, gateway } = await start();
    upstream.set({ answerBytes: 8_000_000, tokens: 50 });
    const controller = new AbortController();
    const leaving = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: controller.signal,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'huge' }] }),
    });
    const reader = (await leaving).body?.getReader();
    await reader?.read();
    controller.abort();
    const slow = await ask(gateway, 'huge and slow', true);
    const body = slow.body?.getReader();
    let bytes = 0;
    for (;;) {
      const { done, value } = (await body?.read()) ?? { done: true, value: undefined };
      if (done) break;
      bytes += value?.byteLength ?? 0;
    }
    expect(bytes).toBeGreaterThan(8_000_000);
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  });
});
