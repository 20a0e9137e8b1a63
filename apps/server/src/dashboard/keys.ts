import type { GroupView } from '@hotpath/runtime/telemetry';
import type { KeyStore } from '../keys/store.ts';
import { keyView } from '../keys/view.ts';
import type { KeysView } from './contract.ts';

/** Keys beyond are seen by `hotpath keys list`. */
const mostKeys = 1_000;

const timeOf = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso));

/** Keys with the budget that each is nearest to the end of. `used`: requests of the last 30 days by key. */
export const keysView = (store: KeyStore, used: readonly GroupView[], nowMs: number): KeysView => {
  const requests = new Map(used.map(({ names, count }) => [names.key ?? '', count]));
  return {
    version: 1,
    keys: store.list({ limit: mostKeys }).map((key) => {
      const { id, name, status, budgets, lastUsedAt } = keyView(store, key, nowMs);
      const [nearest] = budgets.toSorted((one, other) => other.spentUsd / other.usd - one.spentUsd / one.usd);
      return {
        id,
        name,
        isActive: status === 'active',
        spentUsd: nearest?.spentUsd ?? 0,
        budgetUsd: nearest?.usd ?? null,
        period: nearest?.per ?? null,
        requests: requests.get(id) ?? 0,
        lastUsedAt: timeOf(lastUsedAt),
      };
    }),
  };
};
