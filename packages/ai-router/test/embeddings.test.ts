import { describe, expect, it, vi } from 'vitest';
import type { Exchange } from '../src/exchange.ts';
import { createRouter, type RouterOptions } from '../src/router.ts';
import type { JsonObject } from '../src/wire-format.ts';
import { memory, turn } from './support/exchanges.ts';
import { record } from './support/recorder.ts';
import { completion, type ScriptedCall, scripted } from './support/scripted-provider.ts';
import { embeddings } from './support/vectors.ts';

const openai = ['openai-chat', 'openai-embeddings'] as const;

function set(options: Partial<RouterOptions> = {}) {
  const providers = {
    one: scripted('one', openai),
    two: scripted('two', openai),
    claude: scripted('claude', ['anthropic-messages', 'anthropic-count-tokens']),
  };
  const cache = memory();
  const router = createRouter({ providers: Object.values(providers), cache, ...options });
  const ask = async (body: JsonObject, more: Partial<Exchange> = {}, raw = Buffer.from(JSON.stringify(body))) => {
    const sink = record();
    router.answer({ protocol: 'openai-embeddings', body, raw, ...more }, sink);
    await turn();
    return { sink, raw };
  };
  return { ...providers, cache, router, ask };
}

describe('a request for embeddings', () => {
  it('passes to the letter but for the name of its model, and so does its answer, by the megabyte', async () => {
    const { one, ask } = set();
    const input = Array.from({ length: 2048 }, (_, index) => `text ${index} "quoted" ü`);
    const body = `{ "input" : ${JSON.stringify(input)},\n "encoding_format":"float", "model" : "one/m"}`;
    const { sink } = await ask(JSON.parse(body), {}, Buffer.from(body));
    expect(one.last.protocol).toBe('openai-embeddings');
    expect(one.last.stream).toBe(false);
    expect(one.last.text).toBe(body.replace('one/m', 'm'));
    const vectors = input.map((_, index) => Array.from({ length: 20 }, (_, at) => Math.sin(index + at)));
    // Spaced as OpenAI spaces its numbers.
    const answer = JSON.stringify(embeddings(vectors, 9000), null, 2);
    const parse = vi.spyOn(JSON, 'parse');
    one.last.json(200, answer);
    const longest = Math.max(...parse.mock.calls.map(([text]) => text.length));
    parse.mockRestore();
    // It would hold up everything else.
    expect(longest).toBeLessThan(1000);
    expect(sink.text).toBe(answer);
    expect(sink.head).toMatchObject({ status: 200, cache: 'miss', usage: { inputTokens: 9000, outputTokens: 0 } });
  });

  it('is answered from the cache, whatever temperature the cache wants, apart by encoding and length', async () => {
    const { one, ask } = set({ cachePolicy: { temperature: 'zero' } });
    const body = { model: 'one/m', input: 'x' };
    await ask(body);
    one.last.json(200, embeddings([[1, 2]]));
    const again = await ask({ ...body, user: 'somebody' });
    expect(again.sink.head).toMatchObject({ cache: 'hit', costUsd: 0 });
    expect(JSON.parse(again.sink.text)).toEqual(embeddings([[1, 2]]));
    for (const more of [{ encoding_format: 'base64' }, { dimensions: 256 }, { input: ['x'] }]) {
      await ask({ ...body, ...more });
    }
    expect(one.calls).toHaveLength(4);
  });

  it('is never a stream, whatever it asks for', async () => {
    const { one, ask } = set();
    await ask({ model: 'one/m', input: 'x', stream: true });
    expect(one.last.stream).toBe(false);
    one.last.json(200, embeddings([[1]]));
    expect((await ask({ model: 'one/m', input: 'x', stream: true })).sink.head?.cache).toBe('hit');
  });

  it('is answered with more than answers in words may have, which is not kept', async () => {
    const { one, cache, ask } = set({ cachePolicy: { maxAnswerBytes: 1000 } });
    const { sink } = await ask({ model: 'one/m', input: 'x' });
    one.last.json(200, embeddings([Array.from({ length: 1000 }, Math.random)]));
    expect(sink.head?.status).toBe(200);
    expect(cache.entries.size).toBe(0);
  });

  it('shares a call with others that ask the same', async () => {
    const { one, ask } = set();
    const [first, second] = [await ask({ model: 'one/m', input: 'x' }), await ask({ input: 'x', model: 'one/m' })];
    expect(one.calls).toHaveLength(1);
    one.last.json(200, embeddings([[1]]));
    expect([first.sink.head?.cache, second.sink.head?.cache]).toEqual(['miss', 'coalesced']);
  });

  it('is priced by its input alone', async () => {
    const { one, ask } = set();
    const { sink } = await ask({ model: 'one/text-embedding-3-large', input: 'x' });
    one.last.json(200, embeddings([[1]], 1_000_000));
    expect(sink.head?.costUsd).toBeCloseTo(0.13, 9);
  });

  it('counts against limits by what it sends: there is no answer in tokens to leave room for', async () => {
    const limits = { models: { 'one/m': { tokensPerMinute: 100 } }, queueMs: 0 };
    const { one, ask } = set({ limits });
    await ask({ model: 'one/m', input: 'x'.repeat(180) });
    one.last.json(200, embeddings([[1]], 60));
    const { sink } = await ask({ model: 'one/m', input: 'y'.repeat(180) });
    expect(sink.error).toMatchObject({ code: 'ROUTER_LIMITED', status: 429 });
    await ask({ model: 'one/m', input: 'z'.repeat(140) });
    expect(one.calls).toHaveLength(2);
  });

  it.each([
    [{ input: 'x' }, 'model'],
    [{ model: 'one/m' }, 'input'],
    [{ model: 'one/m', input: [] }, 'input'],
    [{ model: 'one/m', input: 7 }, 'input'],
  ])('is refused before anyone is asked where it is none: %j', async (body, param) => {
    const { one, ask } = set({ defaultModel: 'one/m' });
    const { sink } = await ask(body);
    expect(sink.error).toMatchObject({ code: 'ROUTER_REQUEST_INVALID', param, status: 400 });
    expect(one.calls).toHaveLength(0);
  });

  it('to a model of Anthropic is refused with what to name instead', async () => {
    const { claude, ask } = set();
    const { sink } = await ask({ model: 'claude/claude-sonnet-5', input: 'x' });
    expect(sink.error).toMatchObject({ code: 'ROUTER_OPERATION_UNSUPPORTED', status: 400, param: 'model' });
    expect(sink.error?.message).toContain('claude/claude-sonnet-5 cannot be asked for embeddings');
    expect(claude.calls).toHaveLength(0);
  });

  it("keeps the provider's own refusal, byte for byte", async () => {
    const { one, ask } = set();
    const { sink } = await ask({ model: 'one/m', input: 'x' });
    const refusal = '{"error": {"message":"maximum context length is 8192 tokens", "type":"invalid_request_error"}}';
    one.last.json(400, refusal);
    expect(sink.text).toBe(refusal);
    expect(sink.head?.status).toBe(400);
  });

  it.each([
    ['no vectors', { object: 'list', data: [] }],
    ['something else', completion('hi')],
    ['half an answer', '{"object":"list","data":[{"embedding":[0.1'],
    ['a web page', '<html></html>'],
  ])('is not satisfied with %s, and does not keep it', async (_, answer) => {
    const { one, cache, ask } = set({ attempts: { maxAttempts: 1 } });
    const { sink } = await ask({ model: 'one/m', input: 'x' });
    one.last.json(200, answer);
    expect(sink.error).toMatchObject({ code: 'ROUTER_ANSWER_INVALID', status: 502 });
    expect(cache.entries.size).toBe(0);
  });
});

describe('where an embedding fails, it is asked for elsewhere', () => {
  const down = { error: { message: 'down', type: 'server_error', code: 'model_not_found' } };
  const failing = async (targets: readonly string[], more: object = {}, fallbacks?: readonly string[]) => {
    const all = set({ routes: { vectors: { targets, ...more } } });
    await all.ask({ model: 'vectors', input: 'x' }, fallbacks ? { fallbacks } : {});
    const asked: string[] = [];
    const refused = new Set<ScriptedCall>();
    for (let round = 0; round < 4; round++) {
      for (const { id, calls } of [all.one, all.two, all.claude]) {
        for (const call of calls) {
          if (refused.has(call)) continue;
          refused.add(call);
          asked.push(`${id}/${JSON.parse(call.text).model}`);
          call.json(404, down);
        }
      }
      await turn();
    }
    return asked;
  };

  it('by the same model, since vectors of different models cannot be compared', async () => {
    expect(await failing(['one/m', 'two/other', 'two/m'])).toEqual(['one/m', 'two/m']);
    expect(await failing(['one/m', 'two/other'])).toEqual(['one/m']);
  });

  it('by other models too where the route says that it does not matter', async () => {
    expect(await failing(['one/m', 'two/other'], { mixEmbeddings: true })).toEqual(['one/m', 'two/other']);
  });

  it('by fallbacks of the request under the same rule', async () => {
    expect(await failing(['one/m'], {}, ['two/other'])).toEqual(['one/m']);
    expect(await failing(['one/m'], {}, ['two/m'])).toEqual(['one/m', 'two/m']);
  });

  it('never by those who make none: the first who does says which model it is', async () => {
    expect(await failing(['claude/c', 'one/m', 'two/m'], { strategy: 'race' })).toEqual(['one/m', 'two/m']);
  });

  it('without the checks that the route has for words', async () => {
    const { one, ask } = set({ routes: { vectors: { targets: ['one/m', 'two/m'], check: { json: true } } } });
    const { sink } = await ask({ model: 'vectors', input: 'x' });
    one.last.json(200, embeddings([[1]]));
    expect(sink.head?.status).toBe(200);
  });

  it('and the health of the target tells', async () => {
    const { one, ask, router } = set();
    await ask({ model: 'one/m', input: 'x' });
    one.last.json(200, embeddings([[1]]));
    expect(router.health()).toMatchObject([{ provider: 'one', model: 'm', counts: { calls: 1, succeeded: 1 } }]);
  });
});
