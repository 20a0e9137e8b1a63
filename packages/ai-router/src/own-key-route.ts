import type { RetryBudget } from './attempts/retry-budget.ts';
import { type Credential, credentialFor } from './credential.ts';
import type { BreakerSettings } from './health/breaker.ts';
import { ownKeyHealth } from './health/own-key-health.ts';
import { createTargetHealth } from './health/target-health.ts';
import { createRecent } from './recent.ts';
import type { Route, RouteCandidate } from './route.ts';

export interface OwnKeyRoutesOptions {
  /** A clock that never goes back, milliseconds. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly newRetryBudget: () => RetryBudget;
  readonly breaker: BreakerSettings;
}

/** Keys whose retries are counted apart. */
const mostKeys = 1_000;

/**
 * Makes a route what it is to the holder of a key: answers, health, pauses and retries that come of the key are kept apart from
 * everybody else's. A route on which the key goes nowhere stays as it is.
 */
export function createOwnKeyRoutes({ now, random, newRetryBudget, breaker }: OwnKeyRoutesOptions) {
  const retryBudgets = createRecent<RetryBudget>(mostKeys);

  return (route: Route, credential: Credential): Route => {
    const { identity } = route;
    const takes = ({ target }: RouteCandidate): boolean => credentialFor(target.provider, credential) !== undefined;
    if (!route.candidates.some(takes)) return route;
    const { hash } = credential;
    return {
      ...route,
      identity: {
        provider: { id: identity.provider.id, scope: JSON.stringify([identity.provider.scope ?? '', 'key', hash]) },
        model: identity.model,
      },
      // What one client's limits make it try again is not taken from the others.
      retryBudget: retryBudgets.get(hash, newRetryBudget),
      candidates: route.candidates
        // Whoever wants another key than this one would only refuse, in place of the one that failed.
        .filter((candidate) => takes(candidate) || !candidate.target.provider.needsKey)
        .map((candidate) => {
          if (!takes(candidate)) return candidate;
          const { target } = candidate;
          return {
            ...candidate,
            health: ownKeyHealth(target, hash, () => createTargetHealth({ target, now, random, breaker })),
          };
        }),
    };
  };
}
