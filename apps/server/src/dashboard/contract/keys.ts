// Keys of clients, and what may be done with them.

/** A key of `/admin/v1/keys`, with what it has spent. */
export interface DashboardKeyView {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  /** Of the budget that it is nearest to the end of. */
  readonly spentUsd: number;
  readonly budgetUsd: number | null;
  readonly period: string | null;
  readonly requests: number;
  readonly lastUsedAt: number | null;
  readonly status: 'active' | 'disabled' | 'expired';
  /** The first characters of its newest secret. */
  readonly prefix: string | null;
  readonly createdAt: number | null;
  readonly expiresAt: number | null;
  /** Null for all. */
  readonly models: readonly string[] | null;
  readonly limits: {
    readonly concurrency?: number;
    readonly requestsPerMinute?: number;
    readonly tokensPerMinute?: number;
  };
  readonly budgets: readonly {
    readonly usd: number;
    readonly per: string;
    readonly spentUsd: number;
    readonly resetsAt: number | null;
  }[];
}

/** `GET keys`. */
export interface KeysView {
  readonly version: 1;
  /** Whether whoever asks may change them: on other machines only where the admin API answers those. */
  readonly mayChange: boolean;
  readonly keys: readonly DashboardKeyView[];
}
/**
 * `GET keys/:id`. `POST keys` and `PATCH keys/:id` take what `/admin/v1/keys` takes and answer with this, `POST keys/:id/rotate` takes `graceMs`;
 * `DELETE keys/:id` answers 204.
 */
export interface ChangedKeyView {
  readonly version: 1;
  readonly mayChange: boolean;
  readonly key: DashboardKeyView;
  /** Of one that was made or rotated: it is never told again. */
  readonly secret?: string;
}
