import type { ModelAnswer, ModelEvent } from '@hotpath/ai-router';

export type Part = ModelAnswer['content'][number];

export const text = (words: string): Part => ({ type: 'text', text: words });
export const call = (id: string, name: string, args: string): Part => ({
  type: 'tool-call',
  id,
  name,
  arguments: args,
});

/** An answer as Anthropic would name and count it. */
export const claudesAnswer = (answer: Partial<ModelAnswer>): ModelAnswer => ({
  id: 'msg_01XFDUDYJgAACzvnptvVoYEL',
  model: 'claude-opus-4-6',
  content: [],
  finishReason: 'stop',
  usage: { inputTokens: 900, outputTokens: 80, cachedInputTokens: 512, cacheWriteTokens: 3, reasoningTokens: 64 },
  ...answer,
});

const partEvents = (part: Part, index: number): ModelEvent[] => {
  const start = part.type === 'tool-call' ? { type: part.type, id: part.id, name: part.name } : { type: part.type };
  const said = part.type === 'tool-call' ? part.arguments : part.text;
  return [
    { type: 'part', index, part: start },
    ...(said.match(/.{1,7}/gsu) ?? []).map((piece) => ({ type: 'delta', index, text: piece }) as const),
    ...(part.type === 'reasoning' && part.proof ? [{ type: 'proof', index, proof: part.proof } as const] : []),
  ];
};

/** The events of the answer, its text in pieces of a few characters; `pings` are signs of life before and between the parts. */
export const eventsOf = (answer: ModelAnswer, pings: readonly { readonly type: 'ping' }[] = []): ModelEvent[] => {
  const { id, model, content, finishReason, stopSequence, usage } = answer;
  return [
    { type: 'start', id, model },
    ...pings,
    ...content.flatMap((part, index) => [...partEvents(part, index), ...pings]),
    {
      type: 'finish',
      reason: finishReason,
      ...(stopSequence !== undefined && { stopSequence }),
      ...(usage && { usage }),
    },
  ];
};
