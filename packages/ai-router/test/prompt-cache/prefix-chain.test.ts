import { describe, expect, it } from 'vitest';
import { prefixChainOf } from '../../src/prompt-cache/prefix-chain.ts';
import type { Json, JsonObject } from '../../src/wire-format.ts';
import { assistant, messagesRequest, text, user } from '../support/messages.ts';

const chain = (body: JsonObject, scope = 's') => prefixChainOf(body, scope).blocks;
const hashes = (body: JsonObject, scope?: string) => chain(body, scope).map(({ hash }) => hash);
/** How many blocks from the first on two requests have in common. */
const common = (a: JsonObject, b: JsonObject): number => {
  const [first, second] = [hashes(a), hashes(b)];
  const end = first.findIndex((hash, index) => hash !== second[index]);
  return end < 0 ? first.length : end;
};
const tools = [
  { name: 'f', input_schema: {} },
  { name: 'g', input_schema: {} },
];
const turns = [user(text('a', 10)), assistant(text('b', 10)), user(text('c', 10))];
const body = messagesRequest(turns, { tools, system: [text('x', 10), text('y', 10)] });
const image: Json = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(90_000) } };

describe('the chain of prefixes', () => {
  it('runs from the tools over the system prompt to the messages', () => {
    expect(chain(body).map(({ section, path }) => [section, path])).toEqual([
      ['tools', ['tools', 0]],
      ['tools', ['tools', 1]],
      ['system', ['system', 0]],
      ['system', ['system', 1]],
      ['messages', ['messages', 0, 'content', 0]],
      ['messages', ['messages', 1, 'content', 0]],
      ['messages', ['messages', 2, 'content', 0]],
    ]);
  });

  it('is the same for a text and for a block of nothing but this text', () => {
    const asText = messagesRequest([{ role: 'user', content: 'hello' }], { system: 'brief' });
    const asBlocks = messagesRequest([user({ type: 'text', text: 'hello' })], {
      system: [{ type: 'text', text: 'brief' }],
    });
    expect(hashes(asText)).toEqual(hashes(asBlocks));
    expect(chain(asText).map(({ path }) => path)).toEqual([['system'], ['messages', 0, 'content']]);
  });

  it.each<[string, JsonObject, number]>([
    ['a longer conversation', { messages: [...turns, assistant(text('d', 10))] }, 7],
    ['another last word', { messages: [...turns.slice(0, 2), user(text('z', 10))] }, 6],
    ['another sampling', { temperature: 0.3, max_tokens: 7, stream: true, metadata: { user_id: 'u' } }, 7],
    ['another choice of tools', { tool_choice: { type: 'any' } }, 4],
    ['a first image', { messages: [...turns, user(image)] }, 4],
    ['another system prompt', { system: [text('x', 10), text('z', 10)] }, 3],
    ['another tool', { tools: [tools[0] as Json] }, 1],
    ['other thinking', { thinking: { type: 'adaptive' } }, 0],
  ])('with %s has in common what comes before it', (_, change, blocks) => {
    expect(common(body, { ...body, ...change })).toBe(blocks);
  });

  it('of another tenant or model has none in common', () => {
    expect(hashes(body, 'other')[0]).not.toBe(hashes(body)[0]);
  });

  it('tells who speaks, and where a message begins', () => {
    const [a, b] = [text('a', 10), text('b', 10)];
    expect(common(messagesRequest([user(a, b)]), messagesRequest([user(a), user(b)]))).toBe(1);
    expect(common(messagesRequest([user(a)]), messagesRequest([assistant(a)]))).toBe(0);
  });

  it('counts a run of tool calls as one position, and one of their results', () => {
    const calls = [0, 1, 2].map((id): Json => ({ type: 'tool_use', id: `${id}`, name: 'f', input: {} }));
    const results = [0, 1, 2].map((id): Json => ({ type: 'tool_result', tool_use_id: `${id}`, content: 'x' }));
    const positions = chain(messagesRequest([user(text('a', 1)), assistant(text('b', 1), ...calls), user(...results)]));
    expect(positions.map(({ position }) => position)).toEqual([0, 1, 2, 2, 2, 3, 3, 3]);
  });

  it('marks no thinking, no empty text, no deferred tool, no message of the system and nothing unknown', () => {
    const messages = [
      user({ type: 'text', text: '' }, { type: 'text', text: ' \n' }, { type: 'container_upload', file_id: 'f' }),
      assistant({ type: 'thinking', thinking: 'x', signature: 's' }, { type: 'redacted_thinking', data: 'd' }),
      { role: 'system', content: 'be brief' },
      { role: 'user', content: '' },
      { role: 'user', content: ' ' },
    ];
    const unmarked = messagesRequest(messages, { tools: [{ name: 'f', input_schema: {}, defer_loading: true }] });
    expect(
      chain(unmarked)
        .map(({ path }) => path)
        .filter(Boolean),
    ).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['at the top', { cache_control: { type: 'ephemeral' } }],
    ['on a tool', { tools: [{ ...tools[0], cache_control: { type: 'ephemeral' } }] }],
    ['on the system prompt', { system: [{ ...text('x', 1), cache_control: { type: 'ephemeral' } }] }],
    ['on a message', { messages: [user({ ...text('x', 1), cache_control: { type: 'ephemeral' } })] }],
    [
      "in a tool's result",
      {
        messages: [
          user({
            type: 'tool_result',
            tool_use_id: '1',
            content: [{ ...text('x', 1), cache_control: { type: 'ephemeral' } }],
          }),
        ],
      },
    ],
  ])("sees a client's own breakpoint %s", (_, change) => {
    expect(prefixChainOf({ ...body, ...change }, 's').hasOwn).toBe(true);
  });

  it('takes no word for a breakpoint', () => {
    const input = { cache_control: { type: 'ephemeral' } };
    const messages = [
      assistant({ type: 'tool_use', id: '1', name: 'f', input }),
      user({ type: 'text', text: '"cache_control":{' }),
    ];
    const none = messagesRequest(messages, {
      tools: [{ name: 'f', input_schema: { properties: input } }],
      system: [{ ...text('x', 1), cache_control: null }],
    });
    expect(prefixChainOf(none, 's').hasOwn).toBe(false);
  });

  it('takes images for their tokens, not for their bytes', () => {
    const [block] = chain(messagesRequest([user(image)]));
    expect(block?.mediaTokens).toBe(1_600);
    expect(block?.characters).toBeLessThan(200);
    const [result] = chain(
      messagesRequest([user({ type: 'tool_result', tool_use_id: '1', content: [image, text('a', 100)] })]),
    );
    expect(result).toMatchObject({ mediaTokens: 1_600 });
    expect(result?.characters).toBeGreaterThan(360);
    expect(result?.characters).toBeLessThan(1_000);
  });

  it('tells how far a conversation has come', () => {
    expect(prefixChainOf(body, 's')).toMatchObject({ answers: 1, awaitsModel: false });
    const working = messagesRequest([...turns, user({ type: 'tool_result', tool_use_id: '1', content: 'x' })]);
    expect(prefixChainOf(working, 's')).toMatchObject({ awaitsModel: true });
  });

  it.each<[string, JsonObject]>([
    ['nothing', {}],
    ['messages that are none', { messages: 'x', tools: 7, system: null }],
    ['contents that are none', { messages: [null, 'x', { role: 'user' }, { role: 'user', content: [null, 3, 'x'] }] }],
  ])('bears %s', (_, odd) => {
    expect(chain(odd).every(({ path }) => path === undefined)).toBe(true);
  });
});
