import { APICallError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { RouterError, upstreamUnreachable } from '../../src/errors.ts';
import { channels } from '../../src/events.ts';
import { formats } from '../../src/formats/index.ts';
import { languageModel } from '../../src/language-model.ts';
import { sim } from '../../src/providers/sim.ts';
import { createRouter } from '../../src/router.ts';
import type { Protocol } from '../../src/wire-format.ts';
import { memory, turn } from '../support/exchanges.ts';
import { answer, generate, prompt, read, sentBy, set } from '../support/router-model.ts';
import { type ScriptedProvider, scripted } from '../support/scripted-provider.ts';

describe('a whole answer', () => {
  it('tells what it says, counts and costs, and who gave it', async () => {
    const prices = { version: '2026-11-20', models: { m: { input: 1000, output: 2000 } } };
    const its = set({ router: { prices } });
    const result = await generate(its);
    expect(result).toMatchObject({
      content: [{ type: 'text', text: 'Hi.' }],
      finishReason: { unified: 'stop' },
      usage: {
        inputTokens: { total: 10, noCache: 4, cacheRead: 6, cacheWrite: undefined },
        outputTokens: { total: 4, text: 3, reasoning: 1 },
      },
      providerMetadata: { hotpath: { provider: 'p', model: 'm', cache: 'bypass', attempts: 1 } },
      request: { body: { model: 'p/m' } },
      response: { id: 'a-1', modelId: 'm-1', headers: { 'x-request-id': 'r1' }, body: { id: 'a-1' } },
      warnings: [],
    });
    expect(result.providerMetadata?.hotpath?.costUsd).toBeGreaterThan(0);
  });

  it('comes from the cache the second time, for nothing', async () => {
    const its = set({ router: { cache: memory() } });
    await generate(its);
    const { providerMetadata } = await its.model.doGenerate({ prompt });
    expect(providerMetadata).toEqual({ hotpath: { provider: 'p', model: 'm', cache: 'hit', costUsd: 0 } });
    expect(its.provider.calls).toHaveLength(1);
  });

  it('carries calls of tools, and nothing for no arguments', async () => {
    const content = [
      { type: 'tool-call', id: '1', name: 't', arguments: '{"a":1}' },
      { type: 'tool-call', id: '2', name: 'u', arguments: '' },
    ] as const;
    const result = await generate(set(), {}, { content, finishReason: 'tool-calls' });
    expect(result.content).toEqual([
      { type: 'tool-call', toolCallId: '1', toolName: 't', input: '{"a":1}' },
      { type: 'tool-call', toolCallId: '2', toolName: 'u', input: '{}' },
    ]);
    expect(result.finishReason.unified).toBe('tool-calls');
  });

  it.each(['openai-chat', 'openai-responses', 'anthropic-messages'] as const)(
    'gives reasoning back as it came when the conversation goes on in %s, and to who can read it alone',
    async (protocol) => {
      const proof = { protocol: 'anthropic-messages', data: 'signed' } as const;
      const hidden = { protocol: 'anthropic-messages', data: 'sealed', id: 'redacted' } as const;
      const said = [
        { type: 'reasoning', text: 'hm', proof },
        { type: 'reasoning', text: '', proof: hidden },
      ] as const;
      const anthropic = scripted('claude', 'anthropic-messages');
      const its = set({ provider: anthropic, protocol, name: 'claude/m' });
      const asking = Promise.resolve(its.model.doGenerate({ prompt }));
      await turn();
      anthropic.last.json(
        200,
        formats['anthropic-messages'].encodeAnswer({ ...answer, content: [...said, ...answer.content] }),
      );
      const { content } = await asking;
      expect(content.map(({ type }) => type)).toEqual(['reasoning', 'reasoning', 'text']);
      const told = content.map((part) => ({ ...part, providerOptions: part.providerMetadata }));
      const further = [...prompt, { role: 'assistant', content: told as never }, ...prompt] as typeof prompt;
      const ask = async (provider: ScriptedProvider) => {
        const other = set({ provider, protocol, name: `${provider.id}/m` });
        void Promise.resolve(other.model.doGenerate({ prompt: further })).catch(() => {});
        await turn();
        const { content: sent = [] } =
          formats[provider.last.protocol].decodeRequest(sentBy(provider)).messages[1] ?? {};
        await other.router.close();
        return sent.filter(({ type }) => type === 'reasoning');
      };
      expect(await ask(scripted('claude', 'anthropic-messages'))).toEqual(said);
      for (const foreign of ['openai-chat', 'openai-responses'] as const) {
        expect(await ask(scripted('other', foreign))).toEqual([]);
      }
    },
  );
});

describe('a failure', () => {
  it('is a RouterError that the AI SDK takes for its own, with the wait that the provider asks for', async () => {
    const its = set();
    const asking = Promise.resolve(its.model.doGenerate({ prompt }));
    await turn();
    const { receiver } = its.provider.last;
    receiver.onHead(429, { 'content-type': 'application/json', 'retry-after': '7' });
    receiver.onData(Buffer.from('{"error":{"message":"Slow down","type":"rate_limit_error"}}'));
    receiver.onEnd();
    const error: unknown = await asking.catch((thrown: unknown) => thrown);
    expect(RouterError.isInstance(error)).toBe(true);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'ROUTER_UPSTREAM_STATUS',
      statusCode: 429,
      isRetryable: true,
      retryAfterMs: 7000,
      responseHeaders: { 'retry-after-ms': '7000' },
      requestBodyValues: { model: 'p/m' },
    });
  });

  it('tells its observers nothing of what was asked', async () => {
    const seen: unknown[] = [];
    const listen = (event: unknown): void => void seen.push((event as { error?: unknown }).error);
    channels.attemptEnd.subscribe(listen);
    const its = set();
    const asking = Promise.resolve(its.model.doGenerate({ prompt }));
    await turn();
    its.provider.last.receiver.onError(upstreamUnreachable('p', new Error('down')));
    await expect(asking).rejects.toMatchObject({ message: expect.stringContaining('down'), requestBodyValues: {} });
    channels.attemptEnd.unsubscribe(listen);
    expect(seen).toEqual([expect.not.objectContaining({ requestBodyValues: expect.anything() })]);
  });

  it('of a name that stands for none comes from both ways to ask', async () => {
    const model = languageModel(createRouter({ providers: [sim(), scripted()] }), 'nobody');
    for (const ask of [model.doGenerate, model.doStream]) {
      await expect(ask({ prompt })).rejects.toMatchObject({ code: 'ROUTER_MODEL_UNKNOWN', statusCode: 404 });
    }
  });

  it.each(['doGenerate', 'doStream'] as const)('by the caller’s own signal cancels the call (%s)', async (method) => {
    const its = set();
    const aborting = new AbortController();
    const asking = Promise.resolve(its.model[method]({ prompt, abortSignal: aborting.signal }));
    await turn();
    aborting.abort();
    await expect(asking).rejects.toBe(aborting.signal.reason);
    expect(its.provider.last.aborted).toBe(true);
    await expect(its.model[method]({ prompt, abortSignal: aborting.signal })).rejects.toBe(aborting.signal.reason);
    expect(its.provider.calls).toHaveLength(1);
  });
});

it.each(['openai-chat', 'openai-responses', 'anthropic-messages'] satisfies Protocol[])(
  'speaks %s with the router, whole and streamed',
  async (protocol) => {
    const model = languageModel(createRouter({ providers: [sim()] }), 'sim-1', { protocol });
    const { content, finishReason } = await model.doGenerate({ prompt });
    expect(content).toEqual([{ type: 'text', text: expect.stringContaining('Hello?') }]);
    expect(finishReason.unified).toBe('stop');
    const parts = await read((await model.doStream({ prompt })).stream);
    const text = parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join('');
    expect(text).toBe(content[0]?.type === 'text' && content[0].text);
    expect(parts.at(-1)).toMatchObject({ type: 'finish', finishReason: { unified: 'stop' } });
  },
);
