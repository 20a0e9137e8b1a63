import type { DatabaseSync } from 'node:sqlite';
import type { EventKind } from '../kind.ts';
import { columnsOf, idsPerMs, seriesTable } from './layout.ts';
import { checkQuery, type Range } from './query.ts';

export interface FrequentQuery extends Range {
  /** Which of the texts that each event has. */
  readonly text: string;
  /** How often one has to come. */
  readonly atLeast: number;
  /** At most so many of them. */
  readonly limit: number;
}

/** What a text of events is most often, the most frequent first. Throws `TELEMETRY_QUERY_INVALID`. */
export const frequentTexts = (database: DatabaseSync, kind: EventKind, query: FrequentQuery): readonly string[] => {
  checkQuery(kind, query, []);
  const { text, fromMs, toMs, where = {}, atLeast, limit } = query;
  if (kind.isCounted || !columnsOf(database, kind.name).has(text)) return [];
  const filters = Object.entries(where).map(
    ([name, given]) => [name, typeof given === 'string' ? [given] : given] as const,
  );
  const within = filters.map(([name, values]) => `"${name}" IN (${values.map(() => '?').join(', ')})`);
  const series =
    within.length === 0 ? '' : `AND series IN (SELECT id FROM "${seriesTable(kind)}" WHERE ${within.join(' AND ')})`;
  return database
    .prepare(
      `SELECT "${text}" AS found FROM "${kind.name}" WHERE id >= ? AND id < ? AND "${text}" <> '' ${series}
       GROUP BY "${text}" HAVING count(*) >= ? ORDER BY count(*) DESC, "${text}" LIMIT ?`,
    )
    .all(fromMs * idsPerMs, toMs * idsPerMs, ...filters.flatMap(([, values]) => values), atLeast, limit)
    .map(({ found }) => String(found));
};
