import { describe, expect, it } from 'vitest';
import { upstreamTimeout, upstreamUnreachable } from '../src/errors.ts';
import type { Exchange } from '../src/exchange.ts';
import { createRouter, type RouterOptions } from '../src/router.ts';
import type { JsonObject } from '../src/wire-format.ts';
import { memory, turn } from './support/exchanges.ts';
import { record } from './support/recorder.ts';
import { message, scripted } from './support/scripted-provider.ts';

const messages = [{ role: 'user', content: 'How many tokens are these?' }];

function set(options: Partial<RouterOptions> = {}) {
  const claude = scripted('claude', ['anthropic-messages', 'anthropic-count-tokens']);
  const other = scripted('other', ['openai-chat', 'openai-embeddings']);
  const cache = memory();
  const router = createRouter({ providers: [claude, other], cache, ...options });
  const ask = async (body: JsonObject, more: Partial<Exchange> = {}) => {
    const sink = record();
    const raw = Buffer.from(JSON.stringify(body));
    router.answer({ protocol: 'anthropic-count-tokens', body, raw, ...more }, sink);
    await turn();
    return sink;
  };
  return { claude, other, cache, router, ask };
}

describe('a count of tokens', () => {
  it('is asked from Anthropic, bytes and all, and then from the cache', async () => {
    const { claude, ask } = set();
    const body = { model: 'claude/c', messages, tools: [{ type: 'web_search_20250305', name: 'web_search' }] };
    const sink = await ask(body);
    expect(claude.last.protocol).toBe('anthropic-count-tokens');
    expect(claude.last.text).toBe(JSON.stringify(body).replace('claude/c', 'c'));
    claude.last.json(200, '{"input_tokens": 2095}');
    expect(sink.text).toBe('{"input_tokens": 2095}');
    expect(sink.head).toMatchObject({ status: 200, cache: 'miss' });
    expect(sink.head).not.toHaveProperty('estimate');
    const again = await ask({ ...body, metadata: { user_id: 'u' } });
    expect(again.head).toMatchObject({ cache: 'hit', model: 'c' });
    expect(again.text).toBe('{"input_tokens": 2095}');
  });

  it('is told apart from the request that it counts', async () => {
    const { claude, ask } = set();
    const body = { model: 'claude/c', messages, max_tokens: 9 };
    await ask(body);
    claude.last.json(200, { input_tokens: 9 });
    const sink = await ask(body, { protocol: 'anthropic-messages' });
    claude.last.json(200, message('hi'));
    expect(JSON.parse(sink.text)).toEqual(message('hi'));
  });

  it('is our own estimate for models of others, who are not asked', async () => {
    const { other, ask } = set();
    const sink = await ask({ model: 'other/m', messages });
    expect(sink.head).toMatchObject({ status: 200, provider: 'other', model: 'm', estimate: true, cache: 'bypass' });
    expect(JSON.parse(sink.text)).toEqual({ input_tokens: 10 });
    expect(other.calls).toHaveLength(0);
  });

  it('is the count of the model that a route names first', async () => {
    const routes = { a: { targets: ['claude/c', 'other/m'] }, b: { targets: ['other/m', 'claude/c'] } };
    const { claude, ask } = set({ routes });
    expect((await ask({ model: 'b', messages })).head?.estimate).toBe(true);
    expect(claude.calls).toHaveLength(0);
    await ask({ model: 'a', messages });
    expect(claude.calls).toHaveLength(1);
  });

  it('is estimated also of what no other protocol can say', async () => {
    const { ask } = set();
    const odd = { type: 'web_search_tool_result', content: 'x'.repeat(360) };
    const sink = await ask({ model: 'other/m', messages: [{ role: 'user', content: [odd] }] });
    expect(JSON.parse(sink.text).input_tokens).toBeGreaterThan(90);
  });

  it.each([
    [{ model: 'other/m' }, 'messages'],
    [{ model: 'other/m', messages: 'hi' }, 'messages'],
    [{ model: 'other/m', messages: [{ role: 'robot', content: 'hi' }] }, 'messages[0].role'],
  ])('of what is no request is refused: %j', async (body, param) => {
    const { ask } = set();
    expect((await ask(body)).error).toMatchObject({ code: 'ROUTER_REQUEST_INVALID', status: 400, param });
  });

  it.each([
    ['has no such path', 404, { detail: 'Not Found' }],
    [
      'has no such path, in words of OpenAI',
      404,
      { error: { message: 'Invalid URL (POST /v1/messages/count_tokens)' } },
    ],
    [
      'has no such path, in words of Anthropic',
      404,
      { type: 'error', error: { type: 'not_found_error', message: 'Not found' } },
    ],
    ['does not take it there', 405, { error: 'Method Not Allowed' }],
    ['has not made it yet', 501, {}],
    ['is broken', 500, { type: 'error', error: { type: 'api_error', message: 'Internal server error' } }],
    ['has had enough', 429, { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } }],
    ['shows a web page', 404, '<html></html>'],
    ['answers with something else', 200, { ok: true }],
  ])('is estimated where the provider %s, and the estimate is not kept', async (_, status, answer) => {
    const { claude, cache, ask } = set();
    const sink = await ask({ model: 'claude/c', messages });
    claude.last.json(status, answer);
    expect(sink.head).toMatchObject({ status: 200, estimate: true, provider: 'claude', model: 'c' });
    expect(JSON.parse(sink.text)).toEqual({ input_tokens: 10 });
    // Nobody waits for another try.
    expect(claude.calls).toHaveLength(1);
    expect(cache.entries.size).toBe(0);
  });

  it.each([upstreamUnreachable('claude', { code: 'ECONNREFUSED' }), upstreamTimeout('claude', 'total', 10_000)])(
    'is estimated where there is no answer: %s',
    async (error) => {
      const { claude, ask } = set();
      const sink = await ask({ model: 'claude/c', messages });
      claude.last.receiver.onError(error);
      expect(sink.head).toMatchObject({ status: 200, estimate: true });
    },
  );

  it.each([
    ['the model', 404, { type: 'error', error: { type: 'not_found_error', message: 'model: c' } }],
    ['the key', 401, { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } }],
    ['the request', 400, { type: 'error', error: { type: 'invalid_request_error', message: 'messages: too many' } }],
  ])('is refused in the words of the provider where these are about %s', async (_, status, answer) => {
    const { claude, ask } = set();
    const sink = await ask({ model: 'claude/c', messages });
    claude.last.json(status, answer);
    expect(sink.head?.status).toBe(status);
    expect(JSON.parse(sink.text)).toEqual(answer);
  });

  it('is not waited for as an answer is', async () => {
    const { claude, ask } = set();
    await ask({ model: 'claude/c', messages });
    expect(claude.last.timeouts.totalMs).toBeLessThanOrEqual(10_000);
  });

  it('takes none of the tokens of a minute', async () => {
    const { claude, ask } = set({ limits: { models: { 'claude/c': { tokensPerMinute: 1 } }, queueMs: 0 } });
    await ask({ model: 'claude/c', messages });
    expect(claude.calls).toHaveLength(1);
  });

  it('says nothing of how the model answers', async () => {
    const { claude, router, ask } = set();
    for (let count = 0; count < 20; count++) {
      await ask({ model: 'claude/c', messages: [{ role: 'user', content: `${count}` }] });
      claude.calls.at(-1)?.json(500, { error: {} });
    }
    expect(router.health()).toMatchObject([{ model: 'c', isAvailable: true, counts: { calls: 0 } }]);
  });
});

describe('countTokens', () => {
  it('sends what is counted, and nothing else', async () => {
    const { claude, router } = set();
    const asked = router.countTokens({
      model: 'claude/c',
      system: 'Be brief.',
      prompt: 'Hi',
      maxTokens: 100,
      temperature: 0.5,
      tools: [{ name: 'f', parameters: { type: 'object' } }],
    });
    await turn();
    expect(JSON.parse(claude.last.text)).toEqual({
      model: 'c',
      system: 'Be brief.',
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ name: 'f', input_schema: { type: 'object' } }],
    });
    claude.last.json(200, { input_tokens: 321 });
    expect(await asked).toEqual({ inputTokens: 321, isEstimate: false, provider: 'claude', model: 'c', cache: 'miss' });
    const prompt = { model: 'claude/c', system: 'Be brief.', prompt: 'Hi' };
    const again = router.countTokens({ ...prompt, tools: [{ name: 'f', parameters: { type: 'object' } }] });
    expect(await again).toMatchObject({ inputTokens: 321, cache: 'hit' });
  });

  it('estimates for others, and rejects as they would', async () => {
    const { router, claude } = set();
    expect(await router.countTokens({ model: 'other/m', prompt: 'How many tokens are these?' })).toEqual({
      inputTokens: 10,
      isEstimate: true,
      provider: 'other',
      model: 'm',
      cache: 'bypass',
    });
    await expect(router.countTokens({ model: 'other/m' })).rejects.toMatchObject({ code: 'ROUTER_REQUEST_INVALID' });
    const asked = router.countTokens({ model: 'claude/c', prompt: 'Hi' });
    await turn();
    claude.last.json(401, { type: 'error', error: { type: 'authentication_error', message: 'no' } });
    await expect(asked).rejects.toMatchObject({ code: 'ROUTER_UPSTREAM_STATUS', status: 401 });
  });

  it('may be aborted', async () => {
    const { router, claude } = set();
    const aborting = new AbortController();
    const asked = router.countTokens({ model: 'claude/c', prompt: 'Hi', signal: aborting.signal });
    await turn();
    aborting.abort();
    await expect(asked).rejects.toMatchObject({ code: 'ROUTER_ABORTED' });
    expect(claude.last.aborted).toBe(true);
  });
});
