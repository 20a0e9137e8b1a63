import type { Quantiles } from './figures.ts';

// What a gateway stands at: providers, limits, caches, batches and plugins.

/** `GET providers`. */
export interface ProvidersView {
  readonly version: 1;
  readonly providers: readonly {
    readonly provider: string;
    readonly model: string;
    /** Of the circuit breaker: `closed`, `open` or `half-open`. */
    readonly breaker: string;
    readonly inFlight: number | null;
    /** In the last hour. */
    readonly calls: number;
    readonly failed: number;
    readonly durationMs: Quantiles;
    readonly codes: readonly { readonly code: string; readonly count: number }[];
  }[];
  /** Those that are set, and those of keys that were used in the last minute. */
  readonly limits: readonly LimitView[];
}

/** What may be asked at once or within a minute, and how much of it is used. */
export interface LimitView {
  readonly of: 'provider' | 'model' | 'key';
  /** Of a provider or key its id, of a model `provider/model`. */
  readonly id: string;
  /** Of a key. */
  readonly name: string | null;
  /** Requests that wait for room. */
  readonly waiting: number;
  /** Null where it is not limited. `used`: under way, or in the last minute. */
  readonly concurrency: { readonly most: number; readonly used: number } | null;
  readonly requestsPerMinute: { readonly most: number; readonly used: number } | null;
  readonly tokensPerMinute: { readonly most: number; readonly used: number } | null;
}

/** `GET cache`. */
export interface CacheView {
  readonly version: 1;
  readonly isEnabled: boolean;
  readonly tiers: readonly {
    readonly tier: string;
    readonly entries: number | null;
    readonly bytes: number | null;
    readonly hits: number;
    readonly misses: number;
  }[];
  /** In the last day, what earns its place: by model, the most saved first. */
  readonly models: readonly { readonly model: string; readonly hits: number; readonly savedUsd: number }[];
}
/** `POST cache/invalidate` takes `{"all": true}` or `{"model": "…"}`; answers `{"version": 1, "removed": number | null}`. */

/** `GET economy`: batches of the economy lane. */
export interface EconomyStateView {
  readonly version: 1;
  readonly isEnabled: boolean;
  /** What goes out together when it is time. */
  readonly collecting: readonly {
    readonly provider: string;
    readonly requests: number;
    readonly bytes: number;
    readonly dueAt: number;
  }[];
  /** What providers have, the newest first. */
  readonly batches: readonly {
    readonly provider: string;
    /** Null while it is not known whether it arrived. */
    readonly batchId: string | null;
    readonly state: string;
    readonly requests: number;
    readonly sentAt: number;
    /** Whether this gateway looks after it, or another process does. */
    readonly isOwn: boolean;
  }[];
  /** What became of others since the gateway began, the newest first. */
  readonly history: readonly {
    readonly at: number;
    /** `submitted`, `adopted`, `ended`, `refused`, `cancelled` or `fault`. */
    readonly type: string;
    readonly provider: string | null;
    readonly batchId: string | null;
    readonly requests: number | null;
    readonly problem: string | null;
  }[];
}

/** `GET plugins`. */
export interface PluginsView {
  readonly version: 1;
  readonly plugins: readonly {
    readonly name: string;
    readonly version: string | null;
    readonly state: string;
    readonly importMs: number | null;
    readonly activationMs: number | null;
    readonly problem: string | null;
    readonly about: string | null;
    /** Its folder. */
    readonly folder: string;
    /** Where it was found: `home`, `project` and the like. */
    readonly source: string;
    readonly runsIn: 'thread' | 'process';
    /** When it is loaded, besides at the first use of what it contributes. */
    readonly activates: readonly string[];
    /** As `command:deploy`. */
    readonly contributes: readonly string[];
    /** Names with ranges of versions. */
    readonly needs: readonly string[];
    /** The range of versions of Hotpath that it works with. */
    readonly host: string;
    /** What earlier processes went through with it. */
    readonly trouble: {
      readonly build: string;
      readonly crashes: number;
      readonly failures: number;
      readonly lastCode: string | null;
      /** Since when it is left out. */
      readonly quarantinedAt: number | null;
    } | null;
  }[];
}
