import type { LanguageModelV4 } from '@ai-sdk/provider';
import { callOptionsOf, refuseUnsupportedUrls } from '../ai-sdk/call-options.ts';
import { answerOf } from '../ai-sdk/model-answer.ts';
import { createStreamReader } from '../ai-sdk/model-events.ts';
import { failureOf, headersOf, streamErrorOf } from '../ai-sdk/model-failure.ts';
import { createDeadline } from '../deadline.ts';
import { RouterError, upstreamClosed, upstreamUnreachable } from '../errors.ts';
import { openaiChat } from '../formats/openai-chat.ts';
import type { AnswerReceiver, CallControl, Provider, ProviderCall } from '../provider.ts';
import { createRedact, type Redact, redactKeyLike } from '../redact.ts';
import type { ErrorInfo, FinishReason, JsonObject, ModelEvent, ModelRequest } from '../wire-format.ts';

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

const json = { 'content-type': 'application/json' };

/**
 * The language models of an AI SDK provider (specification v4) as a provider of the router. It speaks chat completions: a
 * request becomes one `doGenerate` or `doStream`, without the AI SDK's retries, and the answer is written as OpenAI
 * would. What a model wants back with its reasoning and its tool calls travels in `reasoning_details`.
 */
export function aiSdk({ id, model: modelOf, models = [], apiKeys = [] }: AiSdkOptions): Provider {
  const known = createRedact(apiKeys);
  const redact: Redact = (text) => redactKeyLike(known(text));
  const cancels = new Set<(error: RouterError) => void>();
  let isClosed = false;

  return {
    id,
    protocols: ['openai-chat'],
    scope: 'ai-sdk',
    redact,
    models: async () => models,
    send(call, receiver) {
      const exchange = createExchange(call, receiver, { id, modelOf, redact });
      const cancel = exchange.cancel;
      cancels.add(cancel);
      queueMicrotask(() => {
        if (isClosed) cancel(upstreamUnreachable(id, new Error('the provider is closed')));
        void exchange.run().finally(() => cancels.delete(cancel));
      });
      return exchange.control;
    },
    async close() {
      isClosed = true;
      for (const cancel of [...cancels]) cancel(upstreamClosed(id, new Error('the provider was closed')));
    },
  };
}

interface ExchangeContext {
  readonly id: string;
  readonly modelOf: AiSdkOptions['model'];
  readonly redact: Redact;
}

function createExchange(call: ProviderCall, receiver: AnswerReceiver, { id, modelOf, redact }: ExchangeContext) {
  const aborting = new AbortController();
  let isSettled = false;
  let isHeaded = false;
  /** Resolves when the receiver can take more; undefined while it can. */
  let paused: PromiseWithResolvers<void> | undefined;
  /** Cancels the model's stream, also while more of it is awaited. */
  let release: (() => void) | undefined;

  const settle = (): boolean => {
    if (isSettled) return false;
    isSettled = true;
    deadline.clear();
    paused?.resolve();
    release?.();
    return true;
  };
  const fail = (error: RouterError): void => {
    if (!settle()) return;
    receiver.onError(error);
    aborting.abort(error);
  };
  // A whole answer starts when it is finished: only a stream has a first token to wait for.
  const deadline = createDeadline(call.stream ? call.timeouts : { ...call.timeouts, firstTokenMs: 0 }, id, fail);

  const head = (status: number, headers: Readonly<Record<string, string>>): void => {
    isHeaded = true;
    receiver.onHead(status, headers);
  };
  const send = (text: string): void => {
    if (!isSettled && text !== '') receiver.onData(Buffer.from(text));
  };
  const end = (): void => {
    if (settle()) receiver.onEnd();
  };

  const refuse = (error: ErrorInfo, headers: Readonly<Record<string, string>> = {}): void => {
    if (isSettled) return;
    head(error.status, { ...headers, ...json });
    send(JSON.stringify(openaiChat.encodeError(error)));
    end();
  };

  /** An error of our making, which has the words of the model's in it. */
  const masked = (error: RouterError): RouterError => {
    error.message = redact(error.message);
    return error;
  };

  /** Tells of a fault: as the provider's answer, as long as nothing was answered yet and it is one. */
  const report = (error: unknown): void => {
    if (isSettled) return;
    if (isHeaded) {
      fail(RouterError.isInstance(error) ? error : masked(upstreamClosed(id, error)));
      return;
    }
    const failure = failureOf(error, id);
    if (failure.kind === 'refused') refuse(failure.error, failure.headers);
    else fail(failure.error === error ? failure.error : masked(failure.error));
  };

  const answerWhole = async (model: LanguageModelV4, request: ModelRequest): Promise<void> => {
    const result = await model.doGenerate({ ...callOptionsOf(request, id), ...shared() });
    if (isSettled) return;
    const { finishReason, response } = result;
    if (finishReason.unified === 'interrupted') throw upstreamClosed(id);
    const isStructured = request.responseFormat !== undefined;
    const answer = answerOf(result, { provider: id, model: request.model, isStructured });
    head(200, { ...headersOf(response?.headers), ...json });
    send(tellOther(JSON.stringify(openaiChat.encodeAnswer(answer)), answer.finishReason));
    end();
  };

  const answerStreamed = async (model: LanguageModelV4, request: ModelRequest): Promise<void> => {
    const { stream, response } = await model.doStream({ ...callOptionsOf(request, id), ...shared() });
    const reader = stream.getReader();
    const encoder = openaiChat.streamEncoder({ streamUsage: request.streamUsage ?? false });
    const encode = (event: ModelEvent): string =>
      event.type === 'finish' ? tellOther(encoder.push(event), event.reason) : encoder.push(event);
    const answer = createStreamReader({
      provider: id,
      model: request.model,
      readError: (error) => streamErrorOf(error, id),
    });
    release = () => void reader.cancel().catch(() => {});
    if (isSettled) return release();
    head(200, { ...headersOf(response?.headers), 'content-type': 'text/event-stream' });
    for (;;) {
      while (paused && !isSettled) await paused.promise;
      if (isSettled) return;
      // Nothing is read ahead: a model that is not asked for more holds its own upstream back.
      const { value: part, done } = await reader.read();
      if (isSettled) return;
      if (done || (part.type === 'finish' && part.finishReason.unified === 'interrupted')) throw upstreamClosed(id);
      if (!paused) deadline.progress();
      send(answer.push(part).map(encode).join(''));
      if (answer.isOver()) end();
    }
  };

  const shared = () => ({ abortSignal: aborting.signal, headers: call.headers });

  return {
    async run(): Promise<void> {
      if (isSettled) return;
      try {
        deadline.connected();
        const request = { ...readRequest(call), stream: call.stream };
        const model = modelOf(request.model);
        if (!model) throw unknownModel(request.model, id);
        if ((model.specificationVersion as string) !== 'v4') throw wrongVersion(id, model);
        refuseUnsupportedUrls(request, await model.supportedUrls);
        if (isSettled) return;
        await (call.stream ? answerStreamed(model, request) : answerWhole(model, request));
      } catch (error) {
        report(error);
      }
    },
    cancel: fail,
    control: {
      pause() {
        if (isSettled || paused) return;
        paused = Promise.withResolvers();
        deadline.suspend();
      },
      resume() {
        if (!paused) return;
        if (!isSettled) deadline.progress();
        paused.resolve();
        paused = undefined;
      },
      abort() {
        if (settle()) aborting.abort();
      },
    } satisfies CallControl,
  };
}

function readRequest({ body }: ProviderCall): ModelRequest {
  const text = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  return openaiChat.decodeRequest(JSON.parse(text) as JsonObject);
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
