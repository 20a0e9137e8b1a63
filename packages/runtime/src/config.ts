import { join } from 'node:path';
import { defaultTimeouts, type PromptCacheMode, type Timeouts } from '@hotpath/ai-router';
import { type AlertsConfig, alertsWithDefaults, type ResolvedAlerts } from './alerts-config.ts';
import { type CacheConfig, cacheWithDefaults, type ResolvedCache, type ValidCache } from './cache-config.ts';
import { type EconomyConfig, economyWithDefaults, type ResolvedEconomy } from './economy-config.ts';
import type { Folders } from './folders.ts';
import type { PluginSettings } from './plugins/plugin-settings.ts';
import { type PluginsConfig, pluginsWithDefaults, type ResolvedPlugins, type ValidPlugins } from './plugins-config.ts';
import type { Duration, Size } from './quantity.ts';
import type { AttemptsConfig, LimitsConfig, PriceConfig, RouteConfig, Routing } from './routing-config.ts';
import {
  type ResolvedTelemetry,
  type TelemetryConfig,
  telemetryWithDefaults,
  type ValidTelemetry,
} from './telemetry-config.ts';

/** The kinds of provider a configuration can name. */
export const providerTypes = ['openai', 'anthropic', 'xai', 'openai-compatible', 'sim', 'plugin'] as const;
export type ProviderType = (typeof providerTypes)[number];

interface UpstreamOptions {
  /** Sent as the protocol wants it. Write `'${OPENAI_API_KEY}'` rather than the key itself. */
  readonly apiKey?: string | undefined;
  /**
   * Where the API lives. OpenAI's way includes `/v1`, Anthropic's does not. For `anthropic` both spellings work; for
   * `openai` and `xai` a bare host gets its `/v1`, and a path is taken as it is. `openai-compatible` takes all as it is.
   */
  readonly baseUrl?: string | undefined;
  /** The models it offers; asked from the provider when absent. */
  readonly models?: readonly string[] | undefined;
  /** Headers added to each call. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether clients' own keys are sent there in place of its own. `true`: all but those that are surely another vendor's;
   * `false`: none. @default those of its own kind
   */
  readonly passThroughKeys?: boolean | string | undefined;
  /** Whether calls carry the `traceparent` of the request that they are made for. @default false */
  readonly forwardTrace?: boolean | string | undefined;
}

export interface UpstreamProviderConfig extends UpstreamOptions {
  /** May be left out where the id is itself a type, as in `providers: { openai: {} }`. */
  readonly type?: 'openai' | 'anthropic' | 'xai' | undefined;
}

export interface CompatibleProviderConfig extends UpstreamOptions {
  readonly type: 'openai-compatible';
  readonly baseUrl: string;
}

/** The built-in simulator: deterministic answers with a set pace, for tests and first steps. */
export interface SimProviderConfig {
  readonly type?: 'sim' | undefined;
  /** Time to the first token. */
  readonly latencyMs?: Duration | undefined;
  readonly tokensPerSecond?: number | undefined;
  /** Share of calls that fail, from 0 to 1. */
  readonly errorRate?: number | undefined;
  readonly models?: readonly string[] | undefined;
}

/** A provider that a plugin contributes. */
export interface PluginProviderConfig {
  readonly type: 'plugin';
  /** As the plugin's manifest names it. @default the id */
  readonly name?: string | undefined;
  /** Handed to the plugin as it stands here. */
  readonly settings?: PluginSettings | undefined;
}

export type ProviderConfig =
  | UpstreamProviderConfig
  | CompatibleProviderConfig
  | SimProviderConfig
  | PluginProviderConfig;

/** What `hotpath.config.{ts,mts,json,yaml,yml}` holds. Everything is optional; any string may use `${ENV}` and `${ENV:-default}`. */
export interface HotpathConfig {
  /** Providers by the id that stands before the slash in `provider/model`. */
  readonly providers?: Readonly<Record<string, ProviderConfig>> | undefined;
  /** Other names for models: `{ fast: 'openai/gpt-4.1-mini' }`. */
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  /** Names of your own that several models answer for: fallback, hedging, strategies. */
  readonly routes?: Readonly<Record<string, RouteConfig>> | undefined;
  /**
   * Marks the prefixes of requests to Anthropic that come again, so that the provider caches them: `safe` where that has
   * been seen to pay, `aggressive` also at first sight. A client that marks its own is left alone. @default 'off'
   */
  readonly promptCache?: PromptCacheMode | undefined;
  /** How often a call is made again. */
  readonly attempts?: AttemptsConfig | undefined;
  /** What this gateway may send to providers and models. @default none */
  readonly limits?: LimitsConfig | undefined;
  /**
   * Your own prices, in US dollars for a million tokens, by model or, for what one provider charges, by `provider/model`:
   * `{ 'gpt-5.1': { input: 1 }, 'groq/llama-3.3-70b': { input: 0.59, output: 0.79 } }`. @default the list prices
   */
  readonly prices?: Readonly<Record<string, PriceConfig>> | undefined;
  /** What becomes of requests with a deadline, which can wait for half the price. */
  readonly economy?: EconomyConfig | undefined;
  /** Used where a call names no model. `HOTPATH_MODEL` goes before it. */
  readonly defaultModel?: string | undefined;
  /** What to look for beside this configuration. */
  readonly detect?:
    | {
        /** Providers from `OPENAI_API_KEY` and its like. @default true */
        readonly environment?: boolean | string | undefined;
        /** A local Ollama. @default true */
        readonly ollama?: boolean | string | undefined;
      }
    | undefined;
  readonly cache?: CacheConfig | undefined;
  /** Limits in time of one call to a provider; 0 switches one off. */
  readonly timeouts?: { readonly [Limit in keyof Timeouts]?: Duration | undefined } | undefined;
  readonly server?:
    | {
        /** @default '127.0.0.1' */
        readonly host?: string | undefined;
        /** Fixed port; 0 for any. @default 4000, or the next free one */
        readonly port?: number | string | undefined;
        /**
         * Names other than those of this machine by which a gateway on loopback may be called while it has no keys, such as
         * `ai.example.com` of a proxy in front of it. @default none
         */
        readonly allowedHosts?: readonly string[] | undefined;
        /** Largest request accepted. @default '32MB' */
        readonly bodyLimitBytes?: Size | undefined;
        /** How long answers in flight may take to finish at shutdown. @default '30s' */
        readonly shutdownGraceMs?: Duration | undefined;
      }
    | undefined;
  /** Files and batches of the gateway. */
  readonly batches?:
    | {
        /** @default true */
        readonly enabled?: boolean | string | undefined;
        /** Requests of one batch that are asked at the same time. @default 8 */
        readonly concurrency?: number | undefined;
        /** Largest file, or body of a message batch. @default 200 MB */
        readonly maxFileBytes?: Size | undefined;
        /** How long files, results and ended batches are kept. @default 30 days */
        readonly keepMs?: Duration | undefined;
      }
    | undefined;
  /** Which plugins are used, and what they are told. */
  readonly plugins?: PluginsConfig | undefined;
  /** What `hotpath ask` keeps of questions and answers, on this machine alone. */
  readonly conversations?:
    | {
        /** @default true */
        readonly enabled?: boolean | string | undefined;
        /** How long a conversation is kept after its last question. @default until it is deleted */
        readonly keepMs?: Duration | undefined;
      }
    | undefined;
  readonly telemetry?: TelemetryConfig | undefined;
  readonly alerts?: AlertsConfig | undefined;
}

/** One provider after validation: the type known, quantities as numbers. */
export type ResolvedProvider =
  | {
      readonly type: 'openai' | 'anthropic' | 'xai' | 'openai-compatible';
      readonly apiKey?: string;
      readonly baseUrl?: string;
      readonly models?: readonly string[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly passThroughKeys?: boolean;
      readonly forwardTrace?: boolean;
    }
  | {
      readonly type: 'sim';
      readonly latencyMs?: number;
      readonly tokensPerSecond?: number;
      readonly errorRate?: number;
      readonly models?: readonly string[];
    }
  | { readonly type: 'plugin'; readonly name?: string; readonly settings?: PluginSettings };

/** A configuration with every default filled in and every quantity a number in the unit its name says. */
export interface ResolvedConfig extends Routing {
  readonly providers: Readonly<Record<string, ResolvedProvider>>;
  readonly aliases: Readonly<Record<string, string>>;
  readonly defaultModel?: string;
  readonly detect: { readonly environment: boolean; readonly ollama: boolean };
  readonly cache: ResolvedCache;
  readonly economy: ResolvedEconomy;
  readonly timeouts: Timeouts;
  readonly server: {
    readonly host: string;
    /** Absent: 4000, or the next free port. */
    readonly port?: number;
    /** In lower case. */
    readonly allowedHosts: readonly string[];
    readonly bodyLimitBytes: number;
    readonly shutdownGraceMs: number;
  };
  readonly batches: {
    readonly enabled: boolean;
    readonly concurrency: number;
    readonly maxFileBytes: number;
    readonly keepMs: number;
  };
  readonly plugins: ResolvedPlugins;
  readonly conversations: {
    readonly enabled: boolean;
    /** Absent: until they are deleted. */
    readonly keepMs?: number;
  };
  readonly telemetry: ResolvedTelemetry;
  readonly alerts: ResolvedAlerts;
}

/** What a configuration says after validation, before the defaults. */
export interface ValidConfig extends Partial<Routing> {
  readonly providers?: Readonly<Record<string, ResolvedProvider>>;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly defaultModel?: string;
  readonly detect?: Partial<ResolvedConfig['detect']>;
  readonly cache?: ValidCache;
  readonly economy?: Partial<ResolvedEconomy>;
  readonly timeouts?: Partial<Timeouts>;
  readonly server?: Partial<ResolvedConfig['server']>;
  readonly batches?: Partial<ResolvedConfig['batches']>;
  readonly plugins?: ValidPlugins;
  readonly conversations?: Partial<ResolvedConfig['conversations']>;
  readonly telemetry?: ValidTelemetry;
  readonly alerts?: Partial<ResolvedAlerts>;
}

/**
 * Gives a configuration its types in an editor and returns it unchanged. A file that imports it needs this package
 * installed beside it; `satisfies HotpathConfig` with an `import type` does the same and needs it in the editor alone.
 *
 * @example
 * export default defineConfig({ defaultModel: 'openai/gpt-4.1-mini', cache: { ttlMs: '1h' } });
 */
export const defineConfig = (config: HotpathConfig): HotpathConfig => config;

const megabyte = 1024 * 1024;

/** Fills in the defaults; files without a path of their own are in these folders. */
export const withDefaults = (config: ValidConfig, folders: Pick<Folders, 'cache' | 'state'>): ResolvedConfig => ({
  providers: config.providers ?? {},
  aliases: config.aliases ?? {},
  routes: config.routes ?? {},
  promptCache: config.promptCache ?? 'off',
  attempts: config.attempts ?? {},
  prices: config.prices ?? {},
  ...(config.limits && { limits: config.limits }),
  ...(config.defaultModel !== undefined && { defaultModel: config.defaultModel }),
  detect: { environment: true, ollama: true, ...config.detect },
  cache: cacheWithDefaults(config.cache, join(folders.cache, 'answers.sqlite')),
  economy: economyWithDefaults(config.economy, join(folders.state, 'economy.sqlite')),
  timeouts: { ...defaultTimeouts, ...config.timeouts },
  server: {
    host: '127.0.0.1',
    allowedHosts: [],
    bodyLimitBytes: 32 * megabyte,
    shutdownGraceMs: 30_000,
    ...config.server,
  },
  batches: { enabled: true, concurrency: 8, maxFileBytes: 200 * megabyte, keepMs: 2_592_000_000, ...config.batches },
  plugins: pluginsWithDefaults(config.plugins),
  conversations: { enabled: true, ...config.conversations },
  telemetry: telemetryWithDefaults(config.telemetry, join(folders.state, 'events.sqlite')),
  alerts: alertsWithDefaults(config.alerts),
});
