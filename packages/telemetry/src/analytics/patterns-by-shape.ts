import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Range } from '../store/query.ts';
import type { Visit } from '../store/scan-events.ts';
import type { Pattern } from './pattern.ts';

/** Shapes that are looked at: those that come most often. */
const mostShapes = 10_000;
const perUsd = 1e6;

/** How often each name came. */
type Names = Map<string, number>;

interface Counted {
  readonly models: Names;
  readonly keys: Names;
  readonly agents: Names;
  readonly commands: Names;
  requests: number;
  reused: number;
  bypassed: number;
  repeated: number;
  near: number;
  /** Micro-dollars. */
  cost: number;
  saved: number;
  missed: number;
  nearCost: number;
  example: string | null;
}

const newCounted = (): Counted => ({
  models: new Map(),
  keys: new Map(),
  agents: new Map(),
  commands: new Map(),
  requests: 0,
  reused: 0,
  bypassed: 0,
  repeated: 0,
  near: 0,
  cost: 0,
  saved: 0,
  missed: 0,
  nearCost: 0,
  example: null,
});

const note = (names: Names, name = ''): void => void names.set(name, (names.get(name) ?? 0) + 1);
const frequent = (names: Names): string[] => [...names].sort(([, one], [, other]) => other - one).map(([name]) => name);

const patternOf = (shape: string, counted: Counted): Pattern => {
  const { models, keys, agents, commands, cost, saved, missed, nearCost, ...counts } = counted;
  return {
    shape,
    models: frequent(models),
    keys: frequent(keys),
    agents: frequent(agents),
    commands: frequent(commands),
    ...counts,
    costUsd: cost / perUsd,
    savedUsd: saved / perUsd,
    missedUsd: missed / perUsd,
    nearUsd: nearCost / perUsd,
  };
};

/** Remembers what a cache that keeps all answers for a time would hold. */
const createShadow = (ttlMs: number) => {
  const keptSince = new Map<string, number>();
  let sweepAt = 100_000;
  return {
    has: (exact: string, atMs: number): boolean => atMs - (keptSince.get(exact) ?? Number.NEGATIVE_INFINITY) <= ttlMs,
    keep(exact: string, atMs: number): void {
      keptSince.set(exact, atMs);
      if (keptSince.size < sweepAt) return;
      for (const [each, since] of keptSince) if (atMs - since > ttlMs) keptSince.delete(each);
      sweepAt = Math.max(100_000, keptSince.size * 2);
    },
  };
};

/**
 * Prompts of the same shape, of those that come most often. What was paid for is held against a cache that keeps every answer for `ttlMs`:
 * so what it would have answered is known, and no estimate. Undefined where events tell no shapes.
 */
export const patternsByShape = (
  store: EventStore,
  range: Range,
  { atLeast, ttlMs }: { readonly atLeast: number; readonly ttlMs: number },
): readonly Pattern[] | undefined => {
  const shapesFrom = (least: number, limit: number): readonly string[] =>
    store.frequentTexts(requestKind, { ...range, text: 'shape', atLeast: least, limit });
  const shapes = shapesFrom(atLeast, mostShapes);
  if (shapes.length === 0) return shapesFrom(1, 1).length === 0 ? undefined : [];
  const found = new Map(shapes.map((shape) => [shape, newCounted()]));
  const shadow = createShadow(ttlMs);

  const visit: Visit = (atMs, names, [shape, exact, id, spent, savedByCache, savedBySharing]) => {
    const counted = found.get(shape as string);
    if (counted === undefined) return;
    const cost = Number(spent ?? 0);
    const isAgain = counted.requests > 0;
    counted.requests += 1;
    counted.cost += cost;
    counted.saved += Number(savedByCache ?? 0) + Number(savedBySharing ?? 0);
    if (typeof id === 'string' && id !== '') counted.example = id;
    note(counted.models, names.model);
    note(counted.keys, names.key);
    note(counted.agents, names.agent);
    note(counted.commands, names.command);
    if (names.cache === 'hit' || names.cache === 'coalesced') {
      counted.reused += 1;
      // What was stored before the time began is as if it had been then.
      if (typeof exact === 'string' && !shadow.has(exact, atMs)) shadow.keep(exact, atMs);
      return;
    }
    if (names.cache === 'bypass') counted.bypassed += 1;
    // Nothing came of it, and nothing was paid: no cache would have saved it.
    if (names.outcome !== 'complete' && cost === 0) return;
    if (typeof exact === 'string' && shadow.has(exact, atMs)) {
      counted.repeated += 1;
      counted.missed += cost;
      return;
    }
    if (typeof exact === 'string' && names.outcome === 'complete') shadow.keep(exact, atMs);
    if (!isAgain) return;
    counted.near += 1;
    counted.nearCost += cost;
  };
  const columns = ['shape', 'exact', 'request_id', 'cost', 'saved_cache', 'saved_coalescing'];
  store.scan(requestKind, { ...range, columns, among: { text: 'shape', values: shapes } }, visit);
  return [...found].map(([shape, counted]) => patternOf(shape, counted));
};
