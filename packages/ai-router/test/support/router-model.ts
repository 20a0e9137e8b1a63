import type {
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { openaiChat } from '../../src/formats/openai-chat.ts';
import { type LanguageModelOptions, languageModel } from '../../src/language-model.ts';
import { createRouter, type RouterOptions } from '../../src/router.ts';
import type { JsonObject, ModelAnswer, ModelEvent } from '../../src/wire-format.ts';
import { turn } from './exchanges.ts';
import { type ScriptedProvider, scripted } from './scripted-provider.ts';

export const prompt: LanguageModelV4CallOptions['prompt'] = [
  { role: 'user', content: [{ type: 'text', text: 'Hello?' }] },
];
export const answer: ModelAnswer = {
  id: 'a-1',
  model: 'm-1',
  content: [{ type: 'text', text: 'Hi.' }],
  finishReason: 'stop',
  usage: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 6, reasoningTokens: 1 },
};

interface Setting extends LanguageModelOptions {
  readonly provider?: ScriptedProvider;
  readonly router?: Partial<RouterOptions>;
  readonly name?: string;
}

export const set = ({ provider = scripted(), router: more = {}, name = 'p/m', ...options }: Setting = {}) => {
  const router = createRouter({ providers: [provider], attempts: { maxAttempts: 1 }, ...more });
  return { provider, router, model: languageModel(router, name, options) };
};

/** Asks, and has the provider answer what `reply` says. */
export const generate = async (
  { provider, model }: ReturnType<typeof set>,
  options: Partial<LanguageModelV4CallOptions> = {},
  reply: Partial<ModelAnswer> = {},
): Promise<LanguageModelV4GenerateResult> => {
  const result = Promise.resolve(model.doGenerate({ prompt, ...options }));
  result.catch(() => {});
  await turn();
  provider.calls.at(-1)?.json(200, openaiChat.encodeAnswer({ ...answer, ...reply }));
  return result;
};

export const encoded = (events: readonly ModelEvent[]): string => {
  const encoder = openaiChat.streamEncoder({ streamUsage: true });
  return events.map((event) => encoder.push(event)).join('');
};
export const read = async (stream: ReadableStream<LanguageModelV4StreamPart>): Promise<LanguageModelV4StreamPart[]> => {
  const parts: LanguageModelV4StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
};
export const start: ModelEvent = { type: 'start', id: 'a-1', model: 'm-1' };
export const finish = {
  type: 'finish',
  reason: 'stop',
  usage: { inputTokens: 3, outputTokens: 2 },
} as const satisfies ModelEvent;

export const sentBy = (provider: ScriptedProvider): JsonObject => JSON.parse(provider.last.text) as JsonObject;
