import { embeddingsUnsupported } from './errors.ts';
import { formats } from './formats/index.ts';
import { createTargetHealth, type TargetHealth } from './health/target-health.ts';
import type { Route, RouteCandidate } from './route.ts';
import type { Protocol } from './wire-format.ts';

/** Narrows a route to those who can do what is asked. */
export interface OperationRoutes {
  /**
   * The route for a protocol; undefined for a count of tokens that only we can estimate. Throws
   * `ROUTER_OPERATION_UNSUPPORTED` for embeddings that nobody can make.
   */
  of(route: Route, protocol: Protocol): Route | undefined;
}

/**
 * Embeddings go to those who speak their protocol, and of these to the ones with the same model as the first, unless the
 * route mixes them. Tokens are counted by the model that a route names first: how the others count is not what was asked.
 */
export function createOperationRoutes(): OperationRoutes {
  const embedding = new WeakMap<Route, Route>();
  const counting = new WeakMap<Route, Route>();
  const countHealths = new WeakMap<TargetHealth, TargetHealth>();

  /** Of its own, for each that there is: how fast and how well tokens are counted says nothing of how a model answers. */
  const withCountHealth = (candidate: RouteCandidate): RouteCandidate => {
    const { target, health: answering } = candidate;
    const health = countHealths.get(answering) ?? createTargetHealth({ target, now: () => performance.now() });
    countHealths.set(answering, health);
    return { ...candidate, health };
  };

  return {
    of(route, protocol) {
      const { operation } = formats[protocol];
      if (operation === 'chat') return route;
      const known = (operation === 'embeddings' ? embedding : counting).get(route);
      if (known) return known;
      const able = route.candidates.filter(({ target }) => target.provider.protocols.includes(protocol));
      if (operation === 'embeddings') {
        if (able.length === 0) throw embeddingsUnsupported(namesOf(route));
        const narrowed = narrow(route, route.mixesEmbeddings ? able : alike(able));
        embedding.set(route, narrowed);
        return narrowed;
      }
      if (able.length === 0 || able[0] !== route.candidates[0]) return undefined;
      const candidates = alike(able).map(withCountHealth);
      // An estimate is at hand: nobody has to wait for another try.
      const maxAttempts = Math.min(route.maxAttempts, candidates.length);
      const narrowed = { ...narrow(route, candidates), race: 1, hedge: undefined, maxAttempts };
      counting.set(route, narrowed);
      return narrowed;
    },
  };
}

const namesOf = ({ candidates }: Route): readonly string[] =>
  candidates.map(({ target }) => `${target.provider.id}/${target.model}`);

const alike = (candidates: readonly RouteCandidate[]): readonly RouteCandidate[] =>
  candidates.filter(({ target }) => target.model === candidates[0]?.target.model);

/** Checks are for answers in words. */
const narrow = (route: Route, candidates: readonly RouteCandidate[]): Route => ({
  ...route,
  candidates,
  check: undefined,
});
