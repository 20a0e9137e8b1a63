import { classify, type Verdict } from './attempts/classify.ts';
import type { RouterError } from './errors.ts';
import type { Route, RouteCandidate } from './route.ts';
import { capable, withLargerContext } from './strategies/capable.ts';
import type { StrategyContext } from './strategies/strategy.ts';

/** The candidates of a route that a request has not asked yet, best first. */
export interface CandidatesLeft {
  isEmpty(): boolean;
  /** Takes the best. */
  take(): RouteCandidate | undefined;
  /**
   * Decides what to do about a failed call, leaves out those that would fail alike, and heeds a provider that asks to be left
   * alone.
   */
  judge(error: RouterError, candidate: RouteCandidate, retries: number): Verdict;
  /**
   * Keeps those that can go on from the beginning of an answer, or where there is none the one that gave it, if it can.
   * Returns whether anybody can: else all stay.
   */
  keepAble(giver: RouteCandidate): boolean;
  /** Puts one back, before all others. */
  putBack(candidate: RouteCandidate): void;
}

export function candidatesLeft(route: Route, context: StrategyContext): CandidatesLeft {
  let left: readonly RouteCandidate[] = route.candidates.length > 1 ? orderOf(route, context) : route.candidates;
  const decide = (error: RouterError, candidate: RouteCandidate, retries: number): Verdict => {
    const larger = withLargerContext(left, candidate, context) as readonly RouteCandidate[];
    const situation = {
      retriesHere: retries,
      hasElsewhere: left.length > 0,
      hasLargerContext: larger.length > 0,
      patienceMs: left.length > 0 ? route.patienceMs : Math.max(route.patienceMs, longestWaitMs),
    };
    const verdict = classify(error, situation);
    if (verdict.action !== 'elsewhere') return verdict;
    const next = verdict.kind === 'context-too-long' ? larger : left;
    left =
      verdict.avoid === 'provider' ? next.filter(({ target }) => target.provider !== candidate.target.provider) : next;
    return left.length === 0 ? classify(error, { ...situation, hasElsewhere: false }) : verdict;
  };

  return {
    isEmpty: () => left.length === 0,
    take() {
      const [best, ...others] = left;
      left = others;
      return best;
    },
    judge(error, candidate, retries) {
      const verdict = decide(error, candidate, retries);
      if (verdict.waitMs !== undefined && verdict.kind === 'rate-limited' && verdict.action !== 'retry') {
        candidate.health.pause(Math.min(verdict.waitMs, longestPauseMs));
      }
      return verdict;
    },
    keepAble(giver) {
      const able = left.filter(({ continues }) => continues !== undefined);
      if (able.length > 0) left = able;
      else if (giver.continues !== undefined) left = [giver];
      else return false;
      return true;
    },
    putBack(candidate) {
      left = [candidate, ...left];
    },
  };
}

/** Without another candidate a retry may wait as long as this, milliseconds. */
const longestWaitMs = 20_000;

/** A provider that asks for more is asked again after this all the same, milliseconds. */
const longestPauseMs = 60_000;

/** Those that cannot answer at all are left out where any can. */
function orderOf({ candidates, order }: Route, context: StrategyContext): readonly RouteCandidate[] {
  const able = capable(candidates, context).capable as readonly RouteCandidate[];
  return order(able.length > 0 ? able : candidates, context) as readonly RouteCandidate[];
}
