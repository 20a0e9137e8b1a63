import { describe, expect, it } from 'vitest';
import { openaiChat } from '../../src/formats/openai-chat.ts';
import { languageModel } from '../../src/language-model.ts';
import { sim } from '../../src/providers/sim.ts';
import { createRouter } from '../../src/router.ts';
import { memory, turn } from '../support/exchanges.ts';
import { generate, prompt, sentBy, set } from '../support/router-model.ts';
import { scripted } from '../support/scripted-provider.ts';

describe('what is sent', () => {
  it('says everything that the settings say', async () => {
    const its = set();
    const inputSchema = { type: 'object' } as const;
    await generate(its, {
      prompt: [{ role: 'system', content: 'Be brief.' }, ...prompt],
      maxOutputTokens: 9,
      temperature: 0.1,
      topP: 0.2,
      seed: 4,
      frequencyPenalty: 0.5,
      stopSequences: ['x'],
      reasoning: 'low',
      tools: [{ type: 'function', name: 't', description: 'd', inputSchema, strict: true }],
      toolChoice: { type: 'tool', toolName: 't' },
      responseFormat: { type: 'json', schema: inputSchema, name: 'n' },
      providerOptions: { hotpath: { user: 'u', parallelToolCalls: false }, openai: { other: 1 } },
    });
    expect(openaiChat.decodeRequest(sentBy(its.provider))).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'user', content: [{ type: 'text', text: 'Hello?' }] },
      ],
      maxTokens: 9,
      temperature: 0.1,
      topP: 0.2,
      seed: 4,
      frequencyPenalty: 0.5,
      stopSequences: ['x'],
      reasoning: { effort: 'low' },
      tools: [{ name: 't', description: 'd', parameters: inputSchema, strict: true }],
      toolChoice: { name: 't' },
      parallelToolCalls: false,
      responseFormat: { type: 'json-schema', name: 'n', schema: inputSchema, strict: true },
      user: 'u',
      stream: false,
    });
  });

  it('carries calls, results and media', async () => {
    const its = set();
    const bytes = new Uint8Array(Buffer.from('89504e47', 'hex'));
    const output = (value: object) => ({ type: 'tool-result', toolCallId: '1', toolName: 't', output: value }) as never;
    await generate(its, {
      prompt: [
        {
          role: 'user',
          content: [
            { type: 'file', mediaType: 'image/*', data: { type: 'data', data: bytes } },
            { type: 'file', mediaType: 'image', data: { type: 'url', url: new URL('https://host/a.png') } },
            { type: 'file', mediaType: 'application/pdf', filename: 'a.pdf', data: { type: 'data', data: 'JVBERi0=' } },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool-call', toolCallId: '1', toolName: 't', input: { a: 1 } }] },
        {
          role: 'tool',
          content: [
            output({ type: 'json', value: { b: 2 } }),
            output({ type: 'error-text', value: 'bad' }),
            output({ type: 'execution-denied', reason: 'no' }),
            output({ type: 'content', value: [{ type: 'text', text: 'c' }] }),
          ],
        },
      ],
    });
    const [user, assistant, ...results] = openaiChat.decodeRequest(sentBy(its.provider)).messages;
    expect(user?.content).toEqual([
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'iVBORw==' } },
      { type: 'image', source: { kind: 'url', url: 'https://host/a.png' } },
      { type: 'file', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' }, name: 'a.pdf' },
    ]);
    expect(assistant?.content).toEqual([{ type: 'tool-call', id: '1', name: 't', arguments: '{"a":1}' }]);
    expect(results.map(({ content }) => content)).toEqual(
      ['{"b":2}', 'bad', 'no', 'c'].map((text) => [{ type: 'text', text }]),
    );
  });

  it('is in the protocol that was chosen, where failed tools and documents by their URL have a place', async () => {
    const its = set({ provider: scripted('p', 'anthropic-messages'), protocol: 'anthropic-messages' });
    expect(its.model.supportedUrls).toHaveProperty(['application/pdf']);
    expect(set().model.supportedUrls).not.toHaveProperty(['application/pdf']);
    const url = new URL('https://host/a.pdf');
    void Promise.resolve(
      its.model.doGenerate({
        prompt: [
          { role: 'user', content: [{ type: 'file', mediaType: 'application/pdf', data: { type: 'url', url } }] },
          { role: 'assistant', content: [{ type: 'tool-call', toolCallId: '1', toolName: 't', input: {} }] },
          {
            role: 'tool',
            content: [
              { type: 'tool-result', toolCallId: '1', toolName: 't', output: { type: 'error-text', value: 'bad' } },
            ],
          },
        ],
        topK: 5,
      }),
    ).catch(() => {});
    await turn();
    expect(sentBy(its.provider)).toMatchObject({
      top_k: 5,
      messages: [
        { content: [{ type: 'document', source: { type: 'url', url: 'https://host/a.pdf' } }] },
        { content: [{ type: 'tool_use', id: '1' }] },
        { content: [{ type: 'tool_result', is_error: true }] },
      ],
    });
    await its.router.close();
  });

  it('is written as the model behind an alias wants it', async () => {
    const its = set({ router: { aliases: { fast: 'p/gpt-5' } }, name: 'fast' });
    await generate(its, { maxOutputTokens: 9 });
    expect(sentBy(its.provider)).toMatchObject({ model: 'gpt-5', max_completion_tokens: 9 });
  });

  it('takes headers along, but not those of the connection', async () => {
    const its = set();
    await generate(its, { headers: { 'X-Mine': '1', 'user-agent': 'ai/7', 'content-type': 'x', other: undefined } });
    expect(its.provider.last.headers).toEqual({ 'x-mine': '1' });
  });

  it('passes the cache where it is told to', async () => {
    const its = set({ router: { cache: memory() } });
    await generate(its);
    const { providerMetadata } = await generate(its, { providerOptions: { hotpath: { cache: 'off' } } });
    expect(providerMetadata).toMatchObject({ hotpath: { cache: 'bypass' } });
  });

  it('belongs to its tenant', async () => {
    const router = createRouter({ providers: [sim()], cache: memory() });
    const ask = (tenant: string) => languageModel(router, 'sim-1', { tenant }).doGenerate({ prompt });
    await ask('a');
    expect((await ask('a')).providerMetadata?.hotpath?.cache).toBe('hit');
    expect((await ask('b')).providerMetadata?.hotpath?.cache).toBe('miss');
  });
});

describe('what has no place', () => {
  it('is left out with a warning: tools of providers, settings, parts of the conversation', async () => {
    const its = set();
    const { warnings } = await generate(its, {
      prompt: [
        ...prompt,
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'so' },
            { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBORw==' } },
            { type: 'custom', kind: 'x.y' },
          ],
        },
        { role: 'tool', content: [{ type: 'tool-approval-response', approvalId: '1', approved: true }] },
      ],
      tools: [{ type: 'provider', id: 'openai.web_search', name: 'web_search', args: {} }],
      toolChoice: { type: 'auto' },
      topK: 5,
    });
    expect(warnings.map((warning) => warning.type === 'unsupported' && warning.feature)).toEqual([
      'provider tool openai.web_search',
      'file of the assistant',
      'custom of the assistant',
      'tool-approval-response',
    ]);
    expect(Object.keys(sentBy(its.provider)).sort()).toEqual(['messages', 'model', 'top_k']);
  });

  it('in the protocol of the provider that answers is left out too, by asking again without', async () => {
    const its = set({ provider: scripted('p', 'anthropic-messages') });
    const asking = Promise.resolve(its.model.doGenerate({ prompt, seed: 1, temperature: 0.5 }));
    await turn();
    its.provider.last.json(500, { error: { message: 'enough' } });
    await expect(asking).rejects.toThrow('enough');
    expect(its.provider.calls).toHaveLength(1);
    expect(sentBy(its.provider)).toMatchObject({ temperature: 0.5 });
  });

  it.each([
    ['audio', { type: 'file', mediaType: 'audio/wav', data: { type: 'data', data: 'AA==' } }],
    [
      'a file kept elsewhere',
      { type: 'file', mediaType: 'image/png', data: { type: 'reference', reference: { x: '1' } } },
    ],
  ])('and cannot be left out is refused (%s)', async (_name, part) => {
    const asking = generate(set(), { prompt: [{ role: 'user', content: [part as never] }] });
    await expect(asking).rejects.toMatchObject({ code: 'ROUTER_FIELD_UNSUPPORTED', param: 'prompt[0].content[0]' });
  });

  it.each([{ cache: 'never' }, { cach: 'off' }])(
    'among the options for the router is refused (%o)',
    async (hotpath) => {
      const asking = generate(set(), { providerOptions: { hotpath } });
      await expect(asking).rejects.toMatchObject({ code: 'ROUTER_REQUEST_INVALID' });
    },
  );
});
