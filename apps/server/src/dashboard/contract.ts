// What `/api/dashboard/v1` answers with, for the page and for whoever else reads it. Times are milliseconds since 1970, money is US
// dollars, durations are milliseconds. Fields are added within a version, and neither removed nor changed.

/** `GET session`. */
export interface SessionView {
  readonly version: 1;
  /** Of the program; absent where it was not told. */
  readonly program?: string;
  /** Whether the other routes answer. */
  readonly isSignedIn: boolean;
  /** Whether events are kept, so that there is more than what happens now. */
  readonly hasStore: boolean;
  /** Whether there are virtual keys to manage. */
  readonly hasKeys: boolean;
  /** Whether nothing but the built-in simulator answers. */
  readonly isSimulated: boolean;
}

export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface TokensView {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

export interface SavedView {
  readonly cache: number;
  readonly coalescing: number;
  readonly promptCache: number;
  readonly batch: number;
}

/** What requests within a time come to. */
export interface TotalsView {
  readonly requests: number;
  readonly failed: number;
  /** Left by the client before they were answered. */
  readonly left: number;
  /** Of complete answers. */
  readonly durationMs: Quantiles;
  readonly firstTokenMs: Quantiles;
  /** Of streamed answers, a second. */
  readonly tokensPerSecond: Quantiles;
  readonly tokens: TokensView;
  readonly costUsd: number;
  readonly estimatedUsd: number;
  readonly savedUsd: SavedView;
  /** Answers whose cost nobody knows. */
  readonly unpriced: number;
  /** Requests that the cache answered, of those that it might have; from 0 to 1. */
  readonly hitRate: number | null;
}

/** One interval after another, as columns of one length. */
export interface SeriesView {
  readonly at: readonly number[];
  readonly requests: readonly number[];
  readonly failed: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly firstTokenP50: readonly (number | null)[];
  readonly costUsd: readonly number[];
  readonly savedUsd: readonly number[];
  readonly hitRate: readonly (number | null)[];
}

/** `GET overview?from&to&model&provider&key&command`. */
export interface OverviewView {
  readonly version: 1;
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly totals: TotalsView;
  /** The same time before; null where nothing is known of it. */
  readonly before: TotalsView | null;
  readonly series: SeriesView;
  /** The most used first. */
  readonly models: readonly (TotalsView & { readonly provider: string; readonly model: string })[];
  readonly keys: readonly (TotalsView & { readonly key: string; readonly name: string | null })[];
  readonly commands: readonly (TotalsView & { readonly command: string })[];
  readonly errors: readonly { readonly code: string; readonly count: number }[];
  /** Lookups of all caches by the tier that had it; `tier` is empty for those that none had. */
  readonly tiers: readonly { readonly tier: string; readonly outcome: string; readonly count: number }[];
}

/** A request, as lists have it. */
export interface RequestView {
  /** Of the event, for `GET requests/:event`, which takes a `requestId` of the last day as well; empty of what is told live. */
  readonly event: string;
  /** When its answer ended. */
  readonly at: number;
  /** As the answer's `x-request-id` names it. */
  readonly requestId: string | null;
  readonly protocol: string;
  readonly provider: string;
  readonly model: string;
  readonly asked: string;
  readonly key: string;
  readonly command: string;
  readonly outcome: string;
  readonly cache: string;
  readonly lane: string;
  readonly isStream: boolean;
  readonly code: string;
  readonly finish: string;
  readonly status: number | null;
  readonly attempts: number | null;
  readonly durationMs: number | null;
  readonly firstTokenMs: number | null;
  readonly tokens: TokensView;
  readonly costUsd: number | null;
  readonly savedUsd: number;
}

/** `GET requests?from&to&…&outcome&cache&code&search&limit&before`, the newest first. `search`: the beginning of a request's id. */
export interface RequestsView {
  readonly version: 1;
  readonly requests: readonly RequestView[];
  /** For `before`, where there are more. */
  readonly next: string | null;
}

/** A stage of a request, from its beginning. */
export interface StageView {
  /** `route`, `cache`, `queue`, `attempt`, `first-token`, `stream`. */
  readonly stage: string;
  readonly fromMs: number;
  readonly durationMs: number;
  /** Of a call to a provider. */
  readonly provider?: string;
  readonly model?: string;
  readonly cause?: string;
  readonly outcome?: string;
  readonly status?: number;
  readonly code?: string;
}

/** `GET requests/:event`. */
export interface RequestDetailView {
  readonly version: 1;
  readonly request: RequestView;
  readonly savedUsd: SavedView;
  readonly estimatedUsd: number;
  readonly stages: readonly StageView[];
}

/** `GET live`: server-sent events, `figures` once a second and `request` for each that ends (at most 50 a second; `skipped` says how many more). */
export interface LiveFigures {
  readonly at: number;
  /** In the last second. */
  readonly requests: number;
  readonly failed: number;
  readonly inFlight: number;
  /** Of the last minute. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly firstTokenP50: number | null;
  /** In the last second. */
  readonly costUsd: number;
  readonly savedUsd: number;
  /** Of the last minute. */
  readonly hitRate: number | null;
  /** Requests that were not told one by one. */
  readonly skipped: number;
  readonly process: {
    /** Of one core, from 0. */
    readonly cpu: number;
    readonly memoryBytes: number;
    readonly loopDelayMs: number;
  } | null;
}

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

/** `GET keys`: those of `/admin/v1/keys`, with what they have spent. */
export interface KeysView {
  readonly version: 1;
  readonly keys: readonly {
    readonly id: string;
    readonly name: string;
    readonly isActive: boolean;
    readonly spentUsd: number;
    readonly budgetUsd: number | null;
    readonly period: string | null;
    readonly requests: number;
    readonly lastUsedAt: number | null;
  }[];
}

/** `GET alerts`. */
export interface AlertsView {
  readonly version: 1;
  readonly rules: readonly {
    readonly rule: string;
    readonly about: string;
    readonly state: 'ok' | 'pending' | 'firing' | 'recovering';
    readonly severity: 'page' | 'warn';
    readonly value: number | null;
    readonly threshold: number;
    readonly unit: string;
    readonly since: number | null;
  }[];
  /** The newest first. */
  readonly history: readonly {
    readonly at: number;
    readonly rule: string;
    readonly state: string;
    readonly value: number | null;
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
  }[];
}

/** `GET compare?baselineFrom&baselineTo&from&to&…filters`. */
export interface CompareView {
  readonly version: 1;
  readonly baseline: { readonly from: number; readonly to: number; readonly totals: TotalsView };
  readonly current: { readonly from: number; readonly to: number; readonly totals: TotalsView };
  readonly figures: readonly {
    readonly figure: string;
    readonly baseline: number | null;
    readonly current: number | null;
    /** Of the change, where it can be told: 0.1 is a tenth more. */
    readonly change: number | null;
    /** Where the current value lies with 95% confidence. */
    readonly interval: readonly [low: number, high: number] | null;
    readonly pValue: number | null;
    readonly verdict: 'better' | 'worse' | 'no difference' | 'unknown';
  }[];
}
/** Runs are those of `/api/runs`, which takes the same session. Errors are `{"error": {"code", "message"}}`. */
