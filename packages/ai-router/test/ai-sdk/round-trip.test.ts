import type { LanguageModelV4CallOptions, LanguageModelV4Content, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { languageModel } from '../../src/language-model.ts';
import { aiSdk } from '../../src/providers/ai-sdk.ts';
import { createRouter } from '../../src/router.ts';
import type { ChatProtocol } from '../../src/wire-format.ts';
import { memory } from '../support/exchanges.ts';
import { usage, type WrittenModel, written } from '../support/language-models.ts';

const prompt: LanguageModelV4CallOptions['prompt'] = [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }];
const content: LanguageModelV4Content[] = [
  { type: 'reasoning', text: 'hm', providerMetadata: { x: { signature: 'sig/+=' } } },
  { type: 'reasoning', text: '', providerMetadata: { x: { redacted: 'sealed' } } },
  { type: 'text', text: 'Zürich 日本語', providerMetadata: { x: { id: 't' } } },
  { type: 'tool-call', toolCallId: 'c1', toolName: 'a', input: '{"n":1}', providerMetadata: { x: { thought: 'c' } } },
  { type: 'tool-call', toolCallId: 'c2', toolName: 'b', input: '{}' },
];
const finishReason = { unified: 'tool-calls', raw: 'calls' } as const;

const streamed: LanguageModelV4StreamPart[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'response-metadata', id: 'answer-1', modelId: 'm-1' },
  ...content.flatMap((part, index): LanguageModelV4StreamPart[] => {
    const id = String(index);
    if (part.type !== 'text' && part.type !== 'reasoning') return [part as LanguageModelV4StreamPart];
    const { type, text, providerMetadata } = part;
    return [
      { type: `${type}-start`, id },
      ...(text === '' ? [] : [{ type: `${type}-delta`, id, delta: text } as const]),
      { type: `${type}-end`, id, ...(providerMetadata && { providerMetadata }) },
    ];
  }),
  { type: 'finish', finishReason, usage: usage(7, 3) },
];

/** A model behind a router, asked through the router as a model. */
const behind = (model: WrittenModel, protocol: ChatProtocol) => {
  const provider = aiSdk({ id: 'p', model: () => model });
  return languageModel(createRouter({ providers: [provider], cache: memory() }), 'p/m', { protocol });
};

const collect = async (parts: ReadableStream<LanguageModelV4StreamPart>): Promise<LanguageModelV4Content[]> => {
  const texts = new Map<string, string>();
  const collected: LanguageModelV4Content[] = [];
  for await (const part of parts) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
      texts.set(part.id, (texts.get(part.id) ?? '') + part.delta);
    }
    if (part.type === 'text-end' || part.type === 'reasoning-end') {
      const { type, id, ...rest } = part;
      collected.push({ ...rest, type: type === 'text-end' ? 'text' : 'reasoning', text: texts.get(id) ?? '' });
    }
    if (part.type === 'tool-call') collected.push(part);
  }
  return collected;
};

describe.each(['openai-chat', 'openai-responses', 'anthropic-messages'] satisfies ChatProtocol[])(
  'a model of the AI SDK behind the router, to a client of %s',
  (protocol) => {
    it.each(['whole', 'streamed'])('gets everything back that its answer came with (%s)', async (way) => {
      const model = written({ content, result: { finishReason }, parts: streamed });
      const client = behind(model, protocol);
      const answer =
        way === 'whole'
          ? (await client.doGenerate({ prompt })).content
          : await collect((await client.doStream({ prompt })).stream);
      const said = answer.map((part) => {
        const { providerMetadata: providerOptions, ...rest } = part as Extract<typeof part, { type: 'text' }>;
        const call = part.type === 'tool-call' && { input: JSON.parse(part.input) as unknown };
        return { ...rest, ...call, ...(providerOptions && { providerOptions }) };
      });
      const results = ['c1', 'c2'].map((toolCallId) => ({
        type: 'tool-result' as const,
        toolCallId,
        toolName: 'as the call says',
        output: { type: 'text' as const, value: `of ${toolCallId}` },
      }));
      const next = [
        ...prompt,
        { role: 'assistant', content: said },
        { role: 'tool', content: results },
      ] as typeof prompt;
      await client.doGenerate({ prompt: next });
      const [, assistant, tool] = model.calls.at(-1)?.prompt ?? [];
      const of = (type: string) =>
        Array.isArray(assistant?.content) ? assistant.content.filter((part) => part.type === type) : [];
      expect(of('reasoning')).toEqual([
        { type: 'reasoning', text: 'hm', providerOptions: { x: { signature: 'sig/+=' } } },
        { type: 'reasoning', text: '', providerOptions: { x: { redacted: 'sealed' } } },
      ]);
      expect(of('text')).toEqual([{ type: 'text', text: 'Zürich 日本語', providerOptions: { x: { id: 't' } } }]);
      expect(of('tool-call')).toEqual([
        {
          type: 'tool-call',
          toolCallId: 'c1',
          toolName: 'a',
          input: { n: 1 },
          providerOptions: { x: { thought: 'c' } },
        },
        { type: 'tool-call', toolCallId: 'c2', toolName: 'b', input: {} },
      ]);
      expect(tool?.content).toEqual([
        { type: 'tool-result', toolCallId: 'c1', toolName: 'a', output: { type: 'text', value: 'of c1' } },
        { type: 'tool-result', toolCallId: 'c2', toolName: 'b', output: { type: 'text', value: 'of c2' } },
      ]);
    });

    it.each([
      ['stop', 'stop', 'hit'],
      ['length', 'length', 'hit'],
      ['other', 'other', 'miss'],
    ] as const)('ends with %s, and keeps no answer whose end nobody knows', async (unified, told, second) => {
      const end = { unified, raw: 'x' } as const;
      const parts = streamed
        .filter(({ type }) => type !== 'tool-call')
        .map((part) => (part.type === 'finish' ? { ...part, finishReason: end } : part));
      const model = written({ result: { finishReason: end }, parts });
      const client = behind(model, protocol);
      for (const cache of ['miss', second]) {
        const { finishReason: whole, providerMetadata } = await client.doGenerate({ prompt });
        expect(providerMetadata?.hotpath?.cache).toBe(cache);
        if (protocol === 'openai-chat') expect(whole.unified).toBe(told);
      }
      for (const cache of ['miss', second]) {
        const { stream } = await client.doStream({ prompt });
        let last: LanguageModelV4StreamPart | undefined;
        for await (const part of stream) last = part;
        expect(last).toMatchObject({ providerMetadata: { hotpath: { cache } } });
      }
    });
  },
);

it('goes on elsewhere where a model of the AI SDK fails', async () => {
  const broken = written({
    generate: () => Promise.reject(new Error('broken')),
    stream: () => Promise.reject(new Error('broken')),
  });
  const whole = written();
  const router = createRouter({
    providers: [aiSdk({ id: 'a', model: () => broken }), aiSdk({ id: 'b', model: () => whole })],
    routes: { both: { targets: ['a/m', 'b/m'] } },
  });
  const client = languageModel(router, 'both');
  expect((await client.doGenerate({ prompt })).providerMetadata).toMatchObject({ hotpath: { provider: 'b' } });
  expect(await collect((await client.doStream({ prompt })).stream)).toEqual([{ type: 'text', text: 'Hello there.' }]);
  expect(broken.calls.length).toBeGreaterThan(1);
});
