import { costOf, type PriceTable } from './cost.ts';
import { aborted as abortedError, requestInvalid } from './errors.ts';
import type { CacheMode, CacheState, Exchange } from './exchange.ts';
import type { Exchanger } from './exchanger.ts';
import { formats } from './formats/index.ts';
import type { ModelDirectory } from './models.ts';
import { createReader } from './reader.ts';
import type { FinishReason, ModelMessage, ModelRequest, Protocol, Usage } from './wire-format.ts';

/** A question to a model. `prompt` is short for one user message; `system` stands before all messages. */
export interface QueryOptions {
  /** `provider/model`, a bare model name or an alias. @default the router's `defaultModel` */
  readonly model?: string;
  readonly prompt?: string;
  readonly messages?: readonly ModelMessage[];
  readonly system?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stopSequences?: readonly string[];
  /** @default "use" */
  readonly cache?: CacheMode;
  /** Whose answer this is; see `Exchange.tenant`. */
  readonly tenant?: string;
  readonly signal?: AbortSignal;
}

export interface QueryResult {
  readonly text: string;
  readonly provider: string;
  readonly model: string;
  readonly finishReason: FinishReason;
  readonly usage?: Usage;
  /** What this answer cost in US dollars: 0 from the cache, absent for a model without a price. */
  readonly costUsd?: number;
  readonly cache: CacheState;
  readonly latencyMs: number;
  /** Until the first piece of a streamed answer, milliseconds. */
  readonly firstTokenMs?: number;
}

export interface QueryContext {
  readonly exchanger: Exchanger;
  readonly directory: ModelDirectory;
  readonly prices: PriceTable;
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
  const target = await untilAborted(context.directory.resolve(options.model), signal);
  const protocol = target.provider.protocols[0] as Protocol;
  const request = toRequest(options, target.model, stream);
  const exchange: Exchange = {
    protocol,
    body: { ...formats[protocol].encodeRequest(request), model: `${target.provider.id}/${target.model}` },
    cache: options.cache ?? 'use',
    ...(options.tenant !== undefined && { tenant: options.tenant }),
  };
  return new Promise<QueryResult>((resolve, reject) => {
    const onAbort = (): void => {
      ticket.leave();
      reject(abortedError(signal?.reason));
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
      resolve: ({ head, ...answer }) =>
        finish(() => {
          const cost = head.cache === 'hit' ? 0 : answer.usage && costOf(context.prices, target.model, answer.usage);
          resolve({
            ...answer,
            provider: head.provider,
            cache: head.cache,
            ...(cost !== undefined && { costUsd: head.cache === 'coalesced' ? 0 : cost }),
            latencyMs: performance.now() - startedAt,
          });
        }),
      reject: (error) => finish(() => reject(error)),
      startedAt,
    });
    const ticket = context.exchanger.answer(exchange, sink);
    if (!settled) signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Stops waiting when the signal aborts; what was waited for goes on unheard. */
function untilAborted<Value>(value: Value | Promise<Value>, signal: AbortSignal | undefined): Value | Promise<Value> {
  if (!(value instanceof Promise) || !signal) return value;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortedError(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function toRequest(options: QueryOptions, model: string, streaming: boolean): ModelRequest {
  const { prompt, messages = [], system, maxTokens, temperature, topP, stopSequences } = options;
  const all: ModelMessage[] = [
    ...(system ? [{ role: 'system' as const, content: system }] : []),
    ...messages,
    ...(prompt === undefined ? [] : [{ role: 'user' as const, content: prompt }]),
  ];
  if (!all.some(({ role }) => role !== 'system')) {
    throw requestInvalid('There is nothing to ask: give a "prompt" or "messages".', 'messages');
  }
  return {
    model,
    messages: all,
    stream: streaming,
    ...(streaming && { streamUsage: true }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stopSequences !== undefined && { stopSequences }),
  };
}
