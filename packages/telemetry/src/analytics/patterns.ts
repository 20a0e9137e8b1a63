import type { EventStore } from '../store/event-store.ts';
import type { Filter } from '../store/query.ts';
import { knownPeriod } from './known-period.ts';
import type { Pattern } from './pattern.ts';
import { patternsByShape } from './patterns-by-shape.ts';
import { patternsBySource } from './patterns-by-source.ts';
import type { Period, PeriodQuery } from './period.ts';

export interface PatternsQuery extends PeriodQuery {
  /** At most so many. @default 20 */
  readonly limit?: number | undefined;
  /** How often a prompt has to come to be told. @default 2 */
  readonly atLeast?: number | undefined;
  /** How long an answer would be kept that could be given again, milliseconds. @default 86400000, a day */
  readonly ttlMs?: number | undefined;
  readonly where?: Filter | undefined;
}

export interface PatternsReport extends Period {
  readonly version: 1;
  /**
   * `shape`: prompts were told apart by their shape. `source`: events tell no shapes, so requests are told apart by who asked which model;
   * what is missed is then an estimate: as large a share of what bypassed the cache as it answered of the rest.
   */
  readonly basis: 'shape' | 'source';
  readonly ttlMs: number;
  readonly where: Filter;
  readonly requests: number;
  readonly reused: number;
  readonly repeated: number;
  readonly near: number;
  readonly missedUsd: number;
  readonly nearUsd: number;
  /** Where most was missed first. */
  readonly patterns: readonly Pattern[];
  readonly others: number;
}

const usualTtlMs = 86_400_000;

/** Prompts that come again and again, and what caching them would save. Throws `TELEMETRY_QUERY_INVALID`. */
export const patterns = (store: EventStore, query: PatternsQuery = {}): PatternsReport => {
  const { limit = 20, atLeast = 2, ttlMs = usualTtlMs, where = {} } = query;
  const period = knownPeriod(store, query);
  const range = { ...period, where };
  const shaped = patternsByShape(store, range, { atLeast, ttlMs });
  const found = shaped ?? patternsBySource(store, range, atLeast);
  const sorted = [...found].sort(
    (one, other) => other.missedUsd - one.missedUsd || other.nearUsd - one.nearUsd || other.requests - one.requests,
  );
  const sum = (figureOf: (pattern: Pattern) => number): number => found.reduce((all, each) => all + figureOf(each), 0);
  return {
    version: 1,
    ...period,
    basis: shaped ? 'shape' : 'source',
    ttlMs,
    where,
    requests: sum(({ requests }) => requests),
    reused: sum(({ reused }) => reused),
    repeated: sum(({ repeated }) => repeated),
    near: sum(({ near }) => near),
    missedUsd: sum(({ missedUsd }) => missedUsd),
    nearUsd: sum(({ nearUsd }) => nearUsd),
    patterns: sorted.slice(0, limit),
    others: Math.max(0, sorted.length - limit),
  };
};
