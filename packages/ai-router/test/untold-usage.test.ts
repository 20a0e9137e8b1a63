import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { channels, type RequestEndEvent } from '../src/events.ts';
import { createRouter } from '../src/router.ts';
import type { JsonObject, Protocol } from '../src/wire-format.ts';
import { memory } from './support/exchanges.ts';
import { record } from './support/recorder.ts';
import { completion, events, scripted } from './support/scripted-provider.ts';

const ends: RequestEndEvent[] = [];
const listen = (event: unknown): void => void ends.push(event as RequestEndEvent);

beforeEach(() => {
  vi.useFakeTimers();
  ends.length = 0;
  channels.requestEnd.subscribe(listen);
});
afterEach(() => {
  channels.requestEnd.unsubscribe(listen);
  vi.useRealTimers();
});

/** A dollar for an input token, a thousand for one of output. */
const prices = { version: '2026-01-01', models: { m: { input: 1e6, output: 1e9 } } };
const inputTokens = 5;

function set(protocol: Protocol = 'openai-chat', isCached = false) {
  const one = scripted('one', protocol);
  const router = createRouter({ providers: [one], prices, ...(isCached && { cache: memory() }) });
  const ask = async (body: JsonObject = { stream: true }) => {
    const sink = record();
    const full = { model: 'one/m', messages: [{ role: 'user', content: 'hi' }], ...body };
    const ticket = router.answer({ protocol: 'openai-chat', body: full }, sink);
    await vi.advanceTimersByTimeAsync(0);
    return { sink, ticket };
  };
  return { one, router, ask };
}

describe('of a stream whose provider tells no usage', () => {
  it.each([true, false])('the tokens are estimated and booked, with a cache: %s', async (isCached) => {
    const { one, router, ask } = set('openai-chat', isCached);
    const { sink } = await ask();
    one.last.open();
    one.last.send(...events(...Array<string>(300).fill('some text, ')));
    const usage = { inputTokens, outputTokens: sink.summary?.usage?.outputTokens ?? 0 };
    // 3,300 bytes, of which the first ones were read; four to a token.
    expect(usage.outputTokens).toBeGreaterThan(780);
    expect(usage.outputTokens).toBeLessThan(840);
    const costUsd = inputTokens + 1_000 * usage.outputTokens;
    expect(sink.summary).toMatchObject({ outcome: 'complete', usage, estimate: true, costUsd, estimatedUsd: costUsd });
    expect(router.savings().total).toMatchObject({ requests: 1, paidDollars: costUsd, discardedDollars: 0 });
    expect(ends).toMatchObject([{ outcome: 'complete', usage, costUsd, estimatedUsd: costUsd }]);
  });

  it('all of several answers count', async () => {
    const { one, ask } = set();
    const { sink } = await ask({ stream: true, n: 3 });
    one.last.open();
    const [role = '', word = '', stop = '', done = ''] = events('eight by');
    const other = (index: number): string => word.replace('"index":0', `"index":${index}`);
    one.last.send(role, word, other(1), other(2), stop, done);
    expect(sink.summary?.usage?.outputTokens).toBeGreaterThanOrEqual(6);
  });

  it('the same holds where it is translated', async () => {
    const { one, ask } = set('anthropic-messages');
    const { sink } = await ask();
    one.last.open();
    const event = (type: string, more: JsonObject): string =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
    one.last.send(
      event('message_start', { message: { id: 'a', type: 'message', role: 'assistant', model: 'm', content: [] } }),
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'eight by' } }),
      event('content_block_stop', { index: 0 }),
      event('message_delta', { delta: { stop_reason: 'end_turn' } }),
      event('message_stop', {}),
    );
    expect(sink.summary).toMatchObject({ usage: { inputTokens, outputTokens: 2 }, estimatedUsd: inputTokens + 2_000 });
  });

  it('what a provider does tell is taken as it is', async () => {
    const { one, ask } = set();
    const { sink } = await ask();
    one.last.open();
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    const told = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })}\n\n`;
    one.last.send(...events('a long answer').slice(0, -1), told, 'data: [DONE]\n\n');
    expect(sink.summary).toMatchObject({ usage: { inputTokens: 3, outputTokens: 2 }, costUsd: 2_003 });
    expect(sink.summary).not.toHaveProperty('estimate');
    expect(sink.summary).not.toHaveProperty('estimatedUsd');
  });
});

it('a whole answer without usage is estimated by its length', async () => {
  const { one, router, ask } = set();
  const { sink } = await ask({});
  const { usage: _untold, ...body } = completion('x'.repeat(4_000)) as JsonObject;
  one.last.json(200, body);
  const outputTokens = sink.head?.usage?.outputTokens ?? 0;
  expect(outputTokens).toBeGreaterThanOrEqual(1_000);
  expect(outputTokens).toBeLessThan(1_100);
  const costUsd = inputTokens + 1_000 * outputTokens;
  expect(sink.head).toMatchObject({ estimate: true, costUsd, estimatedUsd: costUsd });
  expect(router.savings().total.paidDollars).toBe(costUsd);
});

it('who leaves is told what was used by then, and so is who listens', async () => {
  const { one, ask } = set();
  const { ticket } = await ask();
  one.last.open();
  one.last.send(...events('four', 'more', 'text').slice(0, 4));
  const cost = { costUsd: inputTokens + 3_000, estimatedUsd: inputTokens + 3_000 };
  expect(ticket.leave()).toEqual(cost);
  expect(ends).toMatchObject([{ outcome: 'left', ...cost }]);
  expect(ticket.leave()).toBeUndefined();
});
