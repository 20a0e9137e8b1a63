import { describe, expect, it } from 'vitest';
import { callOptionsOf } from '../../src/ai-sdk/call-options.ts';
import { sealMetadata } from '../../src/ai-sdk/metadata.ts';
import type { ModelMessage, ModelRequest } from '../../src/wire-format.ts';

const optionsOf = (request: Partial<ModelRequest> = {}) =>
  callOptionsOf({ model: 'm', messages: [], stream: false, ...request }, 'p');
const promptOf = (...messages: ModelMessage[]) => optionsOf({ messages }).prompt;
const text = (said: string) => ({ type: 'text', text: said }) as const;

describe('settings', () => {
  it('are said in the AI SDK’s words', () => {
    expect(
      optionsOf({
        maxTokens: 9,
        temperature: 0.1,
        topP: 0.2,
        topK: 3,
        seed: 4,
        frequencyPenalty: 0.5,
        presencePenalty: 0.6,
        stopSequences: ['x'],
        reasoning: { effort: 'xhigh' },
      }),
    ).toEqual({
      prompt: [],
      maxOutputTokens: 9,
      temperature: 0.1,
      topP: 0.2,
      topK: 3,
      seed: 4,
      frequencyPenalty: 0.5,
      presencePenalty: 0.6,
      stopSequences: ['x'],
      reasoning: 'xhigh',
    });
  });

  it('turn a budget for reasoning into the effort that allows it', () => {
    expect(optionsOf({ reasoning: { budgetTokens: 8192 } }).reasoning).toBe('medium');
  });

  it('name the options of providers where the AI SDK has no setting', () => {
    expect(optionsOf({ parallelToolCalls: false, user: 'u' }).providerOptions).toEqual({
      openai: { parallelToolCalls: false, user: 'u' },
      anthropic: { disableParallelToolUse: true, metadata: { userId: 'u' } },
    });
  });

  it.each([
    [undefined, false],
    [true, true],
  ])('keep a schema as strict as the protocol has it (%s)', (strict, told) => {
    const schema = { type: 'object' };
    const responseFormat = {
      type: 'json-schema',
      name: 'n',
      schema,
      description: 'd',
      ...(strict && { strict }),
    } as const;
    expect(optionsOf({ responseFormat })).toMatchObject({
      responseFormat: { type: 'json', name: 'n', schema, description: 'd' },
      providerOptions: { openai: { strictJsonSchema: told } },
    });
    expect(optionsOf({ responseFormat: { type: 'json' } })).toEqual({ prompt: [], responseFormat: { type: 'json' } });
  });

  it('hand over tools and which of them to call', () => {
    const parameters = { type: 'object' };
    const tools = [
      { name: 't', description: 'd', parameters, strict: true },
      { name: 'u', parameters },
    ];
    expect(optionsOf({ tools, toolChoice: { name: 't' } })).toMatchObject({
      tools: [
        { type: 'function', name: 't', description: 'd', inputSchema: parameters, strict: true },
        { type: 'function', name: 'u', inputSchema: parameters },
      ],
      toolChoice: { type: 'tool', toolName: 't' },
    });
    expect(optionsOf({ tools, toolChoice: 'required' }).toolChoice).toEqual({ type: 'required' });
  });
});

describe('messages', () => {
  it('of the system come first, since many models take them nowhere else', () => {
    expect(
      promptOf({ role: 'user', content: [text('a')] }, { role: 'system', content: [text('b'), text('c')] }),
    ).toEqual([
      { role: 'system', content: 'b\nc' },
      { role: 'user', content: [text('a')] },
    ]);
  });

  it('carry images and files', () => {
    const png = { kind: 'base64', mediaType: 'image/png', data: 'iVBORw' } as const;
    const pdf = { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi' } as const;
    const url = { kind: 'url', url: 'https://host/a' } as const;
    const [message] = promptOf({
      role: 'user',
      content: [
        { type: 'image', source: png, detail: 'low' },
        { type: 'file', source: pdf, name: 'a.pdf' },
        { type: 'file', source: url },
      ],
    });
    expect(message?.content).toEqual([
      {
        type: 'file',
        mediaType: 'image/png',
        data: { type: 'data', data: 'iVBORw' },
        providerOptions: { openai: { imageDetail: 'low' } },
      },
      { type: 'file', mediaType: 'application/pdf', data: { type: 'data', data: 'JVBERi' }, filename: 'a.pdf' },
      { type: 'file', mediaType: 'application/pdf', data: { type: 'url', url: new URL('https://host/a') } },
    ]);
  });

  it('carry calls and their results, which name the tool, in one message of each role', () => {
    const call = (id: string, args: string) =>
      ({ type: 'tool-call', id, name: `tool-${id}`, arguments: args }) as const;
    const png = { kind: 'base64', mediaType: 'image/png', data: 'iVBORw' } as const;
    expect(
      promptOf(
        { role: 'assistant', content: [text('so'), call('1', '{"a":1}'), call('2', ''), call('3', 'no {json')] },
        { role: 'tool', callId: '1', content: [text('a'), text('b')] },
        { role: 'tool', callId: '2', content: [text('bad')], isError: true },
        { role: 'tool', callId: '3', content: [text('see'), { type: 'image', source: png }] },
      ),
    ).toEqual([
      {
        role: 'assistant',
        content: [
          text('so'),
          { type: 'tool-call', toolCallId: '1', toolName: 'tool-1', input: { a: 1 } },
          { type: 'tool-call', toolCallId: '2', toolName: 'tool-2', input: {} },
          { type: 'tool-call', toolCallId: '3', toolName: 'tool-3', input: 'no {json' },
        ],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: '1', toolName: 'tool-1', output: { type: 'text', value: 'a\nb' } },
          { type: 'tool-result', toolCallId: '2', toolName: 'tool-2', output: { type: 'error-text', value: 'bad' } },
          {
            type: 'tool-result',
            toolCallId: '3',
            toolName: 'tool-3',
            output: {
              type: 'content',
              value: [text('see'), { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBORw' } }],
            },
          },
        ],
      },
    ]);
  });

  it('give metadata back to the parts it came with, and to the provider it came from alone', () => {
    const proof = (owner: Parameters<typeof sealMetadata>[1], name: string, provider = 'p') =>
      sealMetadata(provider, owner, { [name]: { id: name } }, owner === 'reasoning');
    const content = [
      { type: 'reasoning', text: 'hm', proof: proof('reasoning', 'r') },
      { type: 'reasoning', text: 'ah', proof: proof('reasoning', 'x', 'other') },
      { type: 'reasoning', text: '', proof: proof('text', 't') },
      { type: 'reasoning', text: '', proof: proof({ call: '1' }, 'c') },
      { type: 'reasoning', text: '', proof: { protocol: 'anthropic-messages', data: 'theirs' } },
      text('so'),
      { type: 'tool-call', id: '1', name: 'n', arguments: '{}' },
      { type: 'tool-call', id: '2', name: 'n', arguments: '{}' },
    ] as const;
    expect(promptOf({ role: 'assistant', content })[0]?.content).toEqual([
      { type: 'reasoning', text: 'hm', providerOptions: { r: { id: 'r' } } },
      { type: 'reasoning', text: 'ah' },
      { ...text('so'), providerOptions: { t: { id: 't' } } },
      { type: 'tool-call', toolCallId: '1', toolName: 'n', input: {}, providerOptions: { c: { id: 'c' } } },
      { type: 'tool-call', toolCallId: '2', toolName: 'n', input: {} },
    ]);
  });

  it('leave the metadata of several texts out, since they came back as one', () => {
    const proof = (id: string) => sealMetadata('p', 'text', { x: { id } }, false);
    const content = [
      { type: 'reasoning', text: '', proof: proof('1') },
      { type: 'reasoning', text: '', proof: proof('2') },
      text('both'),
    ] as const;
    expect(promptOf({ role: 'assistant', content })[0]?.content).toEqual([text('both')]);
  });
});
