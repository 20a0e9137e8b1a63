import { describe, expect, it } from 'vitest';
import type { Provider } from '../src/provider.ts';
import { sim } from '../src/providers/sim.ts';
import { createRouter } from '../src/router.ts';
import { completion, events, message, scripted } from './support/scripted-provider.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

const providerParts = ({ protocols, send, close }: Provider) => ({ protocols, send, close });

describe('query', () => {
  it.each([
    ['openai-chat', completion('ok')],
    ['anthropic-messages', message('ok')],
  ] as const)('asks in %s and reads the answer', async (protocol, body) => {
    const provider = scripted('p', protocol);
    const router = createRouter({ providers: [provider] });
    const asked = router.query({ model: 'p/m', system: 'Be brief.', prompt: 'hi', maxTokens: 7 });
    await turn();
    expect(JSON.parse(provider.last.text)).toMatchObject({ model: 'm' });
    provider.last.json(200, body);
    expect(await asked).toMatchObject({
      text: 'ok',
      provider: 'p',
      finishReason: 'stop',
      usage: { inputTokens: 3, outputTokens: 2 },
    });
  });

  it("rejects with the provider's refusal", async () => {
    const provider = scripted();
    const router = createRouter({ providers: [provider], attempts: { maxAttempts: 1 } });
    const asked = router.query({ model: 'm', prompt: 'hi' });
    await turn();
    provider.last.json(429, { error: { message: 'slow down', type: 'rate_limit_error' } });
    await expect(asked).rejects.toMatchObject({ code: 'ROUTER_UPSTREAM_STATUS', status: 429, isRetryable: true });
  });

  it('costs what the table says, and nothing from the cache', async () => {
    const provider = scripted();
    const entries = new Map();
    const router = createRouter({
      providers: [provider],
      prices: { version: '1', models: { m: { input: 1_000_000, output: 0 } } },
      cache: { get: (key) => entries.get(key), set: (key, answer) => entries.set(key, answer) },
    });
    const first = router.query({ model: 'm', prompt: 'hi' });
    await turn();
    provider.last.json(200, completion('ok'));
    expect(await first).toMatchObject({ costUsd: 3, cache: 'miss' });
    expect(await router.query({ model: 'm', prompt: 'hi' })).toMatchObject({ costUsd: 0, cache: 'hit' });
  });

  it('is cancelled by its signal, at the provider too', async () => {
    const provider = scripted();
    const router = createRouter({ providers: [provider] });
    const stop = new AbortController();
    const asked = router.query({ model: 'm', prompt: 'hi', signal: stop.signal });
    await turn();
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: 'ROUTER_ABORTED' });
    expect(provider.last.aborted).toBe(true);
    await expect(router.query({ model: 'm', prompt: 'hi', signal: stop.signal })).rejects.toMatchObject({
      code: 'ROUTER_ABORTED',
    });
  });

  it.each(['at once', 'while its model is looked up'])(
    'is cancelled by its signal %s, before any call',
    async (when) => {
      const provider = scripted();
      const slow = { ...providerParts(provider), id: 'q', models: () => new Promise<never>(() => {}) };
      const router = createRouter({ providers: [provider, slow] });
      const stop = new AbortController();
      const model = when === 'at once' ? 'p/m' : 'mystery';
      const asked = router.query({ model, prompt: 'hi', signal: stop.signal });
      stop.abort();
      await expect(asked).rejects.toMatchObject({ code: 'ROUTER_ABORTED' });
      await turn();
      expect(provider.calls).toHaveLength(0);
    },
  );

  it('needs something to ask', async () => {
    const router = createRouter({ providers: [scripted()] });
    await expect(router.query({ model: 'm' })).rejects.toMatchObject({ code: 'ROUTER_REQUEST_INVALID' });
  });
});

describe('stream', () => {
  it('hands over the text as it comes, then the result', async () => {
    const provider = scripted();
    const router = createRouter({ providers: [provider] });
    const answer = router.stream({ model: 'm', prompt: 'hi' });
    await turn();
    const parts = events('Hel', 'lo');
    provider.last.open();
    provider.last.send(...parts.slice(0, 2));
    const reader = answer[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ value: 'Hel', done: false });
    provider.last.send(...parts.slice(2));
    expect(await reader.next()).toEqual({ value: 'lo', done: false });
    expect((await reader.next()).done).toBe(true);
    expect(await answer.result).toMatchObject({
      text: 'Hello',
      finishReason: 'stop',
      firstTokenMs: expect.any(Number),
    });
  });

  it('that is cut rejects after what arrived', async () => {
    const provider = scripted();
    const router = createRouter({ providers: [provider] });
    const answer = router.stream({ model: 'm', prompt: 'hi' });
    await turn();
    provider.last.open();
    provider.last.send(...events('Hel', 'lo').slice(0, 2));
    provider.last.end();
    let text = '';
    const reading = (async () => {
      for await (const piece of answer) text += piece;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ROUTER_UPSTREAM_CUT' });
    expect(text).toBe('Hel');
  });

  it('that is broken off cancels the call', async () => {
    const provider = scripted();
    const router = createRouter({ providers: [provider] });
    const answer = router.stream({ model: 'm', prompt: 'hi' });
    await turn();
    provider.last.open();
    provider.last.send(...events('Hel', 'lo').slice(0, 2));
    for await (const _piece of answer) break;
    expect(provider.last.aborted).toBe(true);
    await expect(answer.result).rejects.toMatchObject({ code: 'ROUTER_ABORTED' });
  });

  it('that is left while the first piece is awaited cancels the call at once', async () => {
    const provider = scripted();
    const router = createRouter({ providers: [provider] });
    const answer = router.stream({ model: 'm', prompt: 'hi' });
    const reader = answer[Symbol.asyncIterator]();
    const first = reader.next();
    await turn();
    await reader.return?.();
    expect(provider.last.aborted).toBe(true);
    expect((await first).done).toBe(true);
    expect(() => answer[Symbol.asyncIterator]()).toThrow(/iterated once/);
  });

  it('gives each of two pieces asked for at once', async () => {
    const router = createRouter({ providers: [sim({ tokensPerSecond: 1000 })] });
    const reader = router.stream({ model: 'sim-1', prompt: 'one two three' })[Symbol.asyncIterator]();
    const [first, second] = await Promise.all([reader.next(), reader.next()]);
    expect([first.done, second.done]).toEqual([false, false]);
  });

  it('can be awaited without being read', async () => {
    const router = createRouter({ providers: [sim()] });
    const { result } = router.stream({ model: 'sim-1', prompt: 'word '.repeat(2000) });
    expect((await result).text).toContain('word word');
  });
});

describe('the simulator', () => {
  it('says that it is one, answers the same each time, and knows its models', async () => {
    const router = createRouter({ providers: [sim()] });
    const [first, second] = await Promise.all([
      router.query({ model: 'sim-1', prompt: 'hi', cache: 'off' }),
      router.query({ model: 'sim/sim-1', prompt: 'hi', cache: 'off' }),
    ]);
    expect(first.text).toMatch(/Simulated by Hotpath.*hi/);
    expect(second.text).toBe(first.text);
    await expect(router.query({ model: 'gpt-4o', prompt: 'hi' })).rejects.toMatchObject({ status: 404 });
  });

  it('fails the share it is told to, the same ones on every run', async () => {
    const run = async () => {
      const router = createRouter({ providers: [sim({ errorRate: 0.3 })], attempts: { maxAttempts: 1 } });
      const prompts = Array.from({ length: 100 }, (_, index) => ({ model: 'sim-1', prompt: `${index}` }));
      return (await router.batchQuery(prompts, { concurrency: 1 })).map(({ ok }) => ok);
    };
    const first = await run();
    const failures = first.filter((ok) => !ok).length;
    expect(failures).toBeGreaterThan(15);
    expect(failures).toBeLessThan(45);
    expect(await run()).toEqual(first);
  });
});
