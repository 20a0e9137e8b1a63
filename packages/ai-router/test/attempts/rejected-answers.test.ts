import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RouteOptions } from '../../src/routes.ts';
import { memory } from '../support/exchanges.ts';
import { completion, events } from '../support/scripted-provider.ts';
import { set as providers, settle, stream, textOf } from '../support/two-providers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A dollar for an input token, a thousand for one of output. */
const prices = { version: '2026-01-01', models: { m: { input: 1e6, output: 1e9 } } };
const answerUsd = 3 + 2_000;
const invalid = { error: { message: 'The other one does not want this.', type: 'invalid_request_error', code: 'odd' } };

const set = (route: Partial<RouteOptions> = {}) =>
  providers({ strategy: 'cascade', check: { json: true }, ...route }, { prices, cache: memory() });

describe('an answer that the check refused, where nobody has a better one', () => {
  it('is spoken of in the error of those who failed', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask();
    one.last.json(200, completion('no json'));
    await settle();
    other.last.json(400, invalid);
    expect(sink.error).toMatchObject({ code: 'ROUTER_UPSTREAM_STATUS', status: 400, type: 'invalid_request_error' });
    expect(sink.error?.message).toMatch(/does not want this\. An answer of one\/m was there before.*it is not JSON/);
    expect(sink.error?.message).toContain('onExhausted');
    expect(sink.cost).toEqual({ costUsd: answerUsd });
  });

  it('is given where the route says so, with the reason and the cost of all calls', async () => {
    const { one, other, ask } = set({ onExhausted: 'answer' });
    const { sink } = await ask();
    one.last.json(200, completion('no json'));
    await settle();
    other.last.json(400, invalid);
    expect(sink.error).toBeUndefined();
    expect(sink.head).toMatchObject({
      ...{ status: 200, provider: 'one', model: 'm', attempts: 2, rejected: 'it is not JSON', costUsd: answerUsd },
      usage: { inputTokens: 3, outputTokens: 2 },
    });
    expect(JSON.parse(sink.text).choices[0].message.content).toBe('no json');
  });

  it('is given as the stream that it was', async () => {
    const { one, other, ask } = set({ onExhausted: 'answer' });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('no', ' json'));
    await settle();
    other.last.json(400, invalid);
    expect(sink.head).toMatchObject({ status: 200, rejected: 'it is not JSON' });
    expect(sink.head?.contentType).toContain('text/event-stream');
    expect(textOf(sink.text)).toBe('no json');
    expect(sink.text).toContain('data: [DONE]');
  });

  it('is not kept for others', async () => {
    const { one, other, ask } = set({ onExhausted: 'answer' });
    await ask();
    one.last.json(200, completion('no json'));
    await settle();
    other.last.json(400, invalid);
    const { sink } = await ask();
    expect(sink.head).toBeUndefined();
    expect(one.calls).toHaveLength(2);
  });

  it('gives way to the answer of whoever has one', async () => {
    const { one, other, ask } = set({ onExhausted: 'answer' });
    const { sink } = await ask();
    one.last.json(200, completion('no json'));
    await settle();
    other.last.json(200, completion('{}'));
    expect(sink.head).toMatchObject({ provider: 'other' });
    expect(sink.head).not.toHaveProperty('rejected');
  });

  it('is none where it could not be read', async () => {
    const { one, other, ask } = set({ onExhausted: 'answer' });
    const { sink } = await ask();
    for (let tries = 0; tries < 2; tries += 1) {
      one.last.json(200, '{"choices":');
      await vi.advanceTimersByTimeAsync(10_000);
    }
    other.last.json(400, invalid);
    expect(sink.head).toMatchObject({ status: 400 });
  });

  it('is not put behind the beginning of another', async () => {
    const { one, other, ask } = set({ onExhausted: 'answer' });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('no json'));
    await settle();
    other.last.open();
    other.last.send(...events('{').slice(0, 2));
    other.last.end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(textOf(sink.text)).toBe('{');
    expect(sink.head).toMatchObject({ provider: 'other' });
    expect(sink.error).toMatchObject({ code: 'ROUTER_UPSTREAM_CUT' });
    expect(sink.error?.message).not.toContain('not accepted');
  });
});
