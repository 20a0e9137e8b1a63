import type { Provider } from '../provider.ts';
import type { TargetHealth } from './target-health.ts';

/** Each takes some 20 KB. Beyond this many of a provider, the one not asked for longest is forgotten. */
const mostKept = 250;

const kept = new WeakMap<Provider, Map<string, TargetHealth>>();

/**
 * How a model fares under one client's own key: its quota, its limits and its bans are nobody else's. It stays with the provider,
 * as the health of all others does.
 */
export function ownKeyHealth(
  { provider, model }: { readonly provider: Provider; readonly model: string },
  keyHash: string,
  create: () => TargetHealth,
): TargetHealth {
  const healths = kept.get(provider) ?? new Map<string, TargetHealth>();
  kept.set(provider, healths);
  const name = `${keyHash} ${model}`;
  const health = healths.get(name) ?? create();
  healths.delete(name);
  healths.set(name, health);
  if (healths.size > mostKept) healths.delete(healths.keys().next().value as string);
  return health;
}
