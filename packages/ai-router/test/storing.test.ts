import { describe, expect, it, vi } from 'vitest';
import type { AnswerCache } from '../src/answer.ts';
import type { Exchange } from '../src/exchange.ts';
import { memory, set, turn } from './support/exchanges.ts';
import { completion, events } from './support/scripted-provider.ts';

describe('only what is certainly complete is stored', () => {
  it.each([
    ['an error beside choices', { error: { message: 'oops' }, choices: [] }],
    ['a choice without a finish', { ...completion('ok'), choices: [{ index: 0, message: {}, finish_reason: null }] }],
    [
      'a choice that was interrupted',
      { ...completion('ok'), choices: [{ index: 0, message: {}, finish_reason: 'error' }] },
    ],
    ['a choice that ended for an unknown reason', { choices: [{ index: 0, message: {}, finish_reason: 'weird' }] }],
    ['one of two choices unfinished', { choices: [{ finish_reason: 'stop' }, { finish_reason: null }] }],
  ])('%s is not', async (_name, body) => {
    const { ask, provider, cache } = set();
    const { sink } = await ask();
    provider.last.json(200, body);
    expect(sink.body).toBeDefined();
    expect(cache.entries.size).toBe(0);
  });

  it('a stream with a malformed event is not, though the rest of it is passed on', async () => {
    for (const malformed of ['data: {"id": "c", "choices": [{\n\n', 'data: {"broken": }\n\n']) {
      const { ask, provider, cache } = set();
      const { sink } = await ask({ stream: true });
      const [first = '', ...rest] = events('a', 'b');
      provider.last.open();
      provider.last.send(first, malformed, ...rest);
      expect(sink.summary?.outcome).toBe('complete');
      expect(sink.text).toBe([first, ...rest].join(''));
      expect(cache.entries.size).toBe(0);
    }
  });

  it('a translated stream with a malformed event is not', async () => {
    const { ask, provider, cache } = set();
    const { sink } = await ask({ max_tokens: 10, stream: true }, { protocol: 'anthropic-messages' });
    const [first = '', ...rest] = events('a', 'b');
    provider.last.open();
    provider.last.send(first, 'data: {"broken": }\n\n', ...rest);
    expect(sink.summary?.outcome).toBe('complete');
    expect(cache.entries.size).toBe(0);
  });

  it('a stream that only ends with its terminator is not', async () => {
    const { ask, provider, cache } = set();
    await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('a').slice(0, 2), 'data: [DONE]\n\n');
    provider.last.end();
    expect(cache.entries.size).toBe(0);
  });

  it('of several choices, only the terminator tells that all are whole', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true, n: 2 });
    provider.last.open();
    provider.last.send(...events('a').slice(0, -1));
    provider.last.end();
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });
});

describe('the cache', () => {
  it.each<[string, Partial<Exchange>, string, number]>([
    ['off neither reads nor stores', { cache: 'off' }, 'bypass', 0],
    ['refresh asks anew and stores', { cache: 'refresh' }, 'bypass', 1],
  ])('%s', async (_name, more, state, stored) => {
    const { ask, provider, cache } = set();
    for (let call = 1; call <= 2; call++) {
      const { sink } = await ask({}, more);
      expect(provider.calls).toHaveLength(call);
      provider.last.json(200, completion(`answer ${call}`));
      expect(sink.head?.cache).toBe(state);
      expect(cache.entries.size).toBe(stored);
    }
    if (stored) expect((await ask()).sink.text).toContain('answer 2');
  });

  it('leaves alone, and does not coalesce, requests that ask for variety', async () => {
    const { ask, provider } = set();
    const [first, second] = await Promise.all([ask({ temperature: 1 }), ask({ temperature: 1 })]);
    expect(provider.calls).toHaveLength(2);
    for (const call of provider.calls) call.json(200, completion('ok'));
    expect([first.sink.head?.cache, second.sink.head?.cache]).toEqual(['bypass', 'bypass']);
  });

  it('never gives one tenant the answer of another', async () => {
    const { ask, provider } = set();
    const first = await ask({}, { tenant: 'a' });
    const second = await ask({}, { tenant: 'b' });
    expect(provider.calls).toHaveLength(2);
    provider.calls[0]?.json(200, completion('for a'));
    provider.calls[1]?.json(200, completion('for b'));
    expect(first.sink.text).toContain('for a');
    expect((await ask({}, { tenant: 'b' })).sink.text).toContain('for b');
    expect(second.sink.head?.cache).toBe('miss');
  });

  const broken = () => {
    throw new Error('broken');
  };
  it.each<[string, Partial<AnswerCache>]>([
    ['peek throws', { peek: broken }],
    ['get throws', { get: broken }],
    ['get rejects', { get: () => Promise.reject(new Error('broken')) }],
    ['set throws', { set: broken }],
    ['set rejects', { set: () => Promise.reject(new Error('broken')) }],
  ])('whose %s fails no request', async (_name, fault) => {
    const { ask, provider } = set({ cache: { ...memory(), ...fault } });
    const { sink } = await ask();
    provider.last.json(200, completion('ok'));
    await turn();
    expect(sink.text).toContain('ok');
  });

  it('keeps an answer for 24 hours, or as long as it is told', async () => {
    for (const [cachePolicy, ttlMs] of [
      [{}, 86_400_000],
      [{ ttlMs: 5 }, 5],
    ] as const) {
      const setEntry = vi.fn();
      const { ask, provider } = set({ cache: { ...memory(), set: setEntry }, cachePolicy });
      await ask();
      provider.last.json(200, completion('ok'));
      expect(setEntry.mock.lastCall?.[2]).toMatchObject({ ttlMs });
    }
  });

  describe('is told about an answer', () => {
    const prices = {
      version: '2026-11-20',
      models: { priced: { input: 1, output: 10 }, odd: { input: -1, output: Number.NaN } },
    };
    const usage = (input: number, output: number) => ({
      usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
    });
    const told = async (model: string, body: object) => {
      const setEntry = vi.fn();
      const { ask, provider } = set({ cache: { ...memory(), set: setEntry }, prices });
      await ask({ model });
      provider.last.json(200, body);
      return { options: setEntry.mock.lastCall?.[2], provider };
    };

    it('what its call cost, how long it took, and tags to find it by', async () => {
      const { options, provider } = await told('priced', { ...completion('ok'), ...usage(1_000, 100) });
      expect(options).toEqual({
        ttlMs: 86_400_000,
        costUsd: 0.002,
        loadMs: expect.any(Number),
        tags: [`provider:${provider.id}`, `model:${provider.id}/priced`],
        origin: 'load',
      });
      expect(options.loadMs).toBeGreaterThan(0);
    });

    it.each([
      ['a model without a price', 'free', usage(1_000, 100)],
      ['an answer without usage', 'priced', { usage: null }],
      ['a price that is none', 'odd', usage(1_000, 100)],
    ])('and no cost for %s', async (_name, model, body) => {
      const { options } = await told(model, { ...completion('ok'), ...body });
      expect(options).toMatchObject({ tags: expect.any(Array) });
      expect(options.costUsd).toBeUndefined();
    });

    it('with the same list of tags for every answer of a model', async () => {
      const setEntry = vi.fn();
      const { ask, provider } = set({ cache: { ...memory(), set: setEntry } });
      for (const content of ['one', 'two']) {
        await ask({ messages: [{ role: 'user', content }] });
        provider.last.json(200, completion('ok'));
      }
      const [first, second] = setEntry.mock.calls.map(([, , options]) => options.tags);
      expect(first).toBeDefined();
      expect(second).toBe(first);
    });
  });
});
