import { describe, expect, it } from 'vitest';
import type { JsonObject, Protocol } from '../src/wire-format.ts';
import { set, turn } from './support/exchanges.ts';
import { completion, message, scripted } from './support/scripted-provider.ts';

const question = { role: 'user', content: 'hi' };
const image = (url: string, detail?: string) => ({ type: 'image_url', image_url: { url, detail } });
const pdf = 'data:application/zip;base64,AAAA';

/** What a client of one protocol is told by a provider that speaks another. */
async function told(from: Protocol, to: Protocol, body: JsonObject) {
  const { ask, provider } = set({}, scripted('p', to));
  const { sink } = await ask({ messages: undefined as never, ...body }, { protocol: from });
  if (provider.calls.length > 0) {
    provider.last.json(200, to === 'anthropic-messages' ? message('ok') : completion('ok'));
    await turn();
  }
  return { error: sink.error, dropped: sink.head?.dropped ?? [] };
}

describe('a refusal names the field as its client knows it', () => {
  it.each<[Protocol, Protocol, JsonObject, string]>([
    [
      'openai-chat',
      'anthropic-messages',
      { messages: [question], response_format: { type: 'json_object' } },
      'response_format',
    ],
    ['openai-chat', 'anthropic-messages', { messages: [question], frequency_penalty: 1 }, 'frequency_penalty'],
    ['openai-chat', 'anthropic-messages', { messages: [question], presence_penalty: 1 }, 'presence_penalty'],
    ['openai-chat', 'openai-responses', { messages: [question], top_k: 5 }, 'top_k'],
    ['openai-chat', 'openai-responses', { messages: [question], stop: 'x' }, 'stop'],
    [
      'openai-responses',
      'anthropic-messages',
      { input: 'hi', text: { format: { type: 'json_object' } } },
      'text.format',
    ],
    ['openai-responses', 'anthropic-messages', { input: [{ role: 'system', content: 'a' }] }, 'input'],
    [
      'anthropic-messages',
      'openai-responses',
      { messages: [question], max_tokens: 9, stop_sequences: ['x'] },
      'stop_sequences',
    ],
    ['anthropic-messages', 'openai-responses', { messages: [question], max_tokens: 9, top_k: 3 }, 'top_k'],
    [
      'openai-chat',
      'anthropic-messages',
      {
        messages: [
          question,
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'file', file: { file_data: pdf } },
            ],
          },
        ],
      },
      'messages[1].content[1]',
    ],
    [
      'openai-chat',
      'anthropic-messages',
      {
        messages: [
          question,
          {
            role: 'assistant',
            content: 'so',
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '[]' } }],
          },
        ],
      },
      'messages[1].tool_calls[0].function.arguments',
    ],
    [
      'openai-responses',
      'anthropic-messages',
      {
        instructions: 'Be brief.',
        input: [
          { role: 'user', content: 'hi' },
          { type: 'function_call', call_id: 'c', name: 'f', arguments: '[]' },
        ],
      },
      'input[1].arguments',
    ],
    [
      'openai-responses',
      'openai-chat',
      {
        instructions: 'Be brief.',
        input: [{ role: 'user', content: [{ type: 'input_file', file_url: 'https://example.com/a.pdf' }] }],
      },
      'input[0].content[0].file_url',
    ],
    [
      'anthropic-messages',
      'openai-chat',
      {
        system: 'Be brief.',
        max_tokens: 9,
        messages: [
          question,
          { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 't', content: 'done' },
              { type: 'text', text: 'and' },
              { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
            ],
          },
        ],
      },
      'messages[2].content[2].source.url',
    ],
  ])('%s to %s: %#', async (from, to, body, expected) => {
    const { error } = await told(from, to, body);
    expect(error).toMatchObject({ status: 400, param: expected });
    expect(error?.message).toContain(`"${expected}"`);
  });
});

describe('what was left out is named as its client knows it', () => {
  it.each<[Protocol, Protocol, JsonObject, string[]]>([
    [
      'openai-chat',
      'anthropic-messages',
      {
        messages: [
          { role: 'system', content: 'a' },
          { role: 'user', content: [image('https://example.com/a.png', 'high')] },
        ],
      },
      ['messages[1].content[0].image_url.detail'],
    ],
    [
      'openai-chat',
      'anthropic-messages',
      { messages: [question, { role: 'assistant', content: 'so', reasoning_content: 'hm' }, question] },
      ['messages[1].reasoning_content'],
    ],
    [
      'openai-responses',
      'anthropic-messages',
      {
        instructions: 'a',
        input: [
          { role: 'user', content: 'hi' },
          { type: 'reasoning', id: 'rs', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'x' },
          { role: 'assistant', content: 'so' },
          { role: 'user', content: 'and?' },
        ],
      },
      ['input[1]'],
    ],
    [
      'anthropic-messages',
      'openai-chat',
      {
        system: 'a',
        max_tokens: 9,
        messages: [
          question,
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'hm', signature: 's' },
              { type: 'tool_use', id: 't', name: 'f', input: {} },
            ],
          },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'no', is_error: true }] },
        ],
      },
      ['messages[1].content[0]', 'messages[2].content[0].is_error'],
    ],
    [
      'openai-chat',
      'anthropic-messages',
      { messages: [question], reasoning_effort: 'low', max_tokens: 100 },
      ['reasoning_effort'],
    ],
  ])('%s to %s: %#', async (from, to, body, expected) => {
    const { error, dropped } = await told(from, to, { model: 'p/claude-haiku-4-5', ...body });
    expect(error).toBeUndefined();
    expect(dropped).toEqual(expected);
  });
});

it('a question of our own is told by our own names, whatever protocol it was put into', async () => {
  const [first, claude] = [scripted('first'), scripted('claude', 'anthropic-messages')];
  const { router } = set({
    providers: [first, claude],
    routes: { r: { targets: ['first/m', 'claude/m'] } },
    attempts: {},
  });
  const asked = router.query({ model: 'r', prompt: 'hi', responseFormat: { type: 'json' } });
  await turn();
  first.last.json(401, { error: { message: 'no', type: 'authentication_error' } });
  await expect(asked).rejects.toMatchObject({
    code: 'ROUTER_FIELD_UNSUPPORTED',
    param: 'responseFormat',
    message: expect.stringContaining('"responseFormat"'),
  });
});
