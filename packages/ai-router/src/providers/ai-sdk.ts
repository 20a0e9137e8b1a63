import type { LanguageModelV4 } from '@ai-sdk/provider';
import { callOptionsOf, refuseUnsupportedUrls } from '../ai-sdk/call-options.ts';
import { answerOf } from '../ai-sdk/model-answer.ts';
import { createStreamReader } from '../ai-sdk/model-events.ts';
import { failureOf, headersOf, streamErrorOf } from '../ai-sdk/model-failure.ts';
import { RouterError, upstreamClosed } from '../errors.ts';
import { openaiChat } from '../formats/openai-chat.ts';
import type { Provider } from '../provider.ts';
import { createWideRedact } from '../redact.ts';
import type { FinishReason, ModelEvent, ModelRequest } from '../wire-format.ts';
import { eventStream, type InProcessCall, inProcessProvider, json } from './in-process.ts';

export interface AiSdkOptions {
  /** The name before the slash in `provider/model`. */
  readonly id: string;
  /**
   * Makes the model of a name, once for each call, such as `(name) => google(name)`. Throws, or returns nothing, for a name
   * that stands for none.
   */
  readonly model: (name: string) => LanguageModelV4 | undefined;
  /** The models to offer. @default none, which can be asked for all the same */
  readonly models?: readonly string[];
  /**
   * Keys that it calls with: `***` stands in their place where its errors quote them. @default what looks like a key in an
   * error, which those without a prefix that tells (`sk-`, `AIza`) do not
   */
  readonly apiKeys?: readonly string[];
}

/**
 * The language models of an AI SDK provider (specification v4) as a provider of the router. It speaks chat completions: a
 * request becomes one `doGenerate` or `doStream`, without the AI SDK's retries, and the answer is written as OpenAI
 * would. What a model wants back with its reasoning and its tool calls travels in `reasoning_details`.
 */
export function aiSdk({ id, model: modelOf, models = [], apiKeys = [] }: AiSdkOptions): Provider {
  return inProcessProvider({
    id,
    protocols: ['openai-chat'],
    scope: 'ai-sdk',
    redact: createWideRedact(apiKeys),
    models: async () => models,
    async answer(exchange, body) {
      const { stream } = exchange.call;
      const request = { ...openaiChat.decodeRequest(body), stream };
      const model = modelOf(request.model);
      if (!model) throw unknownModel(request.model, id);
      if ((model.specificationVersion as string) !== 'v4') throw wrongVersion(id, model);
      refuseUnsupportedUrls(request, await model.supportedUrls);
      if (exchange.isOver()) return;
      await (stream ? answerStreamed(model, request, exchange, id) : answerWhole(model, request, exchange, id));
    },
    failureOf: (error) => failureOf(error, id),
  });
}

const callOf = (request: ModelRequest, { call, signal }: InProcessCall, id: string) => ({
  ...callOptionsOf(request, id),
  abortSignal: signal,
  headers: call.headers,
});

async function answerWhole(model: LanguageModelV4, request: ModelRequest, exchange: InProcessCall, id: string) {
  const result = await model.doGenerate(callOf(request, exchange, id));
  if (exchange.isOver()) return;
  const { finishReason, response } = result;
  if (finishReason.unified === 'interrupted') throw upstreamClosed(id);
  const isStructured = request.responseFormat !== undefined;
  const answer = answerOf(result, { provider: id, model: request.model, isStructured });
  exchange.head(200, { ...headersOf(response?.headers), ...json });
  exchange.write(tellOther(JSON.stringify(openaiChat.encodeAnswer(answer)), answer.finishReason));
  exchange.end();
}

async function answerStreamed(model: LanguageModelV4, request: ModelRequest, exchange: InProcessCall, id: string) {
  const { signal } = exchange;
  const { stream, response } = await model.doStream(callOf(request, exchange, id));
  const reader = stream.getReader();
  // Also while more of it is awaited.
  const release = (): void => void reader.cancel().catch(() => {});
  const encoder = openaiChat.streamEncoder({ streamUsage: request.streamUsage ?? false });
  const encode = (event: ModelEvent): string =>
    event.type === 'finish' ? tellOther(encoder.push(event), event.reason) : encoder.push(event);
  const answer = createStreamReader({
    provider: id,
    model: request.model,
    readError: (error) => streamErrorOf(error, id),
  });
  if (exchange.isOver()) return release();
  signal.addEventListener('abort', release, { once: true });
  exchange.head(200, { ...headersOf(response?.headers), ...eventStream });
  while (!exchange.isOver()) {
    const read = await exchange.next(() => reader.read());
    if (!read) return;
    const { value: part, done } = read;
    if (done || (part.type === 'finish' && part.finishReason.unified === 'interrupted')) throw upstreamClosed(id);
    exchange.write(answer.push(part).map(encode).join(''));
    if (answer.isOver()) exchange.end();
  }
  release();
}

/**
 * Chat completions have no word for an end that nobody knows, and theirs for the limit of tokens, which stands for it, would
 * make the answer worth keeping. Inside a text the quotes would be escaped.
 */
const tellOther = (written: string, reason: FinishReason): string =>
  reason === 'other' ? written.replace('"finish_reason":"length"', '"finish_reason":"other"') : written;

const unknownModel = (name: string, id: string): RouterError =>
  new RouterError('ROUTER_MODEL_UNKNOWN', `${id} has no model "${name.slice(0, 200)}". Check its name.`, {
    status: 404,
    param: 'model',
    model: name,
  });

const wrongVersion = (id: string, { specificationVersion: version }: { specificationVersion: string }): RouterError =>
  new RouterError(
    'ROUTER_INTERNAL',
    `The model of ${id} follows "${version}" of the AI SDK's specification, where "v4" is understood. Install a version of its package that belongs to AI SDK 7.`,
    { status: 500, provider: id },
  );
