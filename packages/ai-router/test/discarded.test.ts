import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { upstreamClosed } from '../src/errors.ts';
import { channels, type RequestEndEvent } from '../src/events.ts';
import { createRouter, type RouterOptions } from '../src/router.ts';
import type { RouteOptions } from '../src/routes.ts';
import { record } from './support/recorder.ts';
import { completion, events, scripted } from './support/scripted-provider.ts';
import { settle, set as twoProviders } from './support/two-providers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A dollar for an input token, a thousand for one of output. */
const prices = { version: '2026-01-01', models: { m: { input: 1e6, output: 1e9 } } };
const inputTokens = 5;

const set = (route: Partial<RouteOptions> = {}, options: Partial<RouterOptions> = {}) =>
  twoProviders(route, { prices, ...options });

const stream = { stream: true, stream_options: { include_usage: true } };
const usageEvent = `data: ${JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
})}\n\n`;
/** The events of a whole stream that tells 3 input and 2 output tokens. */
const told = (...words: string[]): string[] => [...events(...words).slice(0, -1), usageEvent, 'data: [DONE]\n\n'];
const answerUsd = 3 + 2_000;

describe('the cost of an answer has in it', () => {
  it('the question to a race that was lost', async () => {
    const { one, other, router, ask } = set({ strategy: 'race' });
    const { sink } = await ask();
    one.last.json(200, completion('ok'));
    expect(other.last.aborted).toBe(true);
    expect(sink.head).toMatchObject({ costUsd: answerUsd + inputTokens, estimatedUsd: inputTokens });
    expect(router.savings().total).toMatchObject({
      requests: 1,
      paidDollars: answerUsd + inputTokens,
      discardedDollars: inputTokens,
      plainDollars: answerUsd,
    });
  });

  it('the question to a hedge that was lost, also of a stream', async () => {
    const { one, other, router, ask } = set({ hedge: { afterMs: 100, budget: 1 } });
    const { sink } = await ask(stream);
    await vi.advanceTimersByTimeAsync(110);
    other.last.open();
    other.last.send(...told('fast'));
    expect(one.last.aborted).toBe(true);
    expect(sink.head?.costUsd).toBeUndefined();
    expect(sink.summary).toMatchObject({ costUsd: answerUsd + inputTokens, estimatedUsd: inputTokens });
    expect(router.savings().total.paidDollars).toBe(answerUsd + inputTokens);
  });

  it('what a stream had said that was continued elsewhere', async () => {
    const { one, other, router, ask } = set({ targets: ['one/m', { model: 'other/m', continues: 'prefill' }] });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('four', 'more').slice(0, 3));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    other.last.open();
    other.last.send(...told(' end'));
    // "fourmore" are 8 bytes, which are taken for 2 tokens.
    const broken = inputTokens + 2_000;
    expect(sink.summary).toMatchObject({ outcome: 'complete', costUsd: answerUsd + broken, estimatedUsd: broken });
    expect(router.savings().total).toMatchObject({ requests: 1, discardedDollars: broken });
  });

  it('the piece of a continuation that broke off as well, and of none twice', async () => {
    const targets = ['one/m', { model: 'other/m', continues: 'prefill' as const }];
    const { one, other, ask } = set({ targets });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('four', 'more').slice(0, 3));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    other.last.open();
    other.last.send(...events('abcd').slice(0, 2));
    other.last.receiver.onError(upstreamClosed('other'));
    await vi.advanceTimersByTimeAsync(10_000);
    other.last.open();
    other.last.send(...told('end'));
    const broken = inputTokens + 2_000 + inputTokens + 1_000;
    expect(sink.summary).toMatchObject({ costUsd: answerUsd + broken, estimatedUsd: broken });
  });

  it('what a stream had said that was begun anew, where the new answer comes whole, too', async () => {
    const { one, other, router, ask } = set();
    const { sink } = await ask(stream, { onCut: 'restart' });
    one.last.open();
    one.last.send(...events('four').slice(0, 2));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    other.last.json(200, completion('whole'));
    const broken = inputTokens + 1_000;
    expect(sink.summary).toMatchObject({ outcome: 'complete', costUsd: answerUsd + broken, estimatedUsd: broken });
    expect(router.savings().total).toMatchObject({ requests: 1, discardedDollars: broken });
  });

  it('what an answer cost that was to go on and began anew, by its own bill', async () => {
    const targets = ['one/m', { model: 'other/m', continues: 'prefill' as const }];
    const { one, other, ask } = set({ targets }, { attempts: { maxAttempts: 2 } });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('four').slice(0, 2));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    other.last.json(200, completion('whole'));
    await settle();
    const broken = inputTokens + 1_000;
    expect(sink.cost).toEqual({ costUsd: broken + answerUsd, estimatedUsd: broken });
  });

  it('what an answer cost that the check refused, by its own bill', async () => {
    const { one, other, router, ask } = set({ strategy: 'cascade', check: { not: ['sorry'] } });
    const { sink } = await ask();
    one.last.json(200, completion('sorry'));
    await settle();
    other.last.json(200, completion('ok'));
    expect(sink.head?.costUsd).toBe(2 * answerUsd);
    expect(sink.head?.estimatedUsd).toBeUndefined();
    expect(router.savings().total).toMatchObject({ requests: 1, discardedDollars: answerUsd });
  });
});

it('a call that failed before it said anything is taken for free', async () => {
  const { one, other, router, ask } = set();
  const { sink } = await ask();
  one.last.json(429, { error: { message: 'slow down' } });
  await settle();
  other.last.json(200, completion('ok'));
  expect(sink.head?.costUsd).toBe(answerUsd);
  expect(router.savings().total.discardedDollars).toBe(0);
});

it('a failure tells what it cost all the same', async () => {
  const { one, ask } = set();
  const { sink } = await ask(stream);
  one.last.open();
  one.last.send(...events('four').slice(0, 2));
  one.last.receiver.onError(upstreamClosed('one'));
  await settle();
  expect(sink.cost).toEqual({ costUsd: inputTokens + 1_000, estimatedUsd: inputTokens + 1_000 });
});

it('who leaves has the provider bill what was said by then', async () => {
  const { one, router, ask } = set();
  const { ticket } = await ask(stream);
  one.last.open();
  one.last.send(...events('four', 'more', 'text').slice(0, 4));
  ticket.leave();
  expect(one.last.aborted).toBe(true);
  expect(router.savings().total).toMatchObject({ requests: 0, discardedDollars: inputTokens + 3_000 });
});

it('what was said counts also where nothing of a stream is kept', async () => {
  const one = scripted('one');
  const router = createRouter({ providers: [one], prices });
  const body = { model: 'one/m', messages: [{ role: 'user', content: 'hi' }], stream: true };
  const ticket = router.answer({ protocol: 'openai-chat', body, cache: 'off' }, record());
  await settle();
  one.last.open();
  one.last.send(...events('four', 'more', 'text').slice(0, 4));
  ticket.leave();
  expect(router.savings().total.discardedDollars).toBe(inputTokens + 3_000);
});

it('the provider that counts its prompt at once is taken at its word', async () => {
  const claude = scripted('claude', 'anthropic-messages');
  const other = scripted('other');
  const router = createRouter({
    providers: [claude, other],
    routes: { r: { targets: ['claude/m', 'other/m'], strategy: 'race' } },
    prices,
  });
  const sink = record();
  const body = { model: 'r', messages: [{ role: 'user', content: 'hi' }], ...stream };
  router.answer({ protocol: 'openai-chat', body }, sink);
  await settle();
  claude.last.open();
  const start = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null };
  claude.last.send(
    `event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message: { ...start, usage: { input_tokens: 50, output_tokens: 1 } } })}\n\n`,
  );
  other.last.open();
  other.last.send(...told('fast'));
  expect(sink.summary?.estimatedUsd).toBe(50 + 1_000);
});

it('is announced with the request, and nobody else pays for it', async () => {
  const ends: RequestEndEvent[] = [];
  const listen = (event: unknown) => ends.push(event as RequestEndEvent);
  channels.requestEnd.subscribe(listen);
  try {
    const { one, ask } = set({ strategy: 'race' });
    await ask(stream);
    const { sink: second } = await ask(stream);
    one.last.open();
    one.last.send(...told('ok'));
    expect(second.summary).toMatchObject({ costUsd: 0 });
    expect(second.summary?.estimatedUsd).toBeUndefined();
    expect(ends.map(({ cache, costUsd, estimatedUsd }) => ({ cache, costUsd, estimatedUsd }))).toEqual([
      { cache: 'miss', costUsd: answerUsd + inputTokens, estimatedUsd: inputTokens },
      { cache: 'coalesced', costUsd: 0, estimatedUsd: undefined },
    ]);
  } finally {
    channels.requestEnd.unsubscribe(listen);
  }
});

it('a question tells it in its result', async () => {
  const { one, router } = set({ strategy: 'race' });
  const asked = router.query({ model: 'r', prompt: 'hi' });
  await settle();
  one.last.json(200, completion('ok'));
  expect(await asked).toMatchObject({ costUsd: answerUsd + inputTokens, estimatedUsd: inputTokens });
});

it('to have tokens counted is free, also for who leaves', async () => {
  const claude = scripted('claude', 'anthropic-count-tokens');
  const router = createRouter({ providers: [claude], prices });
  const body = { model: 'claude/m', messages: [{ role: 'user', content: 'hi' }] };
  const ticket = router.answer({ protocol: 'anthropic-count-tokens', body }, record());
  await settle();
  expect(claude.calls).toHaveLength(1);
  ticket.leave();
  expect(claude.last.aborted).toBe(true);
  expect(router.savings().total.paidDollars).toBe(0);
});
