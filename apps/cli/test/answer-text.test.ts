import { describe, expect, it } from 'vitest';
import { answerText } from '../src/answer-text.ts';

const json = (body: object) => ({ contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) });
const stream = (...events: object[]) => ({
  contentType: 'text/event-stream; charset=utf-8',
  body: Buffer.from(
    events
      .map((event) => `${'type' in event ? `event: ${event.type}\n` : ''}data: ${JSON.stringify(event)}\n\n`)
      .join(''),
  ),
});
const chunk = (delta: object, finish: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const usage = { input_tokens: 1, output_tokens: 1 };

describe('the text of an answer', () => {
  it.each([
    [
      "in OpenAI's protocol",
      json({
        id: 'c',
        object: 'chat.completion',
        model: 'm',
        choices: [
          { index: 0, message: { role: 'assistant', content: 'Zürich "type":"message"' }, finish_reason: 'stop' },
        ],
      }),
      'Zürich "type":"message"',
    ],
    [
      "in Anthropic's protocol",
      json({
        id: 'm',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [{ type: 'text', text: 'Bern' }],
        stop_reason: 'end_turn',
        usage,
      }),
      'Bern',
    ],
    [
      "streamed in OpenAI's",
      stream(chunk({ role: 'assistant', content: 'Ba' }), chunk({ content: 'sel' }), chunk({}, 'stop')),
      'Basel',
    ],
    [
      "streamed in Anthropic's",
      stream(
        {
          type: 'message_start',
          message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage },
        },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Genève' } },
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } },
        { type: 'message_stop' },
      ),
      'Genève',
    ],
    ['of another kind', json({ object: 'list', data: [] }), undefined],
    ['that is no JSON', { contentType: 'application/json', body: Buffer.from('{') }, undefined],
  ])('%s', async (_, answer, text) => {
    expect(await answerText(answer)).toBe(text);
  });
});
