import type { LanguageModelV4CallOptions, LanguageModelV4Content, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test';

const usage = {
  inputTokens: { total: 20, noCache: 12, cacheRead: 8, cacheWrite: undefined },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
};

/**
 * A model that thinks, calls every tool it is given, thinks again and says what it was told; without tools, how many
 * messages it was sent. It wants its metadata back, and says so where it is missing.
 */
export function toolModel(): MockLanguageModelV4 {
  return new MockLanguageModelV4({
    doGenerate: async (options) => {
      const content = contentOf(options);
      return { content, finishReason: finishOf(content), usage, response: { id: 'a1', modelId: 'm-1' }, warnings: [] };
    },
    doStream: async (options) => ({ stream: simulateReadableStream({ chunks: partsOf(contentOf(options)) }) }),
  });
}

const thought: LanguageModelV4Content = {
  type: 'reasoning',
  text: 'Let me see.',
  providerMetadata: { mock: { signature: 'sig' } },
};

function contentOf({ prompt, tools = [] }: LanguageModelV4CallOptions): LanguageModelV4Content[] {
  const last = prompt.at(-1);
  const said = prompt.findLast(({ role }) => role === 'assistant')?.content;
  if (last?.role === 'tool') {
    const results = last.content.flatMap((part) =>
      part.type === 'tool-result' ? [`${part.toolName}: ${JSON.stringify(part.output)}`] : [],
    );
    const parts = Array.isArray(said) ? said : [];
    const returned = parts.flatMap((part) => Object.keys((part.providerOptions?.mock as object | undefined) ?? {}));
    return [{ type: 'text', text: `${results.join(' ')} [${returned.join(' ')}]` }];
  }
  if (tools.length === 0) return [thought, { type: 'text', text: `I was sent ${prompt.length} messages.` }];
  return [
    thought,
    ...tools.map(
      ({ name }, index): LanguageModelV4Content => ({
        type: 'tool-call',
        toolCallId: `call_${index}`,
        toolName: name,
        input: '{"city":"Zürich"}',
        ...(index === 0 && { providerMetadata: { mock: { thoughtSignature: 'call' } } }),
      }),
    ),
  ];
}

const finishOf = (content: readonly LanguageModelV4Content[]) =>
  content.some(({ type }) => type === 'tool-call')
    ? ({ unified: 'tool-calls', raw: 'tools' } as const)
    : ({ unified: 'stop', raw: 'end' } as const);

function partsOf(content: readonly LanguageModelV4Content[]): LanguageModelV4StreamPart[] {
  return [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'a1', modelId: 'm-1' },
    ...content.flatMap((part, index): LanguageModelV4StreamPart[] => {
      const id = String(index);
      if (part.type === 'text' || part.type === 'reasoning') {
        const { type, text, providerMetadata } = part;
        return [
          { type: `${type}-start`, id },
          ...(text.match(/\S+\s*/g) ?? []).map((delta) => ({ type: `${type}-delta`, id, delta }) as const),
          { type: `${type}-end`, id, ...(providerMetadata && { providerMetadata }) },
        ];
      }
      if (part.type !== 'tool-call') return [];
      const { toolCallId, toolName, input } = part;
      const half = input.length / 2;
      return [
        { type: 'tool-input-start', id: toolCallId, toolName },
        { type: 'tool-input-delta', id: toolCallId, delta: input.slice(0, half) },
        { type: 'tool-input-delta', id: toolCallId, delta: input.slice(half) },
        { type: 'tool-input-end', id: toolCallId },
        part,
      ];
    }),
    { type: 'finish', finishReason: finishOf(content), usage },
  ];
}
