import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { completion, events } from '../support/scripted-provider.ts';
import { set, settle, stream, textOf } from '../support/two-providers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('more calls than one', () => {
  it('in a race: the first piece of an answer decides, and the others are cancelled', async () => {
    const { one, other, ask } = set({ strategy: 'race' });
    const { sink } = await ask(stream);
    one.last.open();
    other.last.open();
    other.last.send(...events('a'));
    expect(one.last.aborted).toBe(true);
    expect(textOf(sink.text)).toBe('a');
    expect(sink.head).toMatchObject({ provider: 'other', attempts: 2 });
  });

  it('in a race: one that fails leaves it to the others', async () => {
    const { one, other, ask } = set({ strategy: 'race' });
    const { sink } = await ask();
    one.last.json(404, { error: { message: 'no', code: 'model_not_found' } });
    await settle();
    expect(sink.head).toBeUndefined();
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ status: 200, provider: 'other' });
  });

  it('as a hedge: once the first takes longer than most, within the budget', async () => {
    const { one, other, ask } = set({ hedge: { afterMs: 500, budget: 1 } });
    const { sink } = await ask(stream);
    await vi.advanceTimersByTimeAsync(499);
    expect(other.calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    other.last.open();
    other.last.send(...events('a'));
    expect(one.last.aborted).toBe(true);
    expect(textOf(sink.text)).toBe('a');
  });

  it('as a hedge: none beyond the budget', async () => {
    const { one, other, ask } = set({ hedge: { afterMs: 500, budget: 0.05 } });
    for (let count = 0; count < 40; count += 1) {
      await ask({ ...stream, seed: count });
      await vi.advanceTimersByTimeAsync(600);
      one.last.open();
      one.last.send(...events('a'));
    }
    expect(other.calls.length).toBeGreaterThan(0);
    expect(other.calls.length).toBeLessThanOrEqual(2);
  });

  it('in a cascade: on to the next where the answer does not pass, and nothing of it is seen', async () => {
    const { one, other, ask } = set({ strategy: 'cascade', check: { json: true } });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('no', ' json'));
    await settle();
    expect(sink.head).toBeUndefined();
    other.last.open();
    other.last.send(...events('{}'));
    expect(textOf(sink.text)).toBe('{}');
  });

  it('in a cascade: the first answer that passes is the answer', async () => {
    const { one, other, ask } = set({
      strategy: 'cascade',
      check: ({ content }) => (content.length === 1 ? undefined : 'not one part'),
    });
    const { sink } = await ask();
    one.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ status: 200, provider: 'one', attempts: 1 });
    expect(other.calls).toHaveLength(0);
  });

  it('by fallbacks that the request names', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask({ model: 'one/x' }, { fallbacks: ['other/y'] });
    one.last.json(404, { error: { message: 'no', code: 'model_not_found' } });
    await settle();
    expect(JSON.parse(other.last.text).model).toBe('y');
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ provider: 'other', model: 'y' });
  });
});

describe('limits', () => {
  it('send what finds no room elsewhere, or refuse it with a wait', async () => {
    const limits = { providers: { one: { concurrency: 1 } }, queueMs: 0 };
    const { one, other, ask } = set({}, { limits });
    const first = await ask({ seed: 1 });
    const second = await ask({ seed: 2 });
    expect([one.calls.length, other.calls.length]).toEqual([1, 1]);
    const third = await ask({ model: 'one/m', seed: 3 });
    expect(third.sink.error).toMatchObject({ code: 'ROUTER_LIMITED', status: 429, retryAfterMs: expect.any(Number) });
    one.last.json(200, completion('ok'));
    other.last.json(200, completion('ok'));
    expect([first.sink.head?.status, second.sink.head?.status]).toEqual([200, 200]);
    await ask({ model: 'one/m', seed: 4 });
    expect(one.calls).toHaveLength(2);
  });

  it('are given back by a client that leaves', async () => {
    const { one, ask } = set({}, { limits: { providers: { one: { concurrency: 1 } }, queueMs: 0 } });
    const { ticket } = await ask({ model: 'one/m', seed: 1 });
    ticket.leave();
    await ask({ model: 'one/m', seed: 2 });
    expect(one.calls).toHaveLength(2);
  });
});

describe('a stream without its terminator', () => {
  it('is finished a second after its finish reason, though the connection stays open', async () => {
    const { one, ask } = set({ targets: ['one/m'] });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('a', 'b').slice(0, -1));
    await vi.advanceTimersByTimeAsync(990);
    expect(sink.summary).toBeUndefined();
    await vi.advanceTimersByTimeAsync(20);
    expect(sink.summary?.outcome).toBe('complete');
    expect(sink.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(one.last.aborted).toBe(true);
  });
});
