import type { SpendingRow } from './spending.ts';
import type { KeyStore } from './store.ts';
import {
  type BudgetPeriod,
  type KeyCacheScope,
  type KeyLimits,
  type KeyStatus,
  statusOf,
  type VirtualKey,
} from './virtual-key.ts';

const iso = (time: number | null | undefined): string | null =>
  time === null || time === undefined ? null : new Date(time).toISOString();

/** A key as JSON, for the admin API and the command line; times are ISO 8601 in UTC. It never holds a secret. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly status: KeyStatus;
  /** The first characters of its newest secret. */
  readonly prefix: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly disabled: boolean;
  readonly tags: readonly string[];
  readonly team: string | null;
  readonly models: readonly string[] | null;
  readonly limits: KeyLimits;
  readonly budgets: readonly {
    readonly usd: number;
    readonly per: BudgetPeriod;
    readonly spentUsd: number;
    readonly resetsAt: string | null;
  }[];
  readonly cacheScope: KeyCacheScope | null;
  readonly secrets: readonly {
    readonly prefix: string;
    readonly createdAt: string | null;
    readonly expiresAt: string | null;
  }[];
}

export const keyView = ({ spending }: Pick<KeyStore, 'spending'>, key: VirtualKey, now: number): KeyView => ({
  id: key.id,
  name: key.name,
  status: statusOf(key, now),
  prefix: key.secrets[0]?.prefix ?? null,
  createdAt: iso(key.createdAt),
  updatedAt: iso(key.updatedAt),
  expiresAt: iso(key.expiresAt),
  lastUsedAt: iso(spending.lastUseOf(key.id)),
  disabled: key.disabled,
  tags: key.tags,
  team: key.team,
  models: key.models,
  limits: key.limits,
  budgets: spending
    .budgetsOf(key)
    .map(({ usd, per, spentUsd, resetsAt }) => ({ usd, per, spentUsd, resetsAt: iso(resetsAt) })),
  cacheScope: key.cacheScope,
  secrets: key.secrets.map(({ prefix, createdAt, expiresAt }) => ({
    prefix,
    createdAt: iso(createdAt),
    expiresAt: iso(expiresAt),
  })),
});

/** One row of a spending report as JSON. */
export const spendingView = ({ start, lastAt, isDeleted, ...row }: SpendingRow) => ({
  ...row,
  deleted: isDeleted,
  start: row.period === 'total' ? null : iso(start),
  lastUsedAt: iso(lastAt),
});
