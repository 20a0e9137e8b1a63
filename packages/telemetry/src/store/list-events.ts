import type { DatabaseSync } from 'node:sqlite';
import { TelemetryError } from '../errors.ts';
import type { EventKind } from '../kind.ts';
import { idsPerMs, seriesTable } from './layout.ts';
import type { Filter } from './query.ts';

export interface ListQuery {
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  /** Not itself within. */
  readonly toMs: number;
  readonly where?: Filter | undefined;
  /** What the first text of an event begins with. @default any */
  readonly textPrefix?: string | undefined;
  /** The whole first text of an event. @default any */
  readonly text?: string | undefined;
  /** Only what is older than this one, by its id. @default all */
  readonly before?: number | undefined;
  /** Only what is newer than this one, by its id. @default all */
  readonly after?: number | undefined;
  /** @default false */
  readonly isOldestFirst?: boolean | undefined;
  /** @default 100 */
  readonly limit?: number | undefined;
}

/** One event as it was recorded. */
export interface ListedEvent {
  /** Grows with the time; the number of the event in its store. */
  readonly id: number;
  readonly atMs: number;
  readonly names: Readonly<Record<string, string>>;
  /** Those it has. */
  readonly figures: Readonly<Record<string, number>>;
  /** Its own texts, those it has. */
  readonly texts: Readonly<Record<string, string>>;
}

const conditionsOf = (kind: EventKind, { where = {}, textPrefix, text }: ListQuery) => {
  const [first] = kind.textNames;
  const conditions: string[] = [];
  const parameters: string[] = [];
  for (const [name, given] of Object.entries(where)) {
    if (!Object.hasOwn(kind.dimensions, name))
      throw new TelemetryError(
        'TELEMETRY_QUERY_INVALID',
        `Events of the kind "${kind.name}" have no "${name}". They have: ${kind.dimensionNames.join(', ')}.`,
      );
    const allowed = typeof given === 'string' ? [given] : given;
    conditions.push(`series."${name}" IN (${allowed.map(() => '?').join(', ')})`);
    parameters.push(...allowed);
  }
  if (first !== undefined && text !== undefined) {
    conditions.push(`event."${first}" = ?`);
    parameters.push(text);
  }
  if (first !== undefined && textPrefix !== undefined) {
    conditions.push(`substr(event."${first}", 1, ${textPrefix.length}) = ?`);
    parameters.push(textPrefix);
  }
  return { conditions, parameters };
};

/** The newest first, or the oldest. Throws `TELEMETRY_QUERY_INVALID`. A kind that is only counted has none. */
export const listEvents = (database: DatabaseSync, kind: EventKind, query: ListQuery): readonly ListedEvent[] => {
  if (kind.isCounted) return [];
  const { conditions, parameters } = conditionsOf(kind, query);
  const columns = [
    'event.id AS id',
    ...kind.dimensionNames.map((name) => `series."${name}" AS "${name}"`),
    ...[...kind.measureNames, ...kind.textNames].map((name) => `event."${name}" AS "${name}"`),
  ];
  const last = Math.min(query.toMs * idsPerMs, query.before ?? Number.POSITIVE_INFINITY);
  const first = Math.max(query.fromMs * idsPerMs, (query.after ?? -1) + 1);
  // By the ids of events until there are enough: never all of a time.
  const rows = database
    .prepare(
      `SELECT ${columns.join(', ')} FROM "${kind.name}" AS event CROSS JOIN "${seriesTable(kind)}" AS series ON series.id = event.series
       WHERE ${['event.id >= ?', 'event.id < ?', ...conditions].join(' AND ')} ORDER BY event.id ${query.isOldestFirst ? 'ASC' : 'DESC'} LIMIT ?`,
    )
    .all(first, last, ...parameters, query.limit ?? 100);
  return rows.map((row) => ({
    id: row.id as number,
    atMs: Math.floor((row.id as number) / idsPerMs),
    names: Object.fromEntries(kind.dimensionNames.map((name) => [name, String(row[name])])),
    figures: Object.fromEntries(
      kind.measureNames.flatMap((name) => (typeof row[name] === 'number' ? [[name, row[name]]] : [])),
    ),
    texts: Object.fromEntries(
      kind.textNames.flatMap((name) => (typeof row[name] === 'string' ? [[name, row[name]]] : [])),
    ),
  }));
};
