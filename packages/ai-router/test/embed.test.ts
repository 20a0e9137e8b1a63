import { describe, expect, it } from 'vitest';
import { sim } from '../src/providers/sim.ts';
import { createRouter, type RouterOptions } from '../src/router.ts';
import { memory, turn } from './support/exchanges.ts';
import { record } from './support/recorder.ts';
import { type ScriptedCall, scripted } from './support/scripted-provider.ts';
import { base64, embeddings } from './support/vectors.ts';

const model = 'p/text-embedding-3-small';

function set(options: Partial<RouterOptions> = {}) {
  const provider = scripted('p', ['openai-chat', 'openai-embeddings']);
  const cache = memory();
  const router = createRouter({ providers: [provider], cache, attempts: { maxAttempts: 1 }, ...options });
  return { provider, cache, router };
}

const inputOf = ({ text }: ScriptedCall): readonly string[] => [JSON.parse(text).input].flat();

/** A vector that tells the text it is of. */
const vectorOf = (text: string): number[] => [text.length, text.charCodeAt(0)];

/** Answers as a provider would, tokens by the length of the texts. */
const answer = (call: ScriptedCall): void => {
  const texts = inputOf(call);
  const vectors = texts.map((text) => base64(...vectorOf(text)));
  call.json(200, embeddings(vectors, texts.join('').length));
};

describe('embed', () => {
  it('turns a text into a vector, in base64 on its way', async () => {
    const { provider, router } = set();
    const asked = router.embed({ model, input: 'hello', dimensions: 2 });
    await turn();
    expect(JSON.parse(provider.last.text)).toEqual({
      model: 'text-embedding-3-small',
      input: 'hello',
      encoding_format: 'base64',
      dimensions: 2,
    });
    answer(provider.last);
    expect(await asked).toEqual({
      embeddings: [vectorOf('hello')],
      provider: 'p',
      model: 'text-embedding-3-small',
      reused: 0,
      usage: { inputTokens: 5, outputTokens: 0 },
      costUsd: 5 * 0.02e-6,
      latencyMs: expect.any(Number),
    });
  });

  it('reads numbers too, of servers that know nothing else', async () => {
    const { provider, router } = set();
    const asked = router.embed({ model, input: ['a', 'b'] });
    await turn();
    provider.last.json(200, embeddings([[0.5, -1], [2e-5]]));
    expect((await asked).embeddings).toEqual([[0.5, -1], [2e-5]]);
  });

  it('puts many texts into calls, some at once, and the vectors in order whoever comes first', async () => {
    const { provider, router } = set();
    const input = ['one', 'two', 'three', 'four', 'five'];
    const asked = router.embed({ model, input, inputsPerCall: 2, concurrency: 2 });
    await turn();
    expect(provider.calls.map(inputOf)).toEqual([
      ['one', 'two'],
      ['three', 'four'],
    ]);
    answer(provider.calls[1] as ScriptedCall);
    await turn();
    expect(inputOf(provider.last)).toEqual(['five']);
    answer(provider.last);
    const [first] = provider.calls;
    // A provider may answer in any order as long as it says which is which.
    first?.json(200, {
      data: [
        { index: 1, embedding: base64(...vectorOf('two')) },
        { index: 0, embedding: base64(...vectorOf('one')) },
      ],
      usage: { prompt_tokens: 6 },
    });
    expect(await asked).toMatchObject({ embeddings: input.map(vectorOf), usage: { inputTokens: 19 }, reused: 0 });
  });

  it('puts no more tokens into a call than any provider takes', async () => {
    const { provider, router } = set();
    const long = ['a', 'b', 'c'].map((letter) => letter.repeat(300_000));
    const asked = router.embed({ model, input: long });
    await turn();
    expect(provider.calls.map((call) => inputOf(call).length)).toEqual([2, 1]);
    for (const call of provider.calls) answer(call);
    await asked;
  });

  it('asks once for each text, ever: what comes with it does not matter', async () => {
    const { provider, router } = set();
    const first = router.embed({ model, input: ['a', 'bb', 'a'] });
    await turn();
    expect(inputOf(provider.last)).toEqual(['a', 'bb']);
    answer(provider.last);
    expect(await first).toMatchObject({ embeddings: ['a', 'bb', 'a'].map(vectorOf), reused: 1 });
    const second = router.embed({ model, input: ['ccc', 'bb', 'd'] });
    await turn();
    expect(inputOf(provider.last)).toEqual(['ccc', 'd']);
    answer(provider.last);
    expect(await second).toMatchObject({
      embeddings: ['ccc', 'bb', 'd'].map(vectorOf),
      reused: 1,
      usage: { inputTokens: 4 },
    });
    expect(await router.embed({ model, input: ['d', 'a'] })).toMatchObject({
      embeddings: ['d', 'a'].map(vectorOf),
      provider: 'p',
      reused: 2,
      usage: { inputTokens: 0 },
      costUsd: 0,
    });
    expect(provider.calls).toHaveLength(2);
  });

  it('tells what was saved: the tokens of a call are shared out among its texts', async () => {
    const { provider, router } = set();
    const asked = router.embed({ model, input: ['abc', 'abcdefg'] });
    await turn();
    answer(provider.last);
    await asked;
    await router.embed({ model, input: ['abc', 'abcdefg'] });
    expect(router.savings().total).toMatchObject({ paidDollars: 10 * 0.02e-6, saved: { cache: 10 * 0.02e-6 } });
  });

  it('shares entries with requests for one text, both ways', async () => {
    const { provider, router } = set();
    const asked = router.embed({ model, input: ['left', 'right'] });
    await turn();
    answer(provider.last);
    await asked;
    const sink = record();
    const body = { model, input: 'left', encoding_format: 'base64' };
    router.answer({ protocol: 'openai-embeddings', body }, sink);
    await turn();
    expect(sink.head).toMatchObject({ cache: 'hit', contentType: 'application/json' });
    expect(JSON.parse(sink.text)).toMatchObject({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: base64(...vectorOf('left')) }],
      usage: { prompt_tokens: 5, total_tokens: 5 },
    });
    router.answer({ protocol: 'openai-embeddings', body: { ...body, input: 'new' } }, record());
    await turn();
    answer(provider.last);
    expect(await router.embed({ model, input: ['new'] })).toMatchObject({ embeddings: [vectorOf('new')], reused: 1 });
  });

  it('shares a call in flight for the same text', async () => {
    const { provider, router } = set();
    const both = [router.embed({ model, input: 'same' }), router.embed({ model, input: 'same' })];
    await turn();
    expect(provider.calls).toHaveLength(1);
    answer(provider.last);
    const results = await Promise.all(both);
    expect(results.map(({ costUsd }) => costUsd)).toEqual([4 * 0.02e-6, 0]);
    expect(results.map(({ reused }) => reused)).toEqual([0, 1]);
  });

  it.each([
    ['refresh', 2, 1],
    ['off', 2, 0],
  ] as const)('with cache: %s asks again', async (cache, calls, kept) => {
    const { provider, router, cache: store } = set();
    for (let count = 0; count < 2; count++) {
      const asked = router.embed({ model, input: 'x', cache });
      await turn();
      answer(provider.last);
      await asked;
    }
    expect(provider.calls).toHaveLength(calls);
    expect(store.entries.size).toBe(kept);
  });

  it('keeps tenants and lengths apart', async () => {
    const { provider, router } = set();
    for (const more of [{}, { tenant: 'a' }, { tenant: 'b' }, { dimensions: 2 }]) {
      const asked = router.embed({ model, input: ['x', 'y'], ...more });
      await turn();
      answer(provider.last);
      await asked;
    }
    expect(provider.calls).toHaveLength(4);
  });

  it('fails where a call fails, stops the others, and keeps what was made', async () => {
    const { provider, router } = set();
    const options = { model, input: ['a', 'b', 'c', 'd', 'e'], inputsPerCall: 1, concurrency: 3 };
    const asked = router.embed(options);
    await turn();
    const [first, second, third] = provider.calls as [ScriptedCall, ScriptedCall, ScriptedCall];
    answer(first);
    await turn();
    second.json(400, { error: { message: 'too long', type: 'invalid_request_error' } });
    await expect(asked).rejects.toMatchObject({ code: 'ROUTER_UPSTREAM_STATUS', status: 400 });
    expect(third.aborted).toBe(true);
    await turn();
    const made = provider.calls.length;
    const again = router.embed(options);
    await turn();
    expect(provider.calls.slice(made).map(inputOf)).toEqual([['b'], ['c'], ['d']]);
    again.then(undefined, () => {});
    await router.close();
  });

  it('is aborted by its caller', async () => {
    const { provider, router } = set();
    const aborting = new AbortController();
    const asked = router.embed({ model, input: ['a', 'b'], signal: aborting.signal });
    await turn();
    aborting.abort();
    await expect(asked).rejects.toMatchObject({ code: 'ROUTER_ABORTED' });
    expect(provider.last.aborted).toBe(true);
    await expect(router.embed({ model, input: 'a', signal: aborting.signal })).rejects.toMatchObject({
      code: 'ROUTER_ABORTED',
    });
  });

  it.each([
    ['fewer', [[1]]],
    ['more', [[1], [2], [3]]],
  ])('does not take %s vectors than texts', async (_, vectors) => {
    const { provider, router, cache } = set();
    const asked = router.embed({ model, input: ['a', 'b'] });
    await turn();
    provider.last.json(200, embeddings(vectors));
    await expect(asked).rejects.toMatchObject({ code: 'ROUTER_ANSWER_INVALID' });
    expect(cache.entries.size).toBe(0);
  });

  it.each([
    [{ model: '', input: 'x' }, 'model'],
    [{ model, input: [] }, 'input'],
    [{ model, input: ['x', ''] }, 'input'],
    [{ model, input: 7 as never }, 'input'],
    [{ model, input: 'x', concurrency: 0 }, 'concurrency'],
    [{ model, input: 'x', inputsPerCall: 1.5 }, 'inputsPerCall'],
  ])('refuses %j', async (options, param) => {
    await expect(set().router.embed(options)).rejects.toMatchObject({ code: 'ROUTER_REQUEST_INVALID', param });
  });

  it('works without a cache', async () => {
    const provider = scripted('p', ['openai-chat', 'openai-embeddings']);
    const router = createRouter({ providers: [provider] });
    const asked = router.embed({ model, input: ['a', 'b'] });
    await turn();
    answer(provider.last);
    expect((await asked).embeddings).toEqual(['a', 'b'].map(vectorOf));
  });
});

describe('the simulator', () => {
  const near = (one: readonly number[], other: readonly number[]): number =>
    one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);

  it('makes the same vector of the same text, and near ones of texts with words in common', async () => {
    const router = createRouter({ providers: [sim()] });
    const input = ['The cat sat on the mat.', 'the CAT sat on a mat', 'Prices of copper rose in March.'];
    const embed = (texts: readonly string[]) => router.embed({ model: 'sim-1', input: texts });
    const { embeddings: vectors } = await embed(input);
    const [cat, alsoCat, copper] = vectors as [number[], number[], number[]];
    expect(cat).toHaveLength(64);
    expect(near(cat, cat)).toBeCloseTo(1, 5);
    expect(near(cat, alsoCat)).toBeGreaterThan(0.8);
    expect(near(cat, copper)).toBeLessThan(0.5);
    expect((await embed(['other', input[0] as string])).embeddings[1]).toEqual(cat);
    expect((await router.embed({ model: 'sim-1', input: 'x', dimensions: 8 })).embeddings[0]).toHaveLength(8);
  });
});
