import { TelemetryError } from '../errors.ts';
import { requestKind } from '../kinds/request.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Filter } from '../store/query.ts';
import { figureDimensions, figureGrouping, type RequestFigures, rate, savedOf, sumBy } from './figures.ts';
import { knownPeriod } from './known-period.ts';
import { overflowedIn } from './overflow.ts';
import type { Period, PeriodQuery } from './period.ts';

const tokensOf = ({ tokens }: RequestFigures): number =>
  tokens.input + tokens.cachedInput + tokens.cacheWrite + tokens.output + tokens.reasoning;

/** What a list can be ordered by: how much of it there is. */
const orders = {
  cost: ({ costUsd }: RequestFigures): number => costUsd,
  saved: savedOf,
  requests: ({ requests }: RequestFigures): number => requests,
  failed: ({ failed }: RequestFigures): number => failed,
  tokens: tokensOf,
  p50: ({ durationMs }: RequestFigures): number => durationMs?.p50 ?? 0,
  p95: ({ durationMs }: RequestFigures): number => durationMs?.p95 ?? 0,
  first_token: ({ firstTokenMs }: RequestFigures): number => firstTokenMs?.p95 ?? 0,
} as const;
export type TopOrder = keyof typeof orders;
export const topOrders = Object.keys(orders) as readonly TopOrder[];

/** Orders whose values add up to that of all. */
const added: ReadonlySet<TopOrder> = new Set(['cost', 'saved', 'requests', 'failed', 'tokens']);

export interface TopQuery extends PeriodQuery {
  /** Dimensions of requests to tell apart. @default ['model'] */
  readonly by?: readonly string[] | undefined;
  /** What costs most goes by requests where nothing costs anything. @default 'cost' */
  readonly order?: TopOrder | undefined;
  /** At most so many. @default 10 */
  readonly limit?: number | undefined;
  readonly where?: Filter | undefined;
}

export interface TopEntry extends RequestFigures {
  readonly names: Readonly<Record<string, string>>;
  /** What it is ordered by: US dollars, milliseconds, or a count. */
  readonly value: number;
  /** Of all, from 0 to 1; null for what does not add up. */
  readonly share: number | null;
}

export interface Top extends Period {
  readonly version: 1;
  readonly by: readonly string[];
  /** What the list is ordered by. */
  readonly order: TopOrder;
  readonly where: Filter;
  /** All of that time, in the list or not. */
  readonly requests: number;
  readonly entries: readonly TopEntry[];
  /** How many more there are. */
  readonly others: number;
  /** Requests that stand under `other` in one of `by`: there were too many names to tell theirs apart. */
  readonly overflowed: number;
}

/** What costs, fails or takes most. Throws `TELEMETRY_QUERY_INVALID`. */
export const top = (store: EventStore, query: TopQuery = {}): Top => {
  const { by = ['model'], order: asked = 'cost', limit = 10, where = {} } = query;
  if (!Object.hasOwn(orders, asked))
    throw new TelemetryError(
      'TELEMETRY_QUERY_INVALID',
      `Nothing can be ordered by "${asked}". Choose one of: ${topOrders.join(', ')}.`,
    );
  const period = knownPeriod(store, query);
  const groups = store.aggregate(requestKind, {
    ...period,
    where,
    ...figureGrouping,
    by: [...new Set([...by, ...figureDimensions])],
  });
  const sums = sumBy(groups, ({ names }) => JSON.stringify(by.map((name) => names[name])));
  const told = [...sums].map(([key, sum]) => {
    const texts = JSON.parse(key) as readonly string[];
    return {
      names: Object.fromEntries(by.map((name, place) => [name, texts[place] ?? ''])),
      figures: sum.figures(),
    };
  });
  // Models of one's own cost nothing, and are asked all the same.
  const isFree = asked === 'cost' && told.every(({ figures }) => figures.costUsd === 0);
  const order = isFree ? 'requests' : asked;
  const all = told.map((each) => ({ ...each, value: orders[order](each.figures) }));
  const whole = all.reduce((sum, { value }) => sum + value, 0);
  const found = all.filter(({ value }) => value > 0).sort((one, other) => other.value - one.value);
  return {
    version: 1,
    ...period,
    by,
    order,
    where,
    requests: told.reduce((sum, { figures }) => sum + figures.requests, 0),
    entries: found.slice(0, limit).map(({ names, figures, value }) => ({
      names,
      value,
      share: added.has(order) ? rate(value, whole) : null,
      ...figures,
    })),
    others: Math.max(0, found.length - limit),
    overflowed: overflowedIn(groups, by),
  };
};
