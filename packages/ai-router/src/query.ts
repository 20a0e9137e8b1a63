import { costOf, type PriceTable } from './cost.ts';
import { aborted as abortedError, type RouterError, requestInvalid } from './errors.ts';
import type { CacheMode, CacheState, Exchange } from './exchange.ts';
import type { Exchanger } from './exchanger.ts';
import { formats } from './formats/index.ts';
import { renamed, settingNamed } from './formats/own-names.ts';
import { createReader } from './reader.ts';
import type { Route, RouteCandidate } from './route.ts';
import type { Routes } from './routes.ts';
import type {
  AssistantPart,
  FinishReason,
  ModelMessage,
  ModelRequest,
  ModelTool,
  Protocol,
  ReasoningOptions,
  ResponseFormat,
  ToolChoice,
  Usage,
} from './wire-format.ts';

/** A message; one that is nothing but text may be given as that. */
export type QueryMessage = ModelMessage | { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

/** A question to a model. `prompt` is short for one user message; `system` stands before all messages. */
export interface QueryOptions {
  /** `provider/model`, a bare model name or an alias. @default the router's `defaultModel` */
  readonly model?: string;
  readonly prompt?: string;
  readonly messages?: readonly QueryMessage[];
  readonly system?: string;
  readonly tools?: readonly ModelTool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly responseFormat?: ResponseFormat;
  readonly reasoning?: ReasoningOptions;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stopSequences?: readonly string[];
  /** Models, aliases or routes to ask, in this order, where `model` fails. @default none */
  readonly fallbacks?: readonly string[];
  /** Whether `model` and the `fallbacks` are asked at once: the first piece of an answer decides. @default false */
  readonly race?: boolean;
  /** @default "use" */
  readonly cache?: CacheMode;
  /** Whose answer this is; see `Exchange.tenant`. */
  readonly tenant?: string;
  /** What asks, such as the name of an agent, for what is announced of it. */
  readonly agent?: string;
  /** Names the query in what is announced of it. @default it has no name */
  readonly requestId?: string;
  /**
   * How long the answer may take, milliseconds: it is then asked in a batch at half price where that can be, and by a call of
   * its own in time before the end. @default at once
   */
  readonly deadlineMs?: number;
  /** Told when a query with a deadline begins to wait for a batch, and when it leaves that for a call of its own. */
  readonly onLane?: (lane: 'batch' | 'live') => void;
  /** See `Exchange.capture`. */
  readonly capture?: 'off';
  readonly signal?: AbortSignal;
}

export interface QueryResult {
  readonly text: string;
  /** Everything the model said, in order: text, reasoning, tool calls. */
  readonly content: readonly AssistantPart[];
  readonly provider: string;
  readonly model: string;
  readonly finishReason: FinishReason;
  readonly usage?: Usage;
  /** What this answer cost with all calls made for it, US dollars: 0 from the cache, absent for a model without a price. */
  readonly costUsd?: number;
  /** The part of it that is an estimate: of calls that were cancelled or broke off. @default 0 */
  readonly estimatedUsd?: number;
  readonly cache: CacheState;
  /** For a query with a deadline; see `AnswerHead.lane`. */
  readonly lane?: 'batch' | 'live';
  readonly latencyMs: number;
  /** Until the first piece of a streamed answer, milliseconds. */
  readonly firstTokenMs?: number;
}

export interface QueryContext {
  readonly exchanger: Exchanger;
  readonly routes: Routes;
  readonly prices: PriceTable;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Asks and waits for the whole answer. Rejects with a `RouterError`. */
export async function query(context: QueryContext, options: QueryOptions): Promise<QueryResult> {
  return ask(context, options, { stream: false, onText() {} });
}

/** Asks, calling `onText` for each piece. Rejects with a `RouterError`. */
export async function ask(
  context: QueryContext,
  options: QueryOptions,
  { stream, onText }: { readonly stream: boolean; readonly onText: (text: string) => void },
): Promise<QueryResult> {
  const startedAt = performance.now();
  const { signal } = options;
  if (signal?.aborted) throw abortedError(signal.reason);
  const { deadlineMs } = options;
  if (deadlineMs !== undefined && !(deadlineMs >= 0 && Number.isFinite(deadlineMs))) {
    throw requestInvalid('"deadlineMs" must be a number of milliseconds from 0.', 'deadlineMs');
  }
  const route: Route = await untilAborted(context.routes.resolve(options.model), signal);
  const { target } = route.candidates[0] as RouteCandidate;
  const protocol = target.provider.protocols[0] as Protocol;
  const request = toRequest(options, target.model, stream);
  const exchange: Exchange = {
    protocol,
    body: {
      ...formats[protocol].encodeRequest(request),
      model: options.model ?? `${target.provider.id}/${target.model}`,
    },
    cache: options.cache ?? 'use',
    ...(options.fallbacks && { fallbacks: options.fallbacks }),
    ...(options.race && { race: true }),
    ...(options.tenant !== undefined && { tenant: options.tenant }),
    ...(options.agent !== undefined && { agent: options.agent }),
    ...(options.requestId !== undefined && { requestId: options.requestId }),
    ...(options.deadlineMs !== undefined && { deadlineAt: context.now() + options.deadlineMs }),
    ...(options.onLane && { onLane: options.onLane }),
    ...(options.capture && { capture: options.capture }),
  };
  return new Promise<QueryResult>((resolve, reject) => {
    const onAbort = (): void => {
      reject(abortedError(signal?.reason, ticket.leave()));
    };
    if (signal?.aborted) {
      reject(abortedError(signal.reason));
      return;
    }
    let settled = false;
    const finish = (settle: () => void): void => {
      settled = true;
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const sink = createReader(protocol, {
      onText,
      resolve: ({ head, cost, ...answer }) =>
        finish(() => {
          const isPaid = head.cache !== 'hit' && head.cache !== 'coalesced';
          const costUsd =
            cost.costUsd ??
            (isPaid
              ? answer.usage &&
                costOf(context.prices, head.model, answer.usage, {
                  provider: head.provider,
                  batch: head.lane === 'batch',
                })
              : 0);
          resolve({
            ...answer,
            provider: head.provider,
            cache: head.cache,
            ...(head.lane && { lane: head.lane }),
            ...(costUsd !== undefined && { costUsd }),
            ...(cost.estimatedUsd !== undefined && { estimatedUsd: cost.estimatedUsd }),
            latencyMs: performance.now() - startedAt,
          });
        }),
      reject: (error) => finish(() => reject(inOurWords(error, protocol))),
      startedAt,
    });
    const ticket = context.exchanger.answer(exchange, sink);
    if (!settled) signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A setting that the model who answers has no word for was put by us into a protocol's. */
const inOurWords = (error: RouterError, protocol: Protocol): RouterError =>
  error.code === 'ROUTER_FIELD_UNSUPPORTED' && error.param !== undefined
    ? renamed(error, settingNamed(protocol, error.param))
    : error;

/** Stops waiting when the signal aborts; what was waited for goes on unheard. */
export function untilAborted<Value>(
  value: Value | Promise<Value>,
  signal: AbortSignal | undefined,
): Value | Promise<Value> {
  if (!(value instanceof Promise) || !signal) return value;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortedError(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The request that a question stands for. Throws `ROUTER_REQUEST_INVALID` where there is nothing to ask. */
export function toRequest(options: QueryOptions, model: string, streaming: boolean): ModelRequest {
  const { prompt, messages = [], system } = options;
  const all: QueryMessage[] = [
    ...(system ? [{ role: 'system' as const, content: system }] : []),
    ...messages,
    ...(prompt === undefined ? [] : [{ role: 'user' as const, content: prompt }]),
  ];
  if (!all.some(({ role }) => role !== 'system')) {
    throw requestInvalid('There is nothing to ask: give a "prompt" or "messages".', 'messages');
  }
  const { maxTokens, temperature, topP, stopSequences } = options;
  const { tools, toolChoice, parallelToolCalls, responseFormat, reasoning } = options;
  return {
    model,
    messages: all.map(asMessage),
    stream: streaming,
    ...(streaming && { streamUsage: true }),
    ...(tools && tools.length > 0 && { tools }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    ...(responseFormat && { responseFormat }),
    ...(reasoning && { reasoning }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stopSequences !== undefined && { stopSequences }),
  };
}

const asMessage = (message: QueryMessage): ModelMessage =>
  typeof message.content === 'string'
    ? ({ ...message, content: [{ type: 'text', text: message.content }] } as ModelMessage)
    : (message as ModelMessage);
