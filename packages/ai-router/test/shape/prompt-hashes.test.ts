import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { channels, type RequestEndEvent } from '../../src/events.ts';
import type { Exchange } from '../../src/exchange.ts';
import { createRouter } from '../../src/router.ts';
import type { JsonObject, Protocol } from '../../src/wire-format.ts';
import { record } from '../support/recorder.ts';
import { completion, scripted } from '../support/scripted-provider.ts';

const ended: RequestEndEvent[] = [];
const onEnd = (event: unknown): void => void ended.push(event as RequestEndEvent);
beforeEach(() => channels.requestEnd.subscribe(onEnd));
afterEach(() => {
  channels.requestEnd.unsubscribe(onEnd);
  ended.length = 0;
});

const protocols: readonly Protocol[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'openai-embeddings',
  'anthropic-count-tokens',
];
const set = (shapeKey: () => Uint8Array | undefined = () => Buffer.alloc(32, 1)) => {
  const entries = new Map();
  const provider = scripted('p', protocols, ['m', 'other']);
  const router = createRouter({
    providers: [provider],
    cache: { get: (key) => entries.get(key), set: (key, answer) => entries.set(key, answer) },
    shapeKey,
  });
  /** What is told of a request that was answered. */
  const told = (body: JsonObject, more: Partial<Exchange> = {}) => {
    const ticket = router.answer({ protocol: 'openai-chat', body: { model: 'm', ...body }, ...more }, record());
    ticket.leave();
    const { shape, exact } = ended.at(-1) as RequestEndEvent;
    return { shape, exact };
  };
  return { provider, router, told };
};
const user = (content: JsonObject['content']) => ({ role: 'user', content }) as const;
const asking = (text: string, more: JsonObject = {}): JsonObject => ({ messages: [user(text)], ...more });

describe('the shape of a prompt', () => {
  it('is told at the end of its request, and is the same for other numbers', () => {
    const { told } = set();
    const { shape } = told(asking('Where is order 17?'));
    expect(shape).toMatch(/^[\w-]{12}$/);
    expect(told(asking('where is order 423?'), { tenant: 'other' }).shape).toBe(shape);
    expect(told(asking('Where is order 17!')).shape).not.toBe(shape);
    expect(told(asking('Where is order 17?', { model: 'other', temperature: 1 })).shape).toBe(shape);
  });

  it('is the same in each protocol of chat', () => {
    const { told } = set();
    const text = { type: 'text', text: 'Where is it?' };
    const system = 'You answer in 3 words.';
    const shapes = [
      told({ messages: [{ role: 'system', content: system }, user('Where is it?')] }),
      told({ messages: [{ role: 'developer', content: [{ type: 'text', text: system }] }, user([text])] }),
      told({ system, messages: [user([text])] }, { protocol: 'anthropic-messages' }),
      told(
        { system: [{ type: 'text', text: system }], messages: [user('Where is it?')] },
        { protocol: 'anthropic-messages' },
      ),
      told({ instructions: system, input: 'Where is it?' }, { protocol: 'openai-responses' }),
      told(
        { instructions: system, input: [user([{ type: 'input_text', text: 'Where is it?' }])] },
        { protocol: 'openai-responses' },
      ),
    ].map(({ shape }) => shape);
    expect(new Set(shapes).size).toBe(1);
    expect(told({ input: 'Where is it?' }, { protocol: 'openai-embeddings' }).shape).not.toBe(shapes[0]);
    const other = told({ system: 'You sing.', messages: [user('Where is it?')] }, { protocol: 'anthropic-messages' });
    expect(other.shape).not.toBe(shapes[0]);
    // Whatever was asked before it.
    expect(told({ instructions: system, input: 'Where is it?' }, { protocol: 'openai-responses' }).shape).toBe(
      shapes[0],
    );
  });

  it('goes by instructions, the last message of the user and how many there are', () => {
    const { told } = set();
    const answer = { role: 'assistant', content: 'Here.' };
    const { shape } = told({ messages: [user('a'), answer, user('Go on.')] });
    expect(told({ messages: [user('b'), { ...answer, content: 'There.' }, user('Go on.')] }).shape).toBe(shape);
    expect(told({ messages: [user('Go on.')] }).shape).not.toBe(shape);
    // A result of a tool is another turn of the same.
    const call = { role: 'tool', tool_call_id: 'c', content: 'x' };
    const calling = [user('Go on.'), answer, call];
    expect(told({ messages: calling }).shape).toBe(
      told({ messages: [user('Go on.'), answer, { ...call, content: 'y' }] }).shape,
    );
    expect(told({ messages: [...calling, answer, call] }).shape).not.toBe(told({ messages: calling }).shape);
  });

  it('cannot be guessed without the key, and is the same with it in another process', () => {
    const prompt = asking('Where is it?');
    const { shape, exact } = set().told(prompt);
    expect(set().told(prompt)).toEqual({ shape, exact });
    const other = set(() => Buffer.alloc(32, 2)).told(prompt);
    expect(other.shape).not.toBe(shape);
    expect(other.exact).not.toBe(exact);
  });

  it('is not told without a key, of a count, or to nobody', () => {
    const nothing = { shape: undefined, exact: undefined };
    expect(set(() => undefined).told(asking('a'))).toEqual(nothing);
    const broken = set(() => {
      throw new Error('no key');
    });
    expect(broken.told(asking('a'))).toEqual(nothing);
    let asked = 0;
    const { told, router } = set(() => {
      asked += 1;
      return Buffer.alloc(32);
    });
    channels.requestEnd.unsubscribe(onEnd);
    router.answer({ protocol: 'openai-chat', body: { model: 'm', ...asking('a') } }, record()).leave();
    channels.requestEnd.subscribe(onEnd);
    expect(asked).toBe(0);
    expect(told(asking('a'), { protocol: 'anthropic-count-tokens' })).toEqual(nothing);
    told(asking('a'));
    told(asking('b'));
    expect(asked).toBe(1);
  });

  it('stands what no protocol has', () => {
    const { told } = set();
    for (const body of [
      {},
      { messages: null },
      { messages: [null, 3, [], { role: 'user' }] },
      { messages: 'x', input: 4 },
      { messages: [user([null, 'a', { text: 3 }, []])] },
    ])
      expect(told(body as unknown as JsonObject).shape).toHaveLength(12);
  });
});

describe('the exact hash of a prompt', () => {
  it('is that of requests that could share an answer alone', () => {
    const { told } = set();
    const { exact } = told(asking('Where is order 17?'));
    expect(exact).toMatch(/^[\w-]{12}$/);
    for (const cache of ['use', 'refresh', 'off'] as const)
      expect(told(asking('Where is order 17?', { user: 'u1' }), { cache }).exact).toBe(exact);
    expect(told(asking('Where is order 423?')).exact).not.toBe(exact);
    expect(told(asking('Where is order 17?', { max_tokens: 9 })).exact).not.toBe(exact);
    expect(told(asking('Where is order 17?'), { tenant: 'other' }).exact).not.toBe(exact);
  });

  it('is the same of what the cache answered', () => {
    const { provider, router } = set();
    const ask = () => router.answer({ protocol: 'openai-chat', body: { model: 'm', ...asking('a') } }, record());
    ask();
    provider.last.json(200, completion('b'));
    ask();
    const [first, second] = ended;
    expect([first?.cache, second?.cache]).toEqual(['miss', 'hit']);
    expect(second?.exact).toBe(first?.exact);
    expect(second?.shape).toBe(first?.shape);
  });

  it('is the same after thousands of others, which need not all be remembered', () => {
    const { told } = set();
    const first = told(asking('Where is it?'));
    const others = new Set(Array.from({ length: 3_000 }, (_, index) => told(asking(`${index}`)).exact));
    expect(others.size).toBe(3_000);
    expect(told(asking('Where is it?'))).toEqual(first);
  });

  it('is not made of what is long and went past the cache', () => {
    const { told } = set();
    const body = asking('a'.repeat(70_000));
    const raw = Buffer.from(JSON.stringify(body));
    expect(told(body, { raw, cache: 'off' }).exact).toBeUndefined();
    expect(told(body, { raw }).exact).toHaveLength(12);
  });

  it('is not there for requests that nobody could be found for', async () => {
    set().router.answer({ protocol: 'openai-chat', body: asking('a', { model: 'nowhere/x' }) }, record());
    await vi.waitFor(() => expect(ended).toMatchObject([{ outcome: 'failed', shape: expect.any(String) }]));
    expect(ended[0]).not.toHaveProperty('exact');
  });
});
