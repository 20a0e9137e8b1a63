import type { JsonObject } from '@hotpath/runtime';
import { type ErrorInfo, formats } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import { createCostEstimate } from '../../src/keys/estimate-cost.ts';
import { admit, admitted, bearer, codeOf, gate, prices, question, refused } from './gate.ts';
import { aMoment, makePlace, sqliteMissing } from './support.ts';

describe.skipIf(sqliteMissing)('a budget', () => {
  const setUp = (budgets: { usd: number; per: 'hour' | 'day' | 'total' }[]) => {
    const place = makePlace();
    const store = place.open();
    const { secret, key } = store.create({ name: 'ci', budgets });
    const gatekeeper = gate(place, store);
    return { place, store, key, ask: (body = question) => admit(gatekeeper, bearer(secret), body) };
  };

  it('holds back the most that a request may cost, and settles what it did', () => {
    // 10 tokens in, 100 out.
    const { store, key, ask, place } = setUp([{ usd: 2, per: 'day' }]);
    const first = admitted(ask());
    expect(store.spending.budgetsOf(key)).toMatchObject([{ reservedUsd: 1.1, spentUsd: 0 }]);
    const { error, headers } = refused(ask());
    expect(error).toMatchObject({ status: 429, type: 'rate_limit_error', code: 'SERVER_BUDGET_HELD' });
    expect(headers).toEqual({ 'retry-after': '1' });
    first.settle(0.2, { inputTokens: 9, outputTokens: 11 });
    admitted(ask()).settle(undefined);
    admitted(ask({ ...question, model: 'fast', max_tokens: 600 })).settle(0);
    expect(store.spending.budgetsOf(key)).toMatchObject([{ reservedUsd: 0, spentUsd: 1.3 }]);
    place.now += aMoment;
    expect(codeOf(ask({ ...question, max_tokens: 61 }))).toEqual([429, 'insufficient_quota']);
    admitted(ask({ ...question, max_tokens: 60 })).settle(0);
  });

  it('once used up says until when, and that trying again is in vain', () => {
    const { ask, place } = setUp([
      { usd: 2, per: 'hour' },
      { usd: 50, per: 'day' },
    ]);
    admitted(ask()).settle(2);
    const { error, headers } = refused(ask());
    expect(error).toEqual({
      status: 429,
      type: 'insufficient_quota',
      code: 'insufficient_quota',
      message:
        'The key "ci" has $0.00 left of its budget of $2.00 an hour, and this request may cost $1.10. It begins anew at 2026-11-21T16:00:00.000Z. Wait until then, ask for fewer output tokens, or have the budget raised.',
    });
    expect(headers).toEqual({ 'x-should-retry': 'false', 'retry-after': '1800' });
    place.now += 30 * 60_000 - 1;
    expect(refused(ask()).headers['retry-after']).toBe('1');
    place.now += 1;
    admitted(ask());
  });

  it('that never comes back says no time, nor does one that is too small for the request', () => {
    const total = setUp([{ usd: 1.1, per: 'total' }]);
    admitted(total.ask()).settle(1);
    expect(refused(total.ask()).headers).toEqual({ 'x-should-retry': 'false' });
    expect(refused(total.ask()).error.message).toMatch(/Have the budget raised\.$/);
    const small = setUp([{ usd: 1, per: 'day' }]);
    expect(refused(small.ask()).headers).toEqual({ 'x-should-retry': 'false' });
    expect(refused(small.ask()).error.message).toContain('Ask for fewer output tokens');
    admitted(small.ask({ ...question, max_tokens: 5 }));
  });

  it('reads in both protocols as what their clients know', () => {
    const { ask } = setUp([{ usd: 1.1, per: 'day' }]);
    admitted(ask()).settle(1.1);
    const { error } = refused(ask());
    expect(formats['openai-chat'].encodeError(error)).toMatchObject({
      error: { type: 'insufficient_quota', code: 'insufficient_quota' },
    });
    expect(formats['anthropic-messages'].encodeError(error)).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error' },
    });
    const missing = { status: 401, type: 'authentication_error', code: 'SERVER_KEY_MISSING', message: '…' };
    for (const protocol of ['openai-chat', 'anthropic-messages'] as const) {
      const body = formats[protocol].encodeError(missing satisfies ErrorInfo);
      expect(body).toMatchObject({ error: { type: 'authentication_error' } });
    }
  });

  it('is not asked for what has no price, while anything is left', () => {
    const { ask } = setUp([{ usd: 1, per: 'day' }]);
    const local = { ...question, model: 'ollama/llama' };
    admitted(ask(local)).settle(0);
    admitted(ask(local)).settle(1);
    expect(codeOf(ask(local))).toEqual([429, 'insufficient_quota']);
  });

  it('counts every answer of a request, at the dearest model that may give it', () => {
    const estimate = createCostEstimate({
      costOf: (model, { inputTokens, outputTokens }) => prices[model] && prices[model] * (inputTokens + outputTokens),
      inputTokensOf: () => 10,
    });
    const of = (body: JsonObject, ...models: string[]) => estimate('openai-chat', body, models);
    expect(of({ max_tokens: 90 }, 'openai/gpt-4o-mini', 'openai/gpt-4o', 'groq/llama')).toEqual({
      mostUsd: expect.closeTo(1, 9),
      leastUsd: expect.closeTo(1, 9),
    });
    expect(of({ max_completion_tokens: 10, n: 4 }, 'openai/gpt-4o')?.mostUsd).toBeCloseTo(0.5, 9);
    expect(of({ max_output_tokens: 0 }, 'openai/gpt-4o')?.mostUsd).toBeCloseTo(10.1, 9);
    expect(of({}, 'groq/llama')).toBeUndefined();
    expect(of({})).toBeUndefined();
    // Vectors are no tokens, and counting is free.
    expect(estimate('openai-embeddings', { max_tokens: 90 }, ['openai/gpt-4o'])?.mostUsd).toBeCloseTo(0.1, 9);
    expect(estimate('anthropic-count-tokens', { max_tokens: 90 }, ['groq/llama'])?.mostUsd).toBe(0);
  });

  it('without a limit of the request counts the longest answer of its model, as often as it is asked at the same time', () => {
    const estimate = createCostEstimate({
      costOf: (model, { inputTokens, outputTokens }) => prices[model] && prices[model] * (inputTokens + outputTokens),
      inputTokensOf: () => 10,
      longestAnswerOf: (model) => (model === 'openai/gpt-4o' ? 4_000 : 90_000),
      callsAtOnce: (name) => (name === 'race' ? 3 : 1),
    });
    const of = (body: JsonObject, ...models: string[]) => {
      const { mostUsd = Number.NaN, leastUsd = Number.NaN } = estimate('openai-chat', body, models) ?? {};
      return [mostUsd, leastUsd].map((usd) => Number(usd.toFixed(6)));
    };
    expect(of({ model: 'gpt-4o' }, 'openai/gpt-4o')).toEqual([40.1, 10.1]);
    expect(of({ model: 'gpt-4o', n: 2 }, 'openai/gpt-4o')).toEqual([80.1, 20.1]);
    expect(of({ model: 'race' }, 'openai/gpt-4o', 'openai/gpt-4o-mini')).toEqual([270.03, 30.3]);
    expect(of({ model: 'race', max_tokens: 90 }, 'openai/gpt-4o')).toEqual([3, 3]);
  });

  it('with less room than the longest answer costs lets one call at a time use it', () => {
    const place = makePlace();
    const store = place.open();
    const { secret, key } = store.create({ name: 'ci', budgets: [{ usd: 20, per: 'day' }] });
    const gatekeeper = gate(place, store, { estimateUsd: () => ({ mostUsd: 15, leastUsd: 2 }) });
    const ask = () => admit(gatekeeper, bearer(secret));
    const reserved = () => store.spending.budgetsOf(key)[0]?.reservedUsd;
    const first = admitted(ask());
    expect(first.leftUsd).toBe(2);
    expect(reserved()).toBe(15);
    const second = admitted(ask());
    expect(reserved()).toBe(20);
    expect(codeOf(ask())).toEqual([429, 'SERVER_BUDGET_HELD']);
    first.settle(1);
    second.settle(undefined);
    expect(store.spending.budgetsOf(key)).toMatchObject([{ reservedUsd: 0, spentUsd: 6 }]);
    admitted(ask()).settle(13);
    expect(codeOf(ask())).toEqual([429, 'insufficient_quota']);
  });
});
