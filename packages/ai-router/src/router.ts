import type { AnswerCache } from './answer.ts';
import { createAnswerShelf } from './answer-shelf.ts';
import { type AnswerStream, streamAnswer } from './answer-stream.ts';
import { type BatchOptions, type BatchRun, batchQuery } from './batch-query.ts';
import type { CachePolicy } from './cache-policy.ts';
import type { PriceTable } from './cost.ts';
import { type CountTokensResult, countTokens } from './count-query.ts';
import type { Credential } from './credential.ts';
import type { EconomyView } from './economy/economy-view.ts';
import { type EconomyOptions, economySettings } from './economy/options.ts';
import { type EmbedOptions, type EmbedResult, embed } from './embed.ts';
import { requestInvalid } from './errors.ts';
import type { AnswerSink, Exchange, Ticket } from './exchange.ts';
import { createExchanger } from './exchanger.ts';
import { type FallbackOptions, queryWithFallback } from './fallback.ts';
import type { HealthView } from './health/health-view.ts';
import type { NamedLimiterState } from './limits/limiters.ts';
import { createRequestLimits, type LimitOptions } from './limits/request-limits.ts';
import { createLongestAnswers } from './longest-answers.ts';
import { createModelDirectory, type ModelList } from './models.ts';
import { createOperationRoutes } from './operation-route.ts';
import { listPrices } from './prices.ts';
import { createBatchPlanner } from './prompt-cache/batch-planner.ts';
import type { PromptCacheMode } from './prompt-cache/expectations.ts';
import { createPromptCachePlanner } from './prompt-cache/planner.ts';
import { defaultTimeouts, type Provider, type Timeouts } from './provider.ts';
import { type QueryOptions, type QueryResult, query } from './query.ts';
import type { Route } from './route.ts';
import { type AttemptPolicy, createRoutes, type RouteOptions } from './routes.ts';
import { createSavingsLedger, type SavingsSnapshot } from './savings.ts';
import { createHashPrompt } from './shape/prompt-hashes.ts';

export interface RouterOptions {
  readonly providers: readonly Provider[];
  /**
   * Providers that only clients with a key of their own reach (`Exchange.credential`): by `id/model`, or by the looks of a name that
   * none of `providers` has. @default none
   */
  readonly guests?: readonly Provider[];
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
  /** Names of your own that several models answer for, with what happens where one of them fails. */
  readonly routes?: Readonly<Record<string, RouteOptions>>;
  /** How often a call is made again. */
  readonly attempts?: AttemptPolicy;
  /**
   * Marks the prefixes of requests to Anthropic that come again, so that the provider caches them. `safe`: where that has
   * been seen to pay; `aggressive`: also at first sight. A client that marks its own is left alone. @default "off"
   */
  readonly promptCache?: PromptCacheMode;
  /** Where requests with a deadline wait for their providers' batch APIs, at half price. @default every request is asked live */
  readonly economy?: EconomyOptions;
  /**
   * Under which prompts are hashed, so that those that come again can be told of by `request-end` (`shape`, `exact`) and nobody without it
   * can guess them; the same key gives the same hashes. Asked for once, when the first request ends that somebody listens to.
   * @default they are not hashed
   */
  readonly shapeKey?: () => Uint8Array | undefined;
  /** What providers, models and keys may take. @default none */
  readonly limits?: LimitOptions;
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** Calls models by name: cached, coalesced, observed. */
export interface Router {
  query(options: QueryOptions): Promise<QueryResult>;
  stream(options: QueryOptions): AnswerStream;
  batchQuery(queries: readonly (QueryOptions | string)[], options?: BatchOptions): BatchRun;
  queryWithFallback(options: FallbackOptions): Promise<QueryResult>;
  /** Turns texts into vectors, many in one call; each vector is cached by its own text. */
  embed(options: EmbedOptions): Promise<EmbedResult>;
  /** Counts the input tokens of a question: as Anthropic does for its models, and by an estimate of ours for others. */
  countTokens(options: QueryOptions): Promise<CountTokensResult>;
  /** Answers a client's request in the bytes of its own protocol: what a gateway calls. Faults reach `sink.fail`. */
  answer(exchange: Exchange, sink: AnswerSink): Ticket;
  /**
   * What every provider offers. `timeoutMs`: how long to wait for each; one that is slower is a failure. `credential`: a client's
   * own key, with which those are asked that take it.
   */
  models(options?: { readonly timeoutMs?: number; readonly credential?: Credential | undefined }): Promise<ModelList>;
  /**
   * The models that may answer for a name, as `provider/model`: of a route, an alias, a model without its provider, and of no
   * name. A promise where lists must be asked for. Throws, or rejects, as `answer` fails for a name that stands for none.
   */
  targetsOf(name: string | undefined): readonly string[] | Promise<readonly string[]>;
  /**
   * How many tokens an answer of a model (`provider/model`) may have whose request sets no limit: `maxOutputTokens` of the price
   * table, else the longest of late, and 1,000 at least.
   */
  longestAnswerOf(model: string): number;
  /** How many calls may be made for one request to this name at the same time: all of a race, and one for a hedge. */
  callsAtOnce(name: string | undefined): number;
  /** How the targets fare that were asked so far. */
  health(): readonly HealthView[];
  /**
   * Limits that are set, and what of them is used: `provider:openai`, `model:openai/gpt-4o`, and names of `Exchange.limits` such as
   * `key:7f3a` that calls were made under in the last minute.
   */
  limits(): readonly NamedLimiterState[];
  /** What waits for batches of the economy lane, and which of them providers have; undefined where there is no lane. */
  economy(): EconomyView | undefined;
  /** What caching, coalescing and the providers' prompt caches have saved since the start. */
  savings(): SavingsSnapshot;
  /** Loads what the first call would otherwise wait for. */
  prepare(): Promise<void>;
  /** Fails what is in flight with `ROUTER_CLOSED` and closes the providers; safe to call twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Throws `ROUTER_REQUEST_INVALID` where two providers share an id or there is none. */
export function createRouter(options: RouterOptions): Router {
  const { providers, guests = [], cache, aliases, defaultModel, prices = listPrices, now = Date.now } = options;
  const all = [...providers, ...guests];
  checkProviders(providers, all);
  const directory = createModelDirectory({
    providers,
    guests,
    now,
    ...(aliases && { aliases }),
    ...(defaultModel !== undefined && { defaultModel }),
  });
  const routes = createRoutes({
    providers,
    directory,
    prices,
    ...(aliases && { aliases }),
    ...(defaultModel !== undefined && { defaultModel }),
    ...(options.routes && { routes: options.routes }),
    ...(options.attempts && { attempts: options.attempts }),
    ...(options.random && { random: options.random }),
  });
  const limits = options.limits && createRequestLimits(options.limits);
  const { promptCache: mode = 'off' } = options;
  const savings = createSavingsLedger({ prices });
  const longest = createLongestAnswers({ prices, now });
  const operationRoutes = createOperationRoutes();
  const { ttlMs = 86_400_000, temperature = 'unset-or-zero', maxAnswerBytes = 33_554_432 } = options.cachePolicy ?? {};
  const shelf = cache && createAnswerShelf(cache, { ttlMs, maxBytes: maxAnswerBytes });
  const exchanger = createExchanger({
    routes,
    operationRoutes,
    savings,
    longest,
    now,
    ...(mode !== 'off' && {
      planner: createPromptCachePlanner({ mode, prices }),
      batchPlanner: createBatchPlanner({ mode, prices, now: options.economy?.clock?.now ?? now }),
    }),
    ...(limits && { limits }),
    ...(options.shapeKey && { hashPrompt: createHashPrompt(options.shapeKey) }),
    ...(shelf && { shelf }),
    providers,
    ...(options.economy && { economy: economySettings(options.economy) }),
    policy: { ttlMs, temperature, maxAnswerBytes },
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    prices,
  });
  // After the caller has had time to listen.
  if (options.economy) setImmediate(exchanger.resume).unref();
  const context = { exchanger, routes, operationRoutes, shelf, savings, prices, now };
  const ask = (asked: QueryOptions): Promise<QueryResult> => query(context, asked);
  let closing: Promise<void> | undefined;

  const close = (): Promise<void> => {
    closing ??= (async () => {
      exchanger.close();
      if (!options.limits?.memory) limits?.limiters.close();
      await Promise.all(all.map((provider) => provider.close()));
    })();
    return closing;
  };

  return {
    query: ask,
    stream: (asked) => streamAnswer(context, asked),
    batchQuery: (queries, batch) => batchQuery(ask, queries, batch),
    queryWithFallback: (asked) => queryWithFallback(ask, asked),
    embed: (asked) => embed(context, asked),
    countTokens: (asked) => countTokens(context, asked),
    answer: exchanger.answer,
    models: directory.list,
    targetsOf(name) {
      const route = routes.resolve(name);
      return route instanceof Promise ? route.then(idsOf) : idsOf(route);
    },
    longestAnswerOf(model) {
      const slash = model.indexOf('/');
      return longest.of(model.slice(0, Math.max(0, slash)), model.slice(slash + 1));
    },
    callsAtOnce: routes.callsAtOnce,
    health: routes.health,
    limits: () => limits?.states() ?? [],
    economy: exchanger.economy,
    savings: savings.snapshot,
    async prepare() {
      await Promise.all(all.map((provider) => provider.prepare?.()));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const idsOf = ({ candidates }: Route): readonly string[] =>
  candidates.map(({ target }) => `${target.provider.id}/${target.model}`);

function checkProviders(providers: readonly Provider[], all: readonly Provider[]): void {
  if (providers.length === 0) throw requestInvalid('Give the router at least one provider.', 'providers');
  const ids = new Set<string>();
  for (const { id } of all) {
    if (id === '' || id.includes('/'))
      throw requestInvalid(`A provider cannot be called "${id}": use a name without "/".`);
    if (ids.has(id)) throw requestInvalid(`Two providers are called "${id}". Give each an id of its own.`, 'providers');
    ids.add(id);
  }
}
