import type { LogHistogram } from '../collector/log-histogram.ts';
import { TelemetryError } from '../errors.ts';
import type { EventKind } from '../kind.ts';
import { bucketLengths } from './layout.ts';

/** Which events are asked for, by their dimensions: one of these names each. */
export type Filter = Readonly<Record<string, string | readonly string[]>>;

/** How the events asked for are told apart. */
export interface Grouping {
  /** Dimensions to tell apart. @default none: one group of all */
  readonly by?: readonly string[] | undefined;
  /** Length of the intervals to tell apart, milliseconds: a multiple of five minutes. @default one interval of all */
  readonly stepMs?: number | undefined;
  /** Figures whose sum is wanted. @default all */
  readonly totals?: readonly string[] | undefined;
  /** Figures whose spread is wanted. @default all */
  readonly spreads?: readonly string[] | undefined;
}

/** Which events are asked for. */
export interface Range {
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  /** Not itself within. */
  readonly toMs: number;
  readonly where?: Filter | undefined;
}

export interface AggregateQuery extends Range, Grouping {}

/** Events of one combination of names within one interval. */
export interface Group {
  /** By the dimensions asked for. */
  readonly names: Readonly<Record<string, string>>;
  /** When the interval begins, milliseconds since 1970. */
  readonly atMs: number;
  readonly count: number;
  /** By figure: the sum, or the highest where that is kept; absent where no event had it. */
  readonly totals: Readonly<Record<string, number>>;
  /** By figure. */
  readonly spreads: Readonly<Record<string, LogHistogram>>;
}

const invalid = (message: string): never => {
  throw new TelemetryError('TELEMETRY_QUERY_INVALID', message);
};

/** Throws `TELEMETRY_QUERY_INVALID`. */
export const checkQuery = (
  kind: EventKind,
  { where = {}, fromMs, toMs }: Range,
  groupings: readonly Grouping[],
): void => {
  for (const name of [...groupings.flatMap(({ by = [] }) => by), ...Object.keys(where)])
    if (!Object.hasOwn(kind.dimensions, name))
      invalid(`Events of the kind "${kind.name}" have no "${name}". They have: ${kind.dimensionNames.join(', ')}.`);
  if (!(fromMs < toMs)) invalid('The time asked for ends before it begins: give a later end.');
  for (const { stepMs = bucketLengths.m5 } of groupings)
    if (!(stepMs > 0 && stepMs % bucketLengths.m5 === 0))
      invalid('Intervals are multiples of five minutes: give 300000 milliseconds or a multiple of it.');
};
