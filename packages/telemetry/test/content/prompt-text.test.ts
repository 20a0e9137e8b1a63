import { describe, expect, it } from 'vitest';
import { promptText } from '../../src/content/prompt-text.ts';

const image = 'iVBORw0KGgo'.repeat(50);

describe('the text of a prompt', () => {
  it('is what was said in OpenAI Chat Completions', () => {
    const { texts, isCut } = promptText({
      model: 'm',
      tools: [{ type: 'function', function: { name: 'hidden' } }],
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look:' },
            { type: 'image_url', image_url: { url: image } },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [{ function: { name: 'zoom', arguments: '{"x":2}' } }] },
        { role: 'tool', tool_call_id: 'c', content: 'done' },
      ],
    });
    expect(texts).toEqual([
      'system: Be brief.',
      'user: Look:\n[image]',
      'assistant: [calls zoom] {"x":2}',
      'tool: done',
    ]);
    expect(isCut).toBe(false);
  });

  it('is what was said in Anthropic Messages', () => {
    const { texts } = promptText({
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [
        { role: 'user', content: 'Look.' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hidden' },
            { type: 'text', text: 'I do.' },
            { type: 'tool_use', id: 't', name: 'zoom', input: { x: 2 } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              content: [
                { type: 'text', text: 'done' },
                { type: 'image', source: { data: image } },
              ],
            },
          ],
        },
      ],
    });
    expect(texts).toEqual([
      'system: Be brief.',
      'user: Look.',
      'assistant: I do.\n[calls zoom] {"x":2}',
      'user: [result] done\n[image]',
    ]);
  });

  it('is what was said in OpenAI Responses, and what is to be embedded', () => {
    expect(promptText({ instructions: 'Be brief.', input: 'why?' }).texts).toEqual(['system: Be brief.', 'user: why?']);
    const items = [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'why?' },
          { type: 'input_image', image_url: image },
        ],
      },
      { type: 'reasoning', summary: [{ text: 'hidden' }] },
      { type: 'function_call', name: 'zoom', arguments: '{}' },
      { type: 'function_call_output', output: 'done' },
    ];
    expect(promptText({ input: items }).texts).toEqual([
      'user: why?\n[image]',
      'assistant: [calls zoom] {}',
      'tool: done',
    ]);
    expect(promptText({ input: ['one', 'two'] }).texts).toEqual(['user: one', 'user: two']);
    expect(promptText({ input: [1, 2, 3] }).texts).toEqual(['user: [tokens]']);
  });

  it('keeps what was said last where it is too long', () => {
    const messages = ['a', 'b', 'c'].map((letter) => ({ role: 'user', content: letter.repeat(150_000) }));
    const { texts, isCut } = promptText({ messages });
    expect(isCut).toBe(true);
    expect(texts.map((text) => text[6])).toEqual(['b', 'c']);
    expect(texts.join('').length).toBeLessThanOrEqual(262_144 + 4_096);
  });

  it('keeps the end of one message that is too long, of one text or of many parts', () => {
    const long = `beginning ${'x'.repeat(300_000)} end`;
    const parts = [{ type: 'text', text: long }, ...Array.from('ab', (text) => ({ type: 'text', text }))];
    for (const [content, end] of [
      [long, ' end'],
      [parts, ' end\na\nb'],
    ] as const) {
      const { texts, isCut } = promptText({ messages: [{ role: 'user', content }] });
      expect(isCut).toBe(true);
      expect(texts).toHaveLength(1);
      expect(texts[0]?.endsWith(end)).toBe(true);
      expect(texts[0]).toHaveLength(262_144 + 4_096);
    }
  });

  it.each([
    [{}],
    [{ messages: 'x' }],
    [{ messages: [null, 1, [], {}] }],
    [{ input: null }],
    [{ system: 7, messages: [{ role: 'user', content: 7 }] }],
  ])('is read of whatever is sent: %j', (body) => {
    expect(() => promptText(body)).not.toThrow();
  });
});
