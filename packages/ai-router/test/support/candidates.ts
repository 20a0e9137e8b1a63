import { createTargetHealth } from '../../src/health/target-health.ts';
import type { Candidate, StrategyContext } from '../../src/strategies/strategy.ts';
import { createClock } from './clock.ts';

export const context: StrategyContext = { stream: true, inputTokens: 1000, needs: [] };

export const idsOf = (candidates: readonly Candidate[]): string =>
  candidates.map(({ target }) => target.provider.id).join('');

/** Candidates by the names of their providers, on one clock, and what can happen to them. */
export function createCandidates(names: string, more: Partial<Candidate> = {}) {
  const clock = createClock(1_000_000);
  const list = [...names].map((id): Candidate => {
    const target = { provider: { id }, model: 'm' };
    const health = createTargetHealth({
      target,
      now: clock.now,
      random: () => 0,
      breaker: { failuresInRow: 1, openMs: 1000 },
    });
    return { target, weight: 1, health, ...more };
  });
  const find = (id: string): Candidate => {
    const found = list.find(({ target }) => target.provider.id === id);
    if (!found) throw new Error(`no candidate ${id}`);
    return found;
  };
  return {
    ...clock,
    list,
    find,
    /** The list with one candidate changed. */
    with: (changes: Readonly<Record<string, Partial<Candidate>>>): Candidate[] =>
      list.map((candidate) => ({ ...candidate, ...changes[candidate.target.provider.id] })),
    /** Its breaker opens for a second. */
    break(id: string): void {
      find(id).health.begin().fail({ code: 'ROUTER_UPSTREAM_CUT', status: 502 }, { blames: true, kind: 'cut' });
    },
    busy(id: string, calls: number): void {
      for (let index = 0; index < calls; index++) find(id).health.begin({ stream: true });
    },
    answer(id: string, ms: number): void {
      const call = find(id).health.begin({ stream: true });
      clock.advance(ms);
      call.firstToken();
      call.succeed();
    },
  };
}
