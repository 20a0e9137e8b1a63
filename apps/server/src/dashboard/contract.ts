// What `/api/dashboard/v1` answers with, for the page and for whoever else reads it. Times are milliseconds since 1970, money is US
// dollars, durations are milliseconds. Fields are added within a version, and neither removed nor changed.

import type { ContentEntryView } from './contract/content.ts';
import type { SavedView, TokenCostsView, TokensView, TotalsView } from './contract/figures.ts';

export type { AlertsView, AnomaliesView, AnomalyView } from './contract/alerts.ts';
export type {
  ContentDeletedView,
  ContentEntryView,
  ContentView,
  FoundContentView,
} from './contract/content.ts';
export type { Quantiles, SavedView, TokenCostsView, TokensView, TotalsView } from './contract/figures.ts';
export type { CacheView, EconomyStateView, LimitView, PluginsView, ProvidersView } from './contract/gateway.ts';
export type { ChangedKeyView, DashboardKeyView, KeysView } from './contract/keys.ts';

/** `GET session`. `POST session` takes `{"key"}`, the admin key, and answers 204 with a cookie; `DELETE session` ends it. */
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

/** One interval after another, as columns of one length. */
export interface SeriesView {
  readonly at: readonly number[];
  readonly requests: readonly number[];
  readonly failed: readonly number[];
  readonly left: readonly number[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly firstTokenP50: readonly (number | null)[];
  readonly costUsd: readonly number[];
  readonly savedUsd: readonly number[];
  readonly hitRate: readonly (number | null)[];
}

/** `GET overview?from&to&model&provider&key&agent&command`. */
export interface OverviewView {
  readonly version: 1;
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly totals: TotalsView;
  /** The cost of `totals` by class of tokens; what none of them is charged with, as a call without an answer, is `unsplitUsd`. */
  readonly tokenCosts: TokenCostsView;
  readonly unsplitUsd: number;
  /** The same time before; null where nothing is known of it. */
  readonly before: TotalsView | null;
  readonly series: SeriesView;
  /** The most used first. */
  readonly models: readonly (TotalsView & { readonly provider: string; readonly model: string })[];
  readonly keys: readonly (TotalsView & { readonly key: string; readonly name: string | null })[];
  /** `agent` is empty of those that said nothing of what they are. */
  readonly agents: readonly (TotalsView & { readonly agent: string })[];
  readonly commands: readonly (TotalsView & { readonly command: string })[];
  /** Requests that stand under the name `other` among these: there were too many names to tell theirs apart. */
  readonly overflowed: { readonly models: number; readonly keys: number; readonly agents: number };
  readonly errors: readonly { readonly code: string; readonly count: number }[];
  /** Lookups of all caches by the tier that had it, where nothing is filtered; `tier` is empty for those that none had. */
  readonly tiers: readonly { readonly tier: string; readonly outcome: string; readonly count: number }[];
  /** Why `tiers` are left out beside a filter; null where they are not. */
  readonly tiersLeftOut: string | null;
}

/** A request, as lists have it. */
export interface RequestView {
  /** Of the event, for `GET requests/:event`, which takes a `requestId` as well, of which it is the newest; empty of what is told live. */
  readonly event: string;
  /** When its answer ended. */
  readonly at: number;
  /** As the answer's `x-hotpath-request-id` names it. */
  readonly requestId: string | null;
  readonly protocol: string;
  readonly provider: string;
  readonly model: string;
  readonly asked: string;
  readonly key: string;
  readonly agent: string;
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
  /** Of its key; null without one, and of one that is gone. */
  readonly keyName: string | null;
  readonly savedUsd: SavedView;
  readonly estimatedUsd: number;
  /** By the prices of now; null for what cost nothing, and where there is no price. */
  readonly tokenCosts: TokenCostsView | null;
  /** What the cost has beyond `tokenCosts`: calls made in vain, and prices that have changed since. */
  readonly otherUsd: number;
  readonly stages: readonly StageView[];
  readonly content: {
    /** Whether prompts and answers are captured now. */
    readonly isCapturing: boolean;
    /** Null where those of this request were not, or are no longer kept. */
    readonly entry: ContentEntryView | null;
  };
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
