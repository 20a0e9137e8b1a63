import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Filter, Group } from '../store/query.ts';
import { rate } from './figures.ts';
import { knownPeriod } from './known-period.ts';
import { intervalsOf, type Period, type PeriodQuery, stepOf } from './period.ts';

export interface SavingsQuery extends PeriodQuery {
  readonly where?: Filter | undefined;
}

export interface Saving {
  readonly kind: 'cache' | 'coalescing' | 'prompt_cache' | 'batch';
  readonly usd: number;
  /** Requests that it came from; null where events do not tell. */
  readonly requests: number | null;
  /** Of what all would have cost without any saving, from 0 to 1. */
  readonly share: number | null;
  /** US dollars of each of `atMs`. */
  readonly usdByInterval: readonly number[];
}

/** Money that was spent and need not have been, or tokens that were paid in full. What is told of one may be in another as well. */
export interface Missed {
  readonly kind: 'bypassed' | 'failed' | 'left' | 'uncached_input' | 'unpriced';
  readonly requests: number;
  /** What they cost; null where that is not known. */
  readonly usd: number | null;
  readonly tokens: number | null;
  readonly about: string;
}

export interface SavingsReport extends Period {
  readonly version: 1;
  readonly where: Filter;
  readonly stepMs: number;
  readonly atMs: readonly number[];
  readonly spentUsd: number;
  readonly savedUsd: number;
  /** Of what all would have cost, from 0 to 1. */
  readonly share: number | null;
  readonly savings: readonly Saving[];
  readonly missed: readonly Missed[];
}

const kinds = ['cache', 'coalescing', 'prompt_cache', 'batch'] as const;
const perUsd = 1e6;

const total = (groups: readonly Group[], name: string): number =>
  groups.reduce((sum, group) => sum + (group.totals[name] ?? 0), 0);
const countOf = (groups: readonly Group[]): number => groups.reduce((sum, { count }) => sum + count, 0);

const missedOf = (groups: readonly Group[]): readonly Missed[] => {
  const those = (name: string, value: string): readonly Group[] => groups.filter(({ names }) => names[name] === value);
  const paid = (kind: Missed['kind'], its: readonly Group[], about: string): Missed => ({
    kind,
    requests: countOf(its),
    usd: total(its, 'cost') / perUsd,
    tokens: null,
    about,
  });
  const input = total(groups, 'input');
  const called = groups.filter(({ names }) => names.cache === 'miss' || names.cache === 'bypass');
  const all: readonly Missed[] = [
    paid(
      'bypassed',
      those('cache', 'bypass'),
      'Went past the cache, by a temperature above 0 or because the client said so: nothing of it could be used again.',
    ),
    paid('failed', those('outcome', 'failed'), 'Was paid for calls of requests that failed in the end.'),
    paid('left', those('outcome', 'left'), 'Was paid for answers that their clients did not wait for.'),
    {
      kind: 'uncached_input',
      requests: countOf(called),
      usd: null,
      tokens: input,
      about: 'Tokens that were read in full, and not from a provider’s prompt cache.',
    },
    {
      kind: 'unpriced',
      requests: total(groups, 'unpriced'),
      usd: null,
      tokens: null,
      about:
        'Have no known price or count of tokens, so that neither their cost nor their savings are in these figures.',
    },
  ];
  return all.filter(({ requests, usd, tokens }) => requests > 0 && (usd === null || usd > 0) && tokens !== 0);
};

/** What was saved, by what, and what was not. Throws `TELEMETRY_QUERY_INVALID`. */
export const savings = (store: EventStore, query: SavingsQuery = {}): SavingsReport => {
  const { where = {} } = query;
  const period = knownPeriod(store, query);
  const stepMs = stepOf(period);
  const figures = kinds.map((kind) => `saved_${kind}`);
  const [groups = [], intervals = []] = store.aggregateAll(requestKind, { ...period, where }, [
    { by: ['cache', 'outcome', 'lane'], totals: ['cost', 'input', 'unpriced', ...figures], spreads: [] },
    { stepMs, totals: figures, spreads: [] },
  ]);
  const atMs = intervalsOf(period, stepMs);
  const spentUsd = total(groups, 'cost') / perUsd;
  const savedUsd = figures.reduce((sum, name) => sum + total(groups, name), 0) / perUsd;
  const requestsOf: Record<Saving['kind'], number | null> = {
    cache: countOf(groups.filter(({ names }) => names.cache === 'hit')),
    coalescing: countOf(groups.filter(({ names }) => names.cache === 'coalesced')),
    prompt_cache: null,
    batch: countOf(groups.filter(({ names }) => names.lane === 'batch' && names.cache !== 'hit')),
  };
  return {
    version: 1,
    ...period,
    where,
    stepMs,
    atMs,
    spentUsd,
    savedUsd,
    share: rate(savedUsd, spentUsd + savedUsd),
    savings: kinds.map((kind) => {
      const usd = total(groups, `saved_${kind}`) / perUsd;
      const byTime = new Map(intervals.map((group) => [group.atMs, (group.totals[`saved_${kind}`] ?? 0) / perUsd]));
      return {
        kind,
        usd,
        requests: requestsOf[kind],
        share: rate(usd, spentUsd + savedUsd),
        usdByInterval: atMs.map((at) => byTime.get(at) ?? 0),
      };
    }),
    missed: missedOf(groups),
  };
};
