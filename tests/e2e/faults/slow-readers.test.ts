import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type RawUpstream, startRawUpstream } from '../../upstream/index.ts';
import { startGatewayProcess, vitalsMissing } from './support/gateway-process.ts';
import { chunk, chunked, head, lastChunk, sse } from './support/raw-answers.ts';

const megabyte = 1_048_576;
const answerBytes = 64 * megabyte;
const piece = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: 'x'.repeat(16_000) }, finish_reason: null }] })}\n\n`;
const last = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`;

/** Streams 64 MB to whoever asks, as fast as it is taken. */
async function startFountain(): Promise<{ upstream: RawUpstream; sent: number[] }> {
  const sent: number[] = [];
  const bytes = chunk(piece);
  const upstream = await startRawUpstream(({ socket, number }) => {
    sent[number - 1] = 0;
    socket.write(head('200 OK', sse, chunked));
    const pour = (): void => {
      while (!socket.destroyed && (sent[number - 1] ?? 0) < answerBytes) {
        sent[number - 1] = (sent[number - 1] ?? 0) + piece.length;
        if (!socket.write(bytes)) return void socket.once('drain', pour);
      }
      if (!socket.destroyed) socket.write(Buffer.concat([chunk(last), Buffer.from(lastChunk)]));
    };
    pour();
  });
  return { upstream, sent };
}

const configFor = (upstream: RawUpstream, maxAnswerBytes: string) => ({
  detect: { environment: false, ollama: false },
  cache: { maxAnswerBytes },
  providers: { fountain: { type: 'openai' as const, apiKey: 'k', baseUrl: upstream.openaiUrl, models: ['m'] } },
});

const open = (url: string, content: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify({ model: 'fountain/m', stream: true, messages: [{ role: 'user', content }] });
    const request = httpRequest(`${url}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    request.on('response', resolve).on('error', reject).end(body);
  });

/** Takes 1 KB each 100 ms. */
async function sip(response: IncomingMessage, signal: AbortSignal): Promise<void> {
  response.on('error', () => {});
  while (!signal.aborted && !response.destroyed) {
    response.read(1_024);
    await delay(100, undefined, { signal }).catch(() => {});
  }
}

const growthOf = (before: { heapUsed: number; arrayBuffers: number }, after: typeof before): number =>
  (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / megabyte;

describe.skipIf(vitalsMissing)('readers of 10 KB a second of a stream of 64 MB', () => {
  it('hold the provider back, and no memory', async () => {
    const { upstream, sent } = await startFountain();
    await using _upstream = upstream;
    await using gateway = await startGatewayProcess(configFor(upstream, '1MB'));
    const done = new AbortController();
    const before = await gateway.vitals();
    const readers = await Promise.all(Array.from({ length: 12 }, (_, index) => open(gateway.url, `slow ${index}`)));
    const sipping = readers.map((response) => sip(response, done.signal));
    await delay(3_000);
    const during = await gateway.vitals();
    // What is on its way fills the buffers of four sockets, which are the kernel's; the gateway keeps up to 1 MB of each.
    expect(Math.max(...sent) / megabyte).toBeLessThan(32);
    expect(growthOf(before, during)).toBeLessThan(12 * 2);
    // Somebody else is not kept waiting.
    const quick = await open(gateway.url, 'quick');
    let bytes = 0;
    for await (const part of quick) bytes += (part as Buffer).length;
    expect(bytes).toBeGreaterThan(answerBytes);
    done.abort();
    for (const response of readers) response.destroy();
    await Promise.all(sipping);
    await expect.poll(() => upstream.connections, { timeout: 5_000 }).toBeLessThanOrEqual(1);
    expect(growthOf(before, await gateway.vitals())).toBeLessThan(8);
  });

  it('are cut off, with an error, where others share the answer and it is too large to be kept', async () => {
    const { upstream } = await startFountain();
    await using _upstream = upstream;
    await using gateway = await startGatewayProcess(configFor(upstream, '4MB'));
    const before = await gateway.vitals();
    const done = new AbortController();
    const slow = await open(gateway.url, 'together');
    const quick = await open(gateway.url, 'together');
    expect([slow, quick].map(({ headers }) => headers['x-hotpath-cache'])).toEqual(['miss', 'coalesced']);
    const sipping = sip(slow, done.signal);
    let text = '';
    for await (const part of quick) text = String(part);
    expect(text).toMatch(/\[DONE\]\n\n$/);
    expect(growthOf(before, await gateway.vitals())).toBeLessThan(16);
    done.abort();
    await sipping;
    let end = '';
    for await (const part of slow) end = (end + String(part)).slice(-2_000);
    expect(end).toContain('others who read it faster');
  });
});
