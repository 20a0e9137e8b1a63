import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RouterError } from '../src/errors.ts';
import { formats } from '../src/formats/index.ts';
import { defaultTimeouts } from '../src/provider.ts';
import { type TextProviderOptions, textProvider } from '../src/providers/text.ts';
import type { TextRequest } from '../src/providers/text-request.ts';
import { createRouter } from '../src/router.ts';
import { testProvider } from '../src/testing/provider.ts';
import type { ChatProtocol, JsonObject, ModelRequest } from '../src/wire-format.ts';
import { callProvider } from './support/provider-call.ts';
import { record } from './support/recorder.ts';
import { completion, scripted } from './support/scripted-provider.ts';

type Answer = TextProviderOptions['answer'];

const create = (answer: Answer, options: Partial<TextProviderOptions> = {}) =>
  textProvider({ id: 'p', models: ['m'], answer, ...options });

async function* hello() {
  yield 'Hello ';
  yield '';
  yield 'there.';
}

testProvider('textProvider', { create: () => create(hello), model: 'm' });

const question: ModelRequest = {
  model: 'm',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }],
  stream: false,
};
const ask = (answer: Answer, request: Partial<ModelRequest> = {}, more = {}) =>
  callProvider(create(answer), { ...question, ...request }, more);
const saidIn = (text: string) => formats['openai-chat'].decodeAnswer(JSON.parse(text) as JsonObject);
const errorIn = (text: string) => (JSON.parse(text) as { error: JsonObject }).error;

describe('the function', () => {
  it.each(['openai-chat', 'anthropic-messages', 'openai-responses'] as const)(
    'is asked the same, whatever protocol the client speaks: %s',
    async (protocol: ChatProtocol) => {
      const text = (of: string) => [{ type: 'text', text: of }] as const;
      const request: ModelRequest = {
        model: 'm',
        messages: [
          { role: 'system', content: text('Be brief.') },
          { role: 'user', content: [...text('One'), ...text('two')] },
          { role: 'assistant', content: text('Three.') },
          { role: 'user', content: text('Four?') },
        ],
        maxTokens: 7,
        temperature: 0.5,
        stream: true,
      };
      const asked: TextRequest[] = [];
      const provider = create(async function* (of) {
        asked.push(of);
        yield 'five';
      });
      await new Promise<void>((resolve, reject) => {
        provider.send(
          {
            protocol,
            body: JSON.stringify(formats[protocol].encodeRequest(request)),
            stream: true,
            headers: { 'x-mine': '1' },
            timeouts: defaultTimeouts,
          },
          { onHead() {}, onData() {}, onEnd: resolve, onError: reject },
        );
      });
      expect(asked).toMatchObject([
        {
          model: 'm',
          system: 'Be brief.',
          messages: [
            { role: 'user', text: expect.stringMatching(/^One\ntwo$/) },
            { role: 'assistant', text: 'Three.' },
            { role: 'user', text: 'Four?' },
          ],
          maxTokens: 7,
          temperature: 0.5,
          stream: true,
          headers: { 'x-mine': '1' },
        },
      ]);
    },
  );

  it('tells usage and end; what it leaves out is estimated, or the usual', async () => {
    const told = await ask(async function* () {
      yield 'Hello';
      return { usage: { inputTokens: 40, outputTokens: 50, cachedInputTokens: 3 }, finishReason: 'length' };
    }).done;
    expect(saidIn(told.text)).toMatchObject({
      finishReason: 'length',
      usage: { inputTokens: 40, outputTokens: 50, cachedInputTokens: 3 },
    });
    const untold = saidIn((await ask(hello).done).text);
    expect(untold.finishReason).toBe('stop');
    expect(untold.usage?.inputTokens).toBeGreaterThan(0);
    expect(untold.usage?.outputTokens).toBe(3);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, '40', '', true, {}])(
    'never puts on a bill what is no count: %o',
    async (count) => {
      const fields = ['inputTokens', 'outputTokens', 'cachedInputTokens', 'cacheWriteTokens', 'reasoningTokens'];
      for (const field of [...fields, 'longCacheWriteTokens']) {
        const answer = async function* () {
          yield 'Hello';
          return { usage: { inputTokens: 40, outputTokens: 50, [field]: count } };
        } as unknown as Answer;
        const whole = await ask(answer).done;
        expect(whole).toMatchObject({ status: 0, text: '', error: { code: 'ROUTER_ANSWER_INVALID' } });
        expect(whole.error?.message).toMatch(new RegExp(`as ${field}: return a whole number`));
        const streamed = await ask(answer, { stream: true }).done;
        expect(streamed).toMatchObject({ ended: 0, error: { code: 'ROUTER_UPSTREAM_CUT' } });
        expect(streamed.text).not.toContain('usage":{');
        expect(streamed.error?.message).toContain(`as ${field}: return`);
      }
    },
  );

  it('takes no count for one that is not told, and no more than counts', async () => {
    const answer = async function* () {
      yield 'Hello there.';
      return { usage: { inputTokens: 0, outputTokens: null, cachedInputTokens: undefined, credits: -1 } };
    } as unknown as Answer;
    const { usage } = saidIn((await ask(answer).done).text);
    expect(usage).toEqual({ inputTokens: 0, outputTokens: 3 });
    const wrong = async function* () {
      yield 'Hello';
      return { usage: '40' };
    } as unknown as Answer;
    expect((await ask(wrong).done).error?.message).toContain('returned string as usage: return an object');
  });

  it('may list its models when it is asked to', async () => {
    const provider = create(hello, { models: async () => ['a', 'b'] });
    expect(await provider.models()).toEqual(['a', 'b']);
    expect((await callProvider(provider, { ...question, model: 'unlisted' }).done).status).toBe(200);
  });

  it.each([
    [
      'image',
      { messages: [{ role: 'user', content: [{ type: 'image', source: { kind: 'url', url: 'https://x/a' } }] }] },
    ],
    ['tool', { tools: [{ name: 'look', parameters: { type: 'object' } }] }],
  ] as const)('is never asked what is more than text: %s', async (_what, request) => {
    let calls = 0;
    const { error } = await ask(async function* () {
      calls += 1;
      yield 'no';
    }, request).done;
    expect(calls).toBe(0);
    expect(error).toMatchObject({
      code: 'ROUTER_FIELD_UNSUPPORTED',
      status: 400,
      param: expect.stringMatching(/^messages\[0\]\.content\[0\]$|^tools$/),
    });
  });

  it('leaves to the next model of a route what it cannot take', async () => {
    const able = scripted('able');
    const router = createRouter({
      providers: [create(hello), able],
      routes: { both: { targets: ['p/m', 'able/m'], strategy: 'ordered' } },
    });
    const sink = record();
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
    const body = { model: 'both', messages: [{ role: 'user', content: 'hi' }], tools };
    router.answer({ protocol: 'openai-chat', body }, sink);
    await vi.waitFor(() => expect(able.calls).toHaveLength(1));
    able.last.json(200, completion('Looked.'));
    await sink.done;
    expect(sink.head).toMatchObject({ status: 200, provider: 'able' });
  });
});

describe('what it throws', () => {
  const thrown = (error: unknown): Answer =>
    // biome-ignore lint/correctness/useYield: it throws before
    async function* () {
      throw error;
    };

  it.each([true, false])('with a status is that refusal, streamed: %s', async (stream) => {
    const error = Object.assign(new Error('Enough for today.'), { status: 429, code: 'quota', retryAfterMs: 1_500 });
    const outcome = await ask(thrown(error), { stream }).done;
    expect(outcome).toMatchObject({ status: 429, headers: { 'retry-after': '2' }, error: undefined });
    expect(errorIn(outcome.text)).toMatchObject({
      message: 'Enough for today.',
      code: 'quota',
      type: 'rate_limit_error',
    });
  });

  it('is a RouterError with that status for whoever asks the router', async () => {
    const router = createRouter({
      providers: [create(thrown(Object.assign(new Error('Not you.'), { status: 403 })))],
      attempts: { maxAttempts: 1 },
    });
    const failure = router.query({ model: 'p/m', prompt: 'Hi' });
    await expect(failure).rejects.toMatchObject({ status: 403, message: expect.stringContaining('Not you.') });
    await expect(failure).rejects.toSatisfy(RouterError.isInstance);
  });

  it.each([new Error('oops sk-abcdefgh123'), 'oops', { status: 200, message: 'oops' }])(
    'without a status breaks the answer off, and shows no key: %o',
    async (error) => {
      const { error: told, status } = await ask(thrown(error)).done;
      expect(status).toBe(0);
      expect(told).toMatchObject({ code: 'ROUTER_ANSWER_INVALID', isRetryable: true, provider: undefined });
      expect(told?.message).toContain('oops');
      expect(told?.message).not.toContain('sk-');
    },
  );

  it('after the first piece cuts the answer', async () => {
    const { error, text, ended } = await ask(
      async function* () {
        yield 'Hello ';
        throw Object.assign(new Error('gone'), { status: 429 });
      },
      { stream: true },
    ).done;
    expect(text).toContain('Hello ');
    expect(ended).toBe(0);
    expect(error).toMatchObject({ code: 'ROUTER_UPSTREAM_CUT', message: expect.stringContaining('gone') });
  });

  it.each([
    ['a number', [7], /yielded 7 in place of text/],
    ['bytes', [Buffer.from('Hello')], /yielded Buffer in place of text: yield strings/],
    ['an object', [{ text: 'Hello' }], /yielded Object in place of text/],
    ['no generator', undefined, /async \*answer/],
  ])('by mistake is explained: %s', async (_what, yielded, words) => {
    const answer = () => yielded && Readable.from(yielded);
    const { error } = await ask(answer as unknown as Answer).done;
    expect(error?.message).toMatch(words);
  });
});

describe('the pieces', () => {
  const deltas = (text: string): string[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)).choices?.[0]?.delta?.content)
      .filter((content) => typeof content === 'string' && content !== '');

  it.each([
    ['between two', ['Hi \ud83d', '\ude00!'], ['Hi ', '😀!']],
    ['and alone in both', ['\ud83d', '', '\ude00', '\ud83d', '\ude00'], ['😀', '😀']],
    ['and is never whole', ['a\ud83d', 'b\ud83d'], ['a', '\ud83db', '\ud83d']],
  ])('are sent in whole characters, where one is split %s', async (_where, pieces, sent) => {
    const answer: Answer = async function* () {
      yield* pieces;
    };
    expect(deltas((await ask(answer, { stream: true }).done).text)).toEqual(sent);
    const { content } = saidIn((await ask(answer).done).text);
    expect(content).toEqual([{ type: 'text', text: pieces.join('') }]);
  });

  it('that are undefined are a mistake, and told of', async () => {
    const answer = async function* () {
      yield undefined;
    } as unknown as Answer;
    expect((await ask(answer).done).error?.message).toContain('yielded undefined in place of text');
  });

  /** Says one word after the other, and notes how far it got. */
  const counting = () => {
    const seen = { pulled: 0, finished: false, signal: undefined as AbortSignal | undefined };
    const answer: Answer = async function* ({ signal }) {
      seen.signal = signal;
      try {
        for (;;) yield `word${seen.pulled++} `;
      } finally {
        seen.finished = true;
      }
    };
    return { seen, answer };
  };
  const turns = () => new Promise((resolve) => setImmediate(resolve));

  it('are asked for only as fast as they are read', async () => {
    const { seen, answer } = counting();
    // The answer, its part and its first piece come before the pause counts.
    const call = ask(answer, { stream: true }, { onData: (control: { pause(): void }) => control.pause() });
    await turns();
    const before = seen.pulled;
    expect(before).toBeGreaterThan(0);
    await turns();
    expect(seen.pulled).toBe(before);
    call.control.resume();
    await turns();
    expect(seen.pulled).toBe(before + 1);
    call.control.abort();
  });

  it('end with an abort: the signal fires, and the generator cleans up', async () => {
    const { seen, answer } = counting();
    const call = ask(answer, { stream: true }, { onData: (control: { pause(): void }) => control.pause() });
    await turns();
    call.control.abort();
    await turns();
    expect(seen).toMatchObject({ finished: true, signal: { aborted: true } });
    expect(call.outcome).toMatchObject({ ended: 0, error: undefined });
  });

  it('end when the provider is closed', async () => {
    const { seen, answer } = counting();
    const provider = create(answer);
    const call = callProvider(provider, { ...question, stream: true }, { onData: (control) => control.pause() });
    await turns();
    await provider.close();
    expect(seen.signal?.aborted).toBe(true);
    expect(call.outcome.error).toMatchObject({ code: 'ROUTER_UPSTREAM_CUT' });
  });
});

describe('time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('that runs out aborts the function, and is told', async () => {
    let signal: AbortSignal | undefined;
    const call = ask(
      async function* (request) {
        signal = request.signal;
        await new Promise(() => {});
      },
      { stream: true },
      { timeouts: { connectMs: 10, firstTokenMs: 50, idleMs: 0, totalMs: 0 } },
    );
    await vi.advanceTimersByTimeAsync(49);
    expect(call.outcome.error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(call.outcome.error).toMatchObject({ code: 'ROUTER_UPSTREAM_TIMEOUT', phase: 'first-token' });
    expect(signal?.aborted).toBe(true);
  });
});
