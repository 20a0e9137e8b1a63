import type { Provider } from '../provider.ts';
import { createRecent, type Recent } from '../recent.ts';
import type { TargetHealth } from './target-health.ts';

/** Each takes some 20 KB; so many are kept of a provider. */
const mostKept = 250;

const kept = new WeakMap<Provider, Recent<TargetHealth>>();

/**
 * How a model fares under one client's own key: its quota, its limits and its bans are nobody else's. It stays with the provider,
 * as the health of all others does.
 */
export function ownKeyHealth(
  { provider, model }: { readonly provider: Provider; readonly model: string },
  keyHash: string,
  create: () => TargetHealth,
): TargetHealth {
  const healths = kept.get(provider) ?? createRecent<TargetHealth>(mostKept);
  kept.set(provider, healths);
  return healths.get(`${keyHash} ${model}`, create);
}
