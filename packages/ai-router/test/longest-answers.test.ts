import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Exchange } from '../src/exchange.ts';
import { createLongestAnswers } from '../src/longest-answers.ts';
import { createRouter, type RouterOptions } from '../src/router.ts';
import type { JsonObject } from '../src/wire-format.ts';
import { record } from './support/recorder.ts';
import { completion, scripted } from './support/scripted-provider.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const price = { input: 1, output: 10 };
const prices = { version: '2026-01-01', models: { listed: { ...price, maxOutputTokens: 20_000 }, m: price } };
const hourMs = 3_600_000;

it('is what the price table knows, else the longest of late, which fades', () => {
  let time = 0;
  const longest = createLongestAnswers({ prices, now: () => time });
  longest.note('one', 'listed', 90_000);
  expect(longest.of('one', 'listed')).toBe(20_000);
  expect(longest.of('one', 'm')).toBe(1_000);
  longest.note('one', 'm', 16_000);
  longest.note('one', 'm', 2_000);
  expect(longest.of('one', 'm')).toBe(16_000);
  expect(longest.of('other', 'm')).toBe(1_000);
  time = hourMs;
  expect(longest.of('one', 'm')).toBe(8_000);
  longest.note('one', 'm', 9_000);
  time = 100 * hourMs;
  expect(longest.of('one', 'm')).toBe(1_000);
});

function set(options: Partial<RouterOptions> = {}) {
  const one = scripted('one', 'openai-chat', ['listed', 'm']);
  const other = scripted('other', 'openai-chat', ['m']);
  const router = createRouter({
    providers: [one, other],
    prices,
    limits: { models: { 'one/m': { tokensPerMinute: 50_000 }, 'one/listed': { tokensPerMinute: 50_000 } }, queueMs: 0 },
    ...options,
  });
  let asked = 0;
  const ask = async (model: string, body: JsonObject = {}, more: Partial<Exchange> = {}) => {
    const sink = record();
    const messages = [{ role: 'user', content: `question ${++asked}` }];
    router.answer({ protocol: 'openai-chat', body: { model, messages, ...body }, ...more }, sink);
    await vi.advanceTimersByTimeAsync(0);
    return sink;
  };
  const burst = async (model: string, body?: JsonObject) => {
    const before = one.calls.length;
    for (let count = 0; count < 200; count += 1) await ask(model, body);
    return one.calls.slice(before);
  };
  return { one, other, router, ask, burst };
}

const long = (tokens: number): object => ({
  ...(completion('long') as object),
  usage: { prompt_tokens: 5, completion_tokens: tokens, total_tokens: tokens + 5 },
});

it('a burst without limits of its own keeps to the tokens of a minute, by what its model can write', async () => {
  const { burst } = set();
  const calls = await burst('one/listed');
  // Two, and one that finds less room than it may need.
  expect(calls).toHaveLength(3);
});

it('where no table knows the model, by the longest answer seen', async () => {
  const { one, ask, burst, router } = set();
  await ask('one/m');
  one.last.json(200, long(20_000));
  expect(router.longestAnswerOf('one/m')).toBe(20_000);
  // One more by that, and one that finds less room than it may need.
  expect(await burst('one/m')).toHaveLength(2);
});

it('who waits for room reserves as much', async () => {
  const limits = { models: { 'one/listed': { tokensPerMinute: 50_000 } } };
  const { one, burst } = set({ limits });
  expect(await burst('one/listed')).toHaveLength(3);
  one.calls[0]?.json(200, completion('short'));
  await vi.advanceTimersByTimeAsync(0);
  expect(one.calls).toHaveLength(4);
  // What was used gives nothing back.
  one.calls[1]?.json(200, long(20_000));
  await vi.advanceTimersByTimeAsync(0);
  expect(one.calls).toHaveLength(4);
});

it('all answers to one request count', async () => {
  const { burst } = set();
  expect(await burst('one/m', { max_tokens: 2_000, n: 8 })).toHaveLength(3);
});

it('what a model can write at most is no reason never to ask it', async () => {
  const { one, ask } = set({ limits: { models: { 'one/listed': { tokensPerMinute: 10_000 } }, queueMs: 0 } });
  await ask('one/listed');
  const second = await ask('one/listed');
  expect(one.calls).toHaveLength(1);
  expect(second.error?.message).toContain('10000 tokens a minute');
  expect(second.error).toMatchObject({ code: 'ROUTER_LIMITED' });
  one.last.json(200, completion('short'));
  await ask('one/listed');
  expect(one.calls).toHaveLength(2);
  // What its client does ask for still is.
  const refused = await ask('one/listed', { max_tokens: 20_000 });
  expect(refused.error?.message).toContain('Shorten it');
});

it('calls at the same time are those of a race, and a hedge', () => {
  const targets = ['one/m', 'other/m', 'one/listed'];
  const { router } = set({
    routes: { race: { targets, strategy: 'race' }, hedged: { targets, hedge: true }, plain: { targets } },
    aliases: { quick: 'race' },
  });
  expect(['race', 'quick', 'hedged', 'plain', 'one/m', undefined].map(router.callsAtOnce)).toEqual([3, 3, 2, 1, 1, 1]);
});
