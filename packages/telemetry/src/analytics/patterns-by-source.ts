import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Range } from '../store/query.ts';
import type { Pattern } from './pattern.ts';

const dimensions = ['model', 'key', 'agent', 'command'] as const;
const perUsd = 1e6;

interface Counted {
  readonly names: Readonly<Record<string, string>>;
  requests: number;
  reused: number;
  bypassed: number;
  /** Micro-dollars. */
  cost: number;
  bypassedCost: number;
  saved: number;
}

/** Who asks which model, and an estimate of what was missed: as much of what bypassed the cache as it answered of the rest. */
export const patternsBySource = (store: EventStore, range: Range, atLeast: number): readonly Pattern[] => {
  const found = new Map<string, Counted>();
  const groups = store.aggregate(requestKind, {
    ...range,
    by: [...dimensions, 'cache'],
    totals: ['cost', 'saved_cache', 'saved_coalescing'],
    spreads: [],
  });
  for (const { names, count, totals } of groups) {
    const key = JSON.stringify(dimensions.map((name) => names[name]));
    const counted = found.get(key) ?? {
      names,
      requests: 0,
      reused: 0,
      bypassed: 0,
      cost: 0,
      bypassedCost: 0,
      saved: 0,
    };
    found.set(key, counted);
    const { cost = 0, saved_cache: byCache = 0, saved_coalescing: bySharing = 0 } = totals;
    counted.requests += count;
    counted.cost += cost;
    counted.saved += byCache + bySharing;
    if (names.cache === 'hit' || names.cache === 'coalesced') counted.reused += count;
    if (names.cache !== 'bypass') continue;
    counted.bypassed += count;
    counted.bypassedCost += cost;
  }
  return [...found.values()]
    .filter(({ requests }) => requests >= atLeast)
    .map(({ names, requests, reused, bypassed, cost, bypassedCost, saved }) => {
      const asked = requests - bypassed;
      const { model = '', key = '', agent = '', command = '' } = names;
      return {
        shape: null,
        models: [model],
        keys: [key],
        agents: [agent],
        commands: [command],
        requests,
        reused,
        bypassed,
        repeated: 0,
        near: 0,
        costUsd: cost / perUsd,
        savedUsd: saved / perUsd,
        missedUsd: asked === 0 ? 0 : (bypassedCost * reused) / asked / perUsd,
        nearUsd: 0,
        example: null,
      };
    });
};
