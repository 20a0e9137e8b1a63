import type { EventKind } from '../kind.ts';
import { attemptKind } from '../kinds/attempt.ts';
import { stepKind } from '../kinds/batch.ts';
import { commandKind } from '../kinds/process.ts';
import { refusalKind } from '../kinds/refusal.ts';
import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ListedEvent } from '../store/list-events.ts';
import type { Filter, Group } from '../store/query.ts';
import { rate } from './figures.ts';
import { knownPeriod } from './known-period.ts';
import type { Period, PeriodQuery } from './period.ts';

export interface ErrorsQuery extends PeriodQuery {
  /** At most so many. @default 20 */
  readonly limit?: number | undefined;
  /** Ids of requests to tell for each. @default 3 */
  readonly examples?: number | undefined;
  readonly where?: Filter | undefined;
}

export interface ErrorEntry {
  /**
   * `request`: what a client got. `attempt`: a call to a provider, whose request may have been answered all the same. `refusal`.
   * `command`, `step`: what was run here, whether it asked a model or not.
   */
  readonly kind: 'request' | 'attempt' | 'refusal' | 'command' | 'step';
  readonly code: string;
  /** The command, or the step with the workflow before it; empty for others. */
  readonly name: string;
  /** Empty for refusals, commands and steps. */
  readonly provider: string;
  readonly model: string;
  readonly count: number;
  /** Of the events of its kind, name, provider and model, from 0 to 1; of all refusals for a refusal. */
  readonly share: number | null;
  /** Milliseconds since 1970; to the hour for what is no longer kept as single events. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Ids of the last requests it happened to, or of runs, where they are still kept. */
  readonly examples: readonly string[];
}

export interface ErrorsReport extends Period {
  readonly version: 1;
  readonly where: Filter;
  /** The ones that happened to most requests first, then those of calls, then refusals, commands and steps. */
  readonly entries: readonly ErrorEntry[];
  readonly others: number;
  readonly requests: number;
  readonly failed: number;
  readonly refused: number;
  /** Of commands that asked a model or ran a workflow. */
  readonly commands: Tried;
  /** Of runs. */
  readonly steps: Tried;
}

interface Tried {
  readonly count: number;
  readonly failed: number;
}

const hourMs = 3_600_000;

interface Found {
  readonly kind: EventKind;
  readonly names: Readonly<Record<string, string>>;
  count: number;
  /** Hours in which it happened, the first first. */
  readonly hours: number[];
}

const kinds = [requestKind, attemptKind, refusalKind, commandKind, stepKind] as const;
/** What tells those apart that can fail. */
const sources = ['provider', 'model', 'command', 'run_name', 'step'] as const;
const dimensions = ['code', ...sources] as const;

/** Requests are asked about by who was asked, not by the command that asked. */
const dimensionsOf = (kind: EventKind): readonly string[] =>
  dimensions.filter((name) => Object.hasOwn(kind.dimensions, name) && !(kind === requestKind && name === 'command'));

/** Those of the filter that a kind has, if it has all of them. */
const fits = (kind: EventKind, where: Filter): boolean =>
  Object.keys(where).every((name) => Object.hasOwn(kind.dimensions, name));

const collect = (kind: EventKind, groups: readonly Group[]): readonly Found[] => {
  const found = new Map<string, Found>();
  for (const { names, atMs, count } of groups) {
    if (names.outcome !== undefined && names.outcome !== 'failed') continue;
    const key = JSON.stringify(dimensions.map((name) => names[name]));
    const known = found.get(key);
    if (known === undefined) found.set(key, { kind, names, count, hours: [atMs] });
    else {
      known.count += count;
      if (known.hours.at(-1) !== atMs) known.hours.push(atMs);
    }
  }
  return [...found.values()].sort((one, other) => other.count - one.count);
};

/** What went wrong, where, how often and when. Throws `TELEMETRY_QUERY_INVALID`. */
export const errors = (store: EventStore, query: ErrorsQuery = {}): ErrorsReport => {
  const { limit = 20, examples = 3, where = {} } = query;
  const period = knownPeriod(store, query, kinds);

  const read = (kind: EventKind): readonly Group[] => {
    if (!fits(kind, where)) return [];
    const outcome = Object.hasOwn(kind.dimensions, 'outcome') ? ['outcome'] : [];
    const by = [...outcome, ...dimensionsOf(kind)];
    return store.aggregate(kind, { ...period, where, by, stepMs: hourMs, totals: [], spreads: [] });
  };

  const entryOf = ({ kind, names, count, hours }: Found, all: readonly Group[]): ErrorEntry => {
    const { provider = '', model = '', code = '', command, run_name, step } = names;
    const same = (group: Group): boolean => sources.every((name) => group.names[name] === names[name]);
    const its = { ...where, ...names };
    const within = (hour: number): Period => ({
      fromMs: Math.max(period.fromMs, hour),
      toMs: Math.min(period.toMs, hour + hourMs),
    });
    const [firstHourMs = period.fromMs, lastHourMs = firstHourMs] = [hours[0], hours.at(-1)];
    const last: ListedEvent[] = [];
    // The hours are known: nothing between them is looked through.
    for (const hour of hours.slice(-Math.max(1, examples)).reverse())
      last.push(...store.list(kind, { ...within(hour), where: its, limit: Math.max(1, examples) }));
    const [first] = store.list(kind, { ...within(firstHourMs), where: its, limit: 1, isOldestFirst: true });
    const ids = new Set(last.flatMap(({ texts }) => texts.request_id ?? texts.run ?? []));
    return {
      kind: kind.name as ErrorEntry['kind'],
      code,
      name: command ?? [run_name, step].filter(Boolean).join(' / '),
      provider,
      model,
      count,
      share: rate(
        count,
        all.filter(same).reduce((sum, group) => sum + group.count, 0),
      ),
      firstMs: first?.atMs ?? firstHourMs,
      lastMs: last[0]?.atMs ?? lastHourMs,
      examples: [...ids].slice(0, examples),
    };
  };

  const reading = kinds.map((kind) => ({ kind, groups: read(kind) }));
  const found = reading.flatMap(({ kind, groups }) => collect(kind, groups).map((each) => ({ each, groups })));
  const countOf = (groups: readonly Group[] = []): number => groups.reduce((sum, { count }) => sum + count, 0);
  const failedOf = (groups: readonly Group[] = []): number =>
    countOf(groups.filter(({ names }) => names.outcome === 'failed'));
  const [requests, , refusals, commands, steps] = reading.map(({ groups }) => groups);
  return {
    version: 1,
    ...period,
    where,
    entries: found.slice(0, limit).map(({ each, groups }) => entryOf(each, groups)),
    others: Math.max(0, found.length - limit),
    requests: countOf(requests),
    failed: failedOf(requests),
    refused: countOf(refusals),
    commands: { count: countOf(commands), failed: failedOf(commands) },
    steps: { count: countOf(steps), failed: failedOf(steps) },
  };
};
