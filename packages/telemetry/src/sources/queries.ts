import type { Collector } from '../collector/collector.ts';
import { queryKind } from '../kinds/cache.ts';

/** What is announced of a query, whichever database it was of. */
export interface QueryEnd {
  readonly operation: string;
  readonly durationMs: number;
}

/** Records the queries of one database. `now`: epoch milliseconds. */
export const queryRecorder = (collector: Collector, database: string, now: () => number) => {
  const { names, values, push } = collector.recorder(queryKind);
  const { dimensionAt, measureAt } = queryKind;
  return ({ operation, durationMs }: QueryEnd): void => {
    names[dimensionAt.database] = database;
    names[dimensionAt.operation] = operation;
    values[measureAt.duration] = durationMs * 1000;
    values[measureAt.slowest] = durationMs * 1000;
    push(now());
  };
};
