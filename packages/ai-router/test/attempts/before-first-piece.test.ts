import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { upstreamClosed, upstreamUnreachable } from '../../src/errors.ts';
import { completion, events } from '../support/scripted-provider.ts';
import { set, settle, stream, textOf } from '../support/two-providers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('before the first piece of an answer', () => {
  it('an object that is none is asked for again, and elsewhere', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask();
    one.last.json(200, {});
    await vi.advanceTimersByTimeAsync(300);
    one.last.json(200, { detail: 'model is loading' });
    await settle();
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ provider: 'other', attempts: 3 });
  });

  it('silence before a whole answer takes no more than half of the time', async () => {
    const { one, other, ask } = set({}, { timeouts: { totalMs: 10_000 } });
    const { sink } = await ask();
    await vi.advanceTimersByTimeAsync(4_990);
    expect(one.last.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(20);
    expect(one.last.aborted).toBe(true);
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ provider: 'other', attempts: 2 });
  });

  it.each([
    ['429 without a wait', 429, { error: { message: 'slow down', type: 'rate_limit_error' } }],
    ['a wrong key', 401, { error: { message: 'no', type: 'authentication_error' } }],
    ['no such model', 404, { error: { message: 'no', code: 'model_not_found' } }],
  ])('%s goes to the next target at once, and nobody notices', async (_name, status, body) => {
    const { one, other, ask } = set();
    const { sink } = await ask();
    one.last.json(status, body);
    await settle();
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ status: 200, provider: 'other', attempts: 2, cache: 'miss' });
    expect(JSON.parse(sink.text)).toEqual(completion('ok'));
  });

  it('a server error is tried once more here, after a while, and then elsewhere', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask();
    one.last.json(500, { error: { message: 'oops' } });
    await settle();
    expect(one.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(300);
    expect(one.calls).toHaveLength(2);
    one.last.json(500, { error: { message: 'oops' } });
    await settle();
    other.last.json(200, completion('ok'));
    expect(sink.head).toMatchObject({ provider: 'other', attempts: 3 });
  });

  it('a wait that the provider asked for is waited in full', async () => {
    const { one, ask } = set();
    await ask();
    one.last.receiver.onHead(429, { 'retry-after': '1', 'content-type': 'application/json' });
    one.last.receiver.onData(Buffer.from('{"error":{"message":"slow down"}}'));
    one.last.receiver.onEnd();
    await vi.advanceTimersByTimeAsync(990);
    expect(one.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(400);
    expect(one.calls).toHaveLength(2);
  });

  it.each([
    ['is what the request itself gets', 400, { error: { message: 'bad', type: 'invalid_request_error' } }],
    ['of a content filter is an answer, not routed around', 400, { error: { message: 'no', code: 'content_filter' } }],
    [
      'for a context that is too long is passed on where none is larger',
      400,
      { error: { message: 'long', code: 'context_length_exceeded' } },
    ],
  ])('a refusal %s', async (_name, status, body) => {
    const { one, other, ask } = set();
    const { sink } = await ask();
    one.last.json(status, body);
    await settle();
    expect(other.calls).toHaveLength(0);
    expect(sink.head).toMatchObject({ status, provider: 'one' });
    expect(JSON.parse(sink.text)).toEqual(body);
  });

  it('what is too long goes to a target with a larger context', async () => {
    const { one, other, ask } = set({
      targets: [
        { model: 'one/m', contextTokens: 1_000 },
        { model: 'other/m', contextTokens: 9_000 },
      ],
    });
    const { sink } = await ask();
    one.last.json(400, { error: { message: 'long', code: 'context_length_exceeded' } });
    await settle();
    other.last.json(200, completion('ok'));
    expect(sink.head?.provider).toBe('other');
  });

  it('nothing of a stream that breaks off reaches the client', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(events()[0] as string);
    expect(sink.head).toBeUndefined();
    for (let call = 0; call < 2; call += 1) {
      one.last.receiver.onError(upstreamClosed('one'));
      await vi.advanceTimersByTimeAsync(300);
    }
    other.last.open();
    other.last.send(...events('a', 'b'));
    expect(textOf(sink.text)).toBe('ab');
    expect(sink.head).toMatchObject({ provider: 'other', attempts: 3 });
  });

  it('an error as the first event of a stream is a failure like any other', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send('data: {"error":{"message":"rate","type":"rate_limit_error"}}\n\n');
    await settle();
    other.last.open();
    other.last.send(...events('a'));
    expect(textOf(sink.text)).toBe('a');
    expect(sink.text).not.toContain('error');
  });

  it('an error as the first event, and nobody left, has its status', async () => {
    const { one, ask } = set({ targets: ['one/m'] });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send('data: {"error":{"message":"no","code":"content_filter","type":"invalid_request_error"}}\n\n');
    await settle();
    expect(sink.head).toMatchObject({ status: 400, contentType: 'application/json' });
    expect(JSON.parse(sink.text)).toMatchObject({ error: { message: expect.stringContaining('no') } });
  });

  it('silence goes elsewhere after 15 seconds, though something else arrives', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream);
    one.last.open();
    for (let second = 0; second < 14; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      one.last.send(': keep-alive\n\n');
    }
    expect(other.calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(one.last.aborted).toBe(true);
    other.last.open();
    other.last.send(...events('a'));
    expect(textOf(sink.text)).toBe('a');
    expect(one.calls).toHaveLength(1);
  });

  it('the only target may take its time', async () => {
    const { one, ask } = set({ targets: ['one/m'] });
    const { sink } = await ask(stream);
    one.last.open();
    await vi.advanceTimersByTimeAsync(60_000);
    one.last.send(...events('a'));
    expect(textOf(sink.text)).toBe('a');
  });

  it('six calls are the most, and the last failure is told', async () => {
    const { one, other, ask } = set({
      targets: Array.from({ length: 9 }, (_, index) => `${index % 2 ? 'other' : 'one'}/m${index}`),
    });
    const { sink } = await ask();
    for (let call = 0; call < 20 && !sink.head; call += 1) {
      for (const provider of [one, other]) {
        const last = provider.calls.at(-1);
        if (last && !last.aborted) last.receiver.onError(upstreamUnreachable(provider.id, new Error('refused')));
        await vi.advanceTimersByTimeAsync(1_000);
      }
      if (sink.error) break;
    }
    expect(one.calls.length + other.calls.length).toBeLessThanOrEqual(6);
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_UNREACHABLE');
  });

  it('is no failure that a client left', async () => {
    const { one, other, ask } = set();
    const { ticket } = await ask();
    ticket.leave();
    expect(one.last.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(other.calls).toHaveLength(0);
  });

  it('an answer of the second target is stored under the name that was asked for', async () => {
    const { one, other, ask } = set();
    await ask();
    one.last.json(429, { error: { message: 'slow down' } });
    await settle();
    other.last.json(200, completion('ok'));
    const { sink } = await ask();
    expect(sink.head).toMatchObject({ cache: 'hit', provider: 'other' });
    expect(one.calls).toHaveLength(1);
  });
});
