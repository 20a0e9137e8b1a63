import type { GroupView } from '@hotpath/runtime/telemetry';
import type { KeyStore } from '../keys/store.ts';
import { keyView } from '../keys/view.ts';
import type { VirtualKey } from '../keys/virtual-key.ts';
import type { DashboardKeyView, KeysView } from './contract.ts';

/** Keys beyond are seen by `hotpath keys list`. */
const mostKeys = 1_000;

const timeOf = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso));

/** A key with the budget that it is nearest to the end of. `requests`: of the last 30 days. */
export const dashboardKeyView = (
  store: KeyStore,
  key: VirtualKey,
  requests: number,
  nowMs: number,
): DashboardKeyView => {
  const view = keyView(store, key, nowMs);
  const { id, name, status, prefix, budgets, models, limits } = view;
  const [nearest] = budgets.toSorted((one, other) => other.spentUsd / other.usd - one.spentUsd / one.usd);
  return {
    id,
    name,
    isActive: status === 'active',
    spentUsd: nearest?.spentUsd ?? 0,
    budgetUsd: nearest?.usd ?? null,
    period: nearest?.per ?? null,
    requests,
    lastUsedAt: timeOf(view.lastUsedAt),
    status,
    prefix,
    createdAt: timeOf(view.createdAt),
    expiresAt: timeOf(view.expiresAt),
    models,
    limits,
    budgets: budgets.map(({ resetsAt, ...budget }) => ({ ...budget, resetsAt: timeOf(resetsAt) })),
  };
};

/** `used`: requests of the last 30 days by key. */
export const keysView = (store: KeyStore, used: readonly GroupView[], nowMs: number, mayChange: boolean): KeysView => {
  const requests = new Map(used.map(({ names, count }) => [names.key ?? '', count]));
  return {
    version: 1,
    mayChange,
    keys: store.list({ limit: mostKeys }).map((key) => dashboardKeyView(store, key, requests.get(key.id) ?? 0, nowMs)),
  };
};
