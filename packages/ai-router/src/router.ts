import type { AnswerCache } from './answer.ts';
import { type AnswerStream, streamAnswer } from './answer-stream.ts';
import { type BatchOptions, type BatchRun, batchQuery } from './batch-query.ts';
import type { CachePolicy } from './cache-policy.ts';
import type { PriceTable } from './cost.ts';
import { requestInvalid } from './errors.ts';
import type { AnswerSink, Exchange, Ticket } from './exchange.ts';
import { createExchanger } from './exchanger.ts';
import { type FallbackOptions, queryWithFallback } from './fallback.ts';
import { createModelDirectory, type ModelList } from './models.ts';
import { listPrices } from './prices.ts';
import { defaultTimeouts, type Provider, type Timeouts } from './provider.ts';
import { type QueryOptions, type QueryResult, query } from './query.ts';

export interface RouterOptions {
  readonly providers: readonly Provider[];
  /** Answers already given; without one every request calls a provider, though identical ones still share a call. */
  readonly cache?: AnswerCache;
  readonly cachePolicy?: CachePolicy;
  /** Names of your own for models: `{ fast: 'openai/gpt-4o-mini' }`. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Asked where a request names no model. */
  readonly defaultModel?: string;
  /** @default connect 10 s, first token 120 s, idle 120 s, total 600 s */
  readonly timeouts?: Partial<Timeouts>;
  /** @default `listPrices` */
  readonly prices?: PriceTable;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** Calls models by name: cached, coalesced, observed. */
export interface Router {
  query(options: QueryOptions): Promise<QueryResult>;
  stream(options: QueryOptions): AnswerStream;
  batchQuery(queries: readonly (QueryOptions | string)[], options?: BatchOptions): BatchRun;
  queryWithFallback(options: FallbackOptions): Promise<QueryResult>;
  /** Answers a client's request in the bytes of its own protocol: what a gateway calls. Faults reach `sink.fail`. */
  answer(exchange: Exchange, sink: AnswerSink): Ticket;
  /** What every provider offers. `timeoutMs`: how long to wait for each; one that is slower is a failure. */
  models(options?: { readonly timeoutMs?: number }): Promise<ModelList>;
  /** Loads what the first call would otherwise wait for. */
  prepare(): Promise<void>;
  /** Fails what is in flight with `ROUTER_CLOSED` and closes the providers; safe to call twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Throws `ROUTER_REQUEST_INVALID` where two providers share an id or there is none. */
export function createRouter(options: RouterOptions): Router {
  const { providers, cache, aliases, defaultModel, prices = listPrices, now = Date.now } = options;
  checkProviders(providers);
  const directory = createModelDirectory({
    providers,
    now,
    ...(aliases && { aliases }),
    ...(defaultModel !== undefined && { defaultModel }),
  });
  const exchanger = createExchanger({
    directory,
    ...(cache && { cache }),
    policy: {
      ttlMs: options.cachePolicy?.ttlMs ?? 86_400_000,
      temperature: options.cachePolicy?.temperature ?? 'unset-or-zero',
      maxAnswerBytes: options.cachePolicy?.maxAnswerBytes ?? 33_554_432,
    },
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    prices,
  });
  const context = { exchanger, directory, prices };
  const ask = (asked: QueryOptions): Promise<QueryResult> => query(context, asked);
  let closing: Promise<void> | undefined;

  const close = (): Promise<void> => {
    closing ??= (async () => {
      exchanger.close();
      await Promise.all(providers.map((provider) => provider.close()));
    })();
    return closing;
  };

  return {
    query: ask,
    stream: (asked) => streamAnswer(context, asked),
    batchQuery: (queries, batch) => batchQuery(ask, queries, batch),
    queryWithFallback: (asked) => queryWithFallback(ask, asked),
    answer: exchanger.answer,
    models: directory.list,
    async prepare() {
      await Promise.all(providers.map((provider) => provider.prepare?.()));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkProviders(providers: readonly Provider[]): void {
  if (providers.length === 0) throw requestInvalid('Give the router at least one provider.', 'providers');
  const ids = new Set<string>();
  for (const { id } of providers) {
    if (id === '' || id.includes('/'))
      throw requestInvalid(`A provider cannot be called "${id}": use a name without "/".`);
    if (ids.has(id)) throw requestInvalid(`Two providers are called "${id}". Give each an id of its own.`, 'providers');
    ids.add(id);
  }
}
