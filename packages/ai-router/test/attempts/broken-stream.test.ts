import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { upstreamClosed, upstreamTimeout } from '../../src/errors.ts';
import { createRouter } from '../../src/router.ts';
import type { JsonObject } from '../../src/wire-format.ts';
import { record } from '../support/recorder.ts';
import { completion, events, message, type ScriptedProvider, scripted } from '../support/scripted-provider.ts';
import { set, settle, stream, textOf } from '../support/two-providers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const prefillRefused = {
  error: { message: 'This model does not support assistant message prefill.', type: 'invalid_request_error' },
};
const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `w${index} `);

/** Sends the first pieces of a stream that has more. */
const begin = ({ last }: ScriptedProvider, ...pieces: string[]): void => {
  last.open();
  last.send(...events(...pieces).slice(0, pieces.length + 1));
};

const cut = async (provider: ScriptedProvider): Promise<void> => {
  begin(provider, 'a', 'b');
  provider.last.receiver.onError(upstreamClosed(provider.id));
  await settle();
};

describe('after it, a stream that breaks off', () => {
  const prefill = { targets: ['one/m', { model: 'other/m', continues: 'prefill' as const }] };

  it('is continued by a model that goes on from its beginning', async () => {
    const { one, other, ask, cache } = set(prefill);
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events(...words(40)).slice(0, 41));
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    const sent = JSON.parse(other.last.text) as { messages: { role: string; content: unknown }[] };
    expect(sent.messages.at(-1)).toMatchObject({ role: 'assistant', content: words(40).join('').trimEnd() });
    other.last.open();
    other.last.send(
      ...events(
        ...words(60)
          .slice(40)
          .map((word, index) => (index === 0 ? ` ${word}` : word)),
      ),
    );
    expect(textOf(sink.text)).toBe(words(60).join(''));
    expect(sink.text.match(/\[DONE\]/g)).toHaveLength(1);
    expect(sink.text.match(/"role":"assistant"/g)).toHaveLength(1);
    expect(sink.summary?.outcome).toBe('complete');
    expect(cache.entries.size).toBe(0);
  });

  it('is continued after a stall', async () => {
    const { one, other, ask } = set(prefill);
    const { sink } = await ask(stream);
    begin(one, 'Hello', ' wor');
    one.last.receiver.onError(upstreamTimeout('one', 'idle', 1_000));
    await settle();
    other.last.open();
    other.last.send(...events('ld', '!'));
    expect(textOf(sink.text)).toBe('Hello world!');
  });

  it('is continued in the client’s protocol, whatever the other provider speaks', async () => {
    const one = scripted('one', 'anthropic-messages');
    const other = scripted('other', 'openai-chat');
    const router = createRouter({ providers: [one, other], routes: { r: prefill } });
    const sink = record();
    router.answer(
      {
        protocol: 'anthropic-messages',
        body: { model: 'r', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }], stream: true },
      },
      sink,
    );
    await settle();
    const event = (data: JsonObject): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
    one.last.open();
    one.last.send(
      event({ type: 'message_start', message: { ...message(''), content: [], stop_reason: null } }),
      event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } }),
    );
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    other.last.open();
    other.last.send(...events(' world'));
    expect(sink.text.match(/message_start/g)).toHaveLength(2);
    expect(sink.text.match(/event: content_block_start/g)).toHaveLength(1);
    expect(sink.text).toContain(
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" world"}}',
    );
    expect(sink.text).toContain('event: message_stop');
    expect(sink.summary?.outcome).toBe('complete');
  });

  it('ends in an explicit error where nobody can go on', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream);
    await cut(one);
    expect(other.calls).toHaveLength(0);
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('is gone on with as told, where a prefill is refused', async () => {
    const { one, other, ask } = set(prefill);
    const { sink } = await ask(stream);
    await cut(one);
    other.last.json(400, prefillRefused);
    await settle();
    expect(other.calls).toHaveLength(2);
    const { messages } = JSON.parse(other.last.text);
    expect(messages).toMatchObject([{ role: 'user' }, { role: 'assistant' }, { role: 'user' }]);
    other.last.json(400, prefillRefused);
    await settle();
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('ends in the error it broke off with where the continuation comes as a whole answer of its own', async () => {
    const { one, other, ask } = set(prefill, { attempts: { maxAttempts: 2 } });
    const { sink } = await ask(stream);
    await cut(one);
    const before = sink.text;
    other.last.json(200, completion('something else'));
    await settle();
    expect(sink.text).toBe(before);
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('is not asked for again without end, nor at once', async () => {
    const { one, other, ask } = set(prefill);
    const { sink } = await ask(stream);
    await cut(one);
    await cut(other);
    expect(other.calls).toHaveLength(1);
    for (let calls = 2; calls <= 3; calls += 1) {
      expect(other.calls).toHaveLength(calls - 1);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(other.calls).toHaveLength(calls);
      await cut(other);
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(other.calls).toHaveLength(3);
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('is continued by the only target, whether its answer is kept or not', async () => {
    for (const temperature of [0, 1]) {
      const { one, ask } = set({ targets: [{ model: 'one/m', continues: 'prefill' }] });
      const { sink } = await ask({ ...stream, temperature });
      one.last.open();
      one.last.send(...events('a').slice(0, 2));
      one.last.receiver.onError(upstreamClosed('one'));
      await settle();
      expect(one.calls).toHaveLength(2);
      one.last.open();
      one.last.send(...events('b'));
      expect(textOf(sink.text)).toBe('ab');
      expect(sink.summary?.outcome).toBe('complete');
    }
  });

  it('ends though a retry of another was due when it began', async () => {
    const { one, other, ask } = set({ ...prefill, strategy: 'race' });
    const { sink } = await ask(stream);
    one.last.json(500, { error: { message: 'oops' } });
    await settle();
    other.last.open();
    other.last.send(...events('a').slice(0, 2));
    other.last.receiver.onError(upstreamClosed('other'));
    await settle();
    for (let count = 0; count < 6 && !sink.error; count += 1) {
      (other.calls.length > 1 ? other : one).last.json(400, { error: { message: 'no', code: 'model_not_found' } });
      await vi.advanceTimersByTimeAsync(20_000);
    }
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('is not gone on with by a call that had been waiting for room', async () => {
    const limits = { providers: { one: { concurrency: 1 } }, queueMs: 60_000 };
    const { one, other, ask } = set({ ...prefill, strategy: 'race' }, { limits });
    const first = await ask({ ...stream, seed: 1 });
    const { sink } = await ask({ ...stream, seed: 2 });
    // The second one's call to `one` waits for the first's.
    expect([one.calls.length, other.calls.length]).toEqual([1, 2]);
    other.last.open();
    other.last.send(...events('a').slice(0, 2));
    other.last.receiver.onError(upstreamClosed('other'));
    first.ticket.leave();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(one.calls).toHaveLength(1);
    expect(other.calls).toHaveLength(3);
    other.last.open();
    other.last.send(...events('b'));
    expect(textOf(sink.text)).toBe('ab');
  });

  it('is not continued in the middle of a tool call', async () => {
    const { one, other, ask } = set(prefill);
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(
      events()[0] as string,
      `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 't', type: 'function', function: { name: 'f', arguments: '{"a' } }] }, finish_reason: null }] })}\n\n`,
    );
    one.last.receiver.onError(upstreamClosed('one'));
    await settle();
    expect(other.calls).toHaveLength(0);
    expect(sink.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('begins anew for a client that asked for it, and says so', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream, { onCut: 'restart' });
    await cut(one);
    other.last.open();
    other.last.send(...events('c', 'd'));
    const [before, after] = sink.text.split('event: hotpath.restart\ndata: {"type":"hotpath.restart"}\n\n');
    expect(textOf(before as string)).toBe('ab');
    expect(textOf(after as string)).toBe('cd');
  });

  it('begins anew also with an answer that comes whole', async () => {
    const { one, other, ask } = set();
    const { sink } = await ask(stream, { onCut: 'restart' });
    await cut(one);
    other.last.json(200, completion('cd'));
    await settle();
    const [before, after] = sink.text.split('event: hotpath.restart\ndata: {"type":"hotpath.restart"}\n\n');
    expect([textOf(before as string), textOf(after as string)]).toEqual(['ab', 'cd']);
    expect(sink.summary?.outcome).toBe('complete');
  });

  it('by an error of the provider’s own passes that on, once nobody is left', async () => {
    const { one, ask } = set({ targets: ['one/m'] });
    const { sink } = await ask(stream);
    one.last.open();
    one.last.send(...events('a').slice(0, 2), 'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n');
    await settle();
    expect(textOf(sink.text)).toBe('a');
    expect(sink.text).toContain('overloaded');
    expect(sink.summary).toMatchObject({ outcome: 'error' });
  });
});
