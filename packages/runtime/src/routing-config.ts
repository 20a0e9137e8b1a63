import type {
  AttemptPolicy,
  BreakerSettings,
  CheckOptions,
  JsonObject,
  LimitOptions,
  Limits,
  Price,
  PromptCacheMode,
  RouteOptions,
  RouteTarget,
} from '@hotpath/ai-router';
import type { Duration } from './quantity.ts';

/** One of the models behind a route. */
export interface RouteTargetConfig {
  /** `provider/model`. */
  readonly model: string;
  /** Its share where the strategy heeds it; 0: only where no other is left. @default 1 */
  readonly weight?: number | string | undefined;
  /** Tokens of input and output together. @default what the price table knows */
  readonly contextTokens?: number | string | undefined;
  /** What it can do besides text. @default what the price table knows */
  readonly capabilities?: RouteTarget['capabilities'] | undefined;
  /** How it goes on from an answer that broke off. @default 'prefill' for models known to, else not at all */
  readonly continues?: RouteTarget['continues'] | undefined;
}

/** A name of your own that several models answer for. */
export interface RouteConfig {
  /** `provider/model`, best first, or one of them with what is known of it. */
  readonly targets: readonly (string | RouteTargetConfig)[];
  /** Who is asked first; the others follow where it fails. @default 'ordered' */
  readonly strategy?: RouteOptions['strategy'] | undefined;
  /** A second call where the first takes longer than most. @default false; true: quantile 0.95, a budget of 5% */
  readonly hedge?:
    | boolean
    | string
    | {
        readonly quantile?: number | string | undefined;
        /** Extra calls as a share of requests. */
        readonly budget?: number | string | undefined;
        /** When to make it before enough is known of the latency. @default never */
        readonly afterMs?: Duration | undefined;
      }
    | undefined;
  /** What an answer must be for a cascade to stop at it. */
  readonly check?:
    | ({ readonly [Name in keyof Omit<CheckOptions, 'schema'>]?: CheckOptions[Name] | string | undefined } & {
        /** JSON that fits this JSON Schema; true: the one that the request asked for, where it did. @default false */
        readonly schema?: boolean | string | JsonObject | undefined;
      })
    | undefined;
  /** What comes where the check refused an answer and all targets after it failed. @default 'error' */
  readonly onExhausted?: 'error' | 'answer' | undefined;
  /** Whether targets with models of other names than the first one's may make embeddings too. @default false */
  readonly mixEmbeddings?: boolean | string | undefined;
  /** While another target is left, how long the first piece of a stream may take. @default '15s' */
  readonly firstTokenMs?: Duration | undefined;
  /** ... and each further one. @default '20s' */
  readonly stallMs?: Duration | undefined;
}

export interface AttemptsConfig {
  /** Calls for one request at most. 1: none is made twice, and none elsewhere. @default 6 */
  readonly maxAttempts?: number | string | undefined;
  /** The longest wait before a retry while another target is left. @default '2s' */
  readonly patienceMs?: Duration | undefined;
  /** Retries as a share of requests. @default 0.2 */
  readonly retryShare?: number | string | undefined;
  /** The longest wait before the first retry, doubled with each. @default '250ms' */
  readonly backoffMs?: Duration | undefined;
  /** When a target that fails is put behind the others, and for how long. */
  readonly breaker?: { readonly [Name in keyof BreakerSettings]?: Duration | undefined } | undefined;
}

/** US dollars for a million tokens, and what else a price list says of a model. What is left out is as in the list. */
export type PriceConfig = {
  readonly [Name in keyof Omit<Price, 'longPrompt' | 'capabilities'>]?: number | string | undefined;
} & {
  /** What prices are multiplied by for a prompt of more than `aboveTokens`. */
  readonly longPrompt?: { readonly [Name in keyof NonNullable<Price['longPrompt']>]: number | string } | undefined;
  readonly capabilities?: Price['capabilities'] | undefined;
};

type LimitsOfOne = { readonly [Name in keyof Limits]?: number | string | undefined };

/** What this gateway sends at most: calls at the same time, calls a minute, tokens a minute. */
export interface LimitsConfig {
  /** By the provider's id. */
  readonly providers?: Readonly<Record<string, LimitsOfOne>> | undefined;
  /** By `provider/model`. */
  readonly models?: Readonly<Record<string, LimitsOfOne>> | undefined;
  /** How long a call waits for room before it goes elsewhere or is refused. @default '10s' */
  readonly queueMs?: Duration | undefined;
}

/** Routes, attempts, limits and prices after validation, as the router takes them. */
export interface Routing {
  readonly routes: Readonly<Record<string, RouteOptions>>;
  readonly promptCache: PromptCacheMode;
  readonly attempts: AttemptPolicy;
  /** Prices of your own, by model or `provider/model`. */
  readonly prices: Readonly<Record<string, Partial<Price>>>;
  readonly limits?: LimitOptions;
}
