import { describe, expect, it, vi } from 'vitest';
import type { JsonObject, ModelEvent } from '../../src/wire-format.ts';
import { memory, turn } from '../support/exchanges.ts';
import { encoded, finish, prompt, read, set, start } from '../support/router-model.ts';

describe('a stream', () => {
  /** Starts one, and has the provider send these events. */
  const stream = async (its: ReturnType<typeof set>, events: readonly ModelEvent[], options = {}) => {
    const streaming = Promise.resolve(its.model.doStream({ prompt, ...options }));
    streaming.catch(() => {});
    await turn();
    its.provider.last.open();
    its.provider.last.send(encoded(events));
    return streaming;
  };

  it('tells of everything in the AI SDK’s parts', async () => {
    const its = set();
    const { stream: parts, response } = await stream(its, [
      start,
      { type: 'part', index: 0, part: { type: 'reasoning' } },
      { type: 'delta', index: 0, text: 'hm' },
      { type: 'proof', index: 0, proof: { protocol: 'anthropic-messages', data: 's' } },
      { type: 'part', index: 1, part: { type: 'text' } },
      { type: 'delta', index: 1, text: 'Hel' },
      { type: 'delta', index: 1, text: 'lo' },
      { type: 'part', index: 2, part: { type: 'tool-call', id: 'c', name: 't' } },
      { type: 'delta', index: 2, text: '{"a"' },
      { type: 'delta', index: 2, text: ':1}' },
      { ...finish, reason: 'tool-calls' },
    ]);
    expect(response).toEqual({ headers: {} });
    expect(await read(parts)).toEqual([
      { type: 'stream-start', warnings: [] },
      { type: 'response-metadata', id: 'a-1', modelId: 'm-1', timestamp: expect.any(Date) },
      { type: 'reasoning-start', id: '0' },
      { type: 'reasoning-delta', id: '0', delta: 'hm' },
      {
        type: 'reasoning-end',
        id: '0',
        providerMetadata: { hotpath: { proof: { protocol: 'anthropic-messages', data: 's' } } },
      },
      { type: 'text-start', id: '1' },
      { type: 'text-delta', id: '1', delta: 'Hel' },
      { type: 'text-delta', id: '1', delta: 'lo' },
      { type: 'text-end', id: '1' },
      { type: 'tool-input-start', id: 'c', toolName: 't' },
      { type: 'tool-input-delta', id: 'c', delta: '{"a"' },
      { type: 'tool-input-delta', id: 'c', delta: ':1}' },
      { type: 'tool-input-end', id: 'c' },
      { type: 'tool-call', toolCallId: 'c', toolName: 't', input: '{"a":1}' },
      {
        type: 'finish',
        finishReason: { unified: 'tool-calls', raw: 'tool-calls' },
        usage: {
          inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
          outputTokens: { total: 2, text: 2, reasoning: undefined },
        },
        providerMetadata: { hotpath: { provider: 'p', model: 'm', cache: 'bypass', attempts: 1 } },
      },
    ]);
  });

  it('is replayed from the cache as a stream, and costs nothing', async () => {
    const its = set({ router: { cache: memory() } });
    const events = [start, { type: 'part', index: 0, part: { type: 'text' } }, { type: 'delta', index: 0, text: 'Hi' }];
    const first = await read((await stream(its, [...(events as ModelEvent[]), finish])).stream);
    const second = await read((await its.model.doStream({ prompt })).stream);
    expect(second.slice(2, -1)).toEqual(first.slice(2, -1));
    expect(second.at(-1)).toMatchObject({ providerMetadata: { hotpath: { cache: 'hit', costUsd: 0 } } });
  });

  it('costs what the prices say', async () => {
    const prices = { version: '2026-11-20', models: { m: { input: 1_000_000, output: 0 } } };
    const events = [start, { type: 'part', index: 0, part: { type: 'text' } }, { type: 'delta', index: 0, text: 'Hi' }];
    const parts = await read((await stream(set({ prices }), [...(events as ModelEvent[]), finish])).stream);
    expect(parts.at(-1)).toMatchObject({ providerMetadata: { hotpath: { costUsd: 3 } } });
  });

  it('that is shared costs whoever asked first', async () => {
    const prices = { version: '2026-11-20', models: { m: { input: 1_000_000, output: 0 } } };
    const its = set({ prices });
    const first = its.model.doStream({ prompt });
    const second = its.model.doStream({ prompt });
    await turn();
    expect(its.provider.calls).toHaveLength(1);
    its.provider.last.open();
    its.provider.last.send(
      encoded([
        start,
        { type: 'part', index: 0, part: { type: 'text' } },
        { type: 'delta', index: 0, text: 'Hi' },
        finish,
      ]),
    );
    const ends = await Promise.all([first, second].map(async (asked) => (await read((await asked).stream)).at(-1)));
    expect(ends).toMatchObject([
      { providerMetadata: { hotpath: { costUsd: 3 } } },
      { providerMetadata: { hotpath: { cache: 'coalesced', costUsd: 0 } } },
    ]);
  });

  it('shows the raw chunks to who asks for them', async () => {
    const events = [start, { type: 'part', index: 0, part: { type: 'text' } }, { type: 'delta', index: 0, text: 'Hi' }];
    const { stream: parts } = await stream(set(), [...(events as ModelEvent[]), finish], { includeRawChunks: true });
    const raw = (await read(parts)).filter((part) => part.type === 'raw').map(({ rawValue }) => rawValue as JsonObject);
    expect(raw).toHaveLength(4);
    expect(raw.every(({ object }) => object === 'chat.completion.chunk')).toBe(true);
  });

  it('that fails before its first piece is a failed call', async () => {
    const its = set();
    const asking = Promise.resolve(its.model.doStream({ prompt }));
    await turn();
    // Some servers name the type they were asked for, whatever they send.
    const { receiver } = its.provider.last;
    receiver.onHead(503, { 'content-type': 'text/event-stream' });
    receiver.onData(Buffer.from('{"error":{"message":"Busy"}}'));
    receiver.onEnd();
    await expect(asking).rejects.toMatchObject({ statusCode: 503, message: expect.stringContaining('Busy') });
  });

  it('that is cut ends in an error and a finish that says so, never as a success', async () => {
    const its = set();
    const { stream: parts } = await stream(its, [
      start,
      { type: 'part', index: 0, part: { type: 'text' } },
      { type: 'delta', index: 0, text: 'Hel' },
    ]);
    its.provider.last.end();
    const [error, end] = (await read(parts)).slice(-2);
    expect(error).toMatchObject({ type: 'error', error: { code: 'ROUTER_UPSTREAM_CUT', statusCode: 502 } });
    expect(end).toMatchObject({ type: 'finish', finishReason: { unified: 'error' } });
  });

  it('holds the provider back while nobody reads', async () => {
    const its = set({ router: { cachePolicy: { maxAnswerBytes: 64 } } });
    const { stream: parts } = await stream(its, [
      start,
      { type: 'part', index: 0, part: { type: 'text' } },
      ...Array.from({ length: 100 }, () => ({ type: 'delta', index: 0, text: 'more' }) as const),
    ]);
    expect(its.provider.last.paused).toBe(true);
    const reader = parts.getReader();
    for (let count = 0; count < 60; count += 1) await reader.read();
    await vi.waitFor(() => expect(its.provider.last.paused).toBe(false));
    await reader.cancel();
    expect(its.provider.last.aborted).toBe(true);
  });

  it('ends with the caller’s own signal, and cancels the call', async () => {
    const its = set();
    const aborting = new AbortController();
    const { stream: parts } = await stream(
      its,
      [start, { type: 'part', index: 0, part: { type: 'text' } }, { type: 'delta', index: 0, text: 'Hi' }],
      { abortSignal: aborting.signal },
    );
    aborting.abort();
    await expect(read(parts)).rejects.toBe(aborting.signal.reason);
    expect(its.provider.last.aborted).toBe(true);
  });
});
