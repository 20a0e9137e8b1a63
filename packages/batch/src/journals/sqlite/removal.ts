import type { DatabaseSync } from 'node:sqlite';
import type { RunState } from '../../journal/journal.ts';
import { effectsPerRun } from './layout.ts';

export interface PruneOptions {
  /** Those that ended longer ago go, milliseconds. @default none does for its age */
  readonly maxAgeMs?: number | undefined;
  /** Of those that have ended, so many of the newest stay. @default all do */
  readonly maxRuns?: number | undefined;
}

export interface Removal {
  remove(run: string): void;
  /** Returns the ids of what it removed, the oldest first. */
  prune(options: PruneOptions, nowMs: number): readonly string[];
}

const ended: readonly RunState[] = ['committed', 'kept', 'undone', 'failed'];
const hasEnded = `state IN (${ended.map((state) => `'${state}'`).join(', ')})`;

/** Drops all attempts and effects of the run of a number. */
export const createContentsDrop = (connection: DatabaseSync): ((run: number) => void) => {
  const attempts = connection.prepare('DELETE FROM attempts WHERE run = ?');
  const effects = connection.prepare(
    `DELETE FROM effects WHERE id BETWEEN ? * ${effectsPerRun} AND ? * ${effectsPerRun} + ${effectsPerRun - 1}`,
  );
  return (run) => {
    attempts.run(run);
    effects.run(run, run);
  };
};

/** Takes runs out, with all that belongs to them, within the transaction that is open. */
export const createRemoval = (connection: DatabaseSync): Removal => {
  const dropRun = connection.prepare('DELETE FROM runs WHERE id = ? RETURNING number');
  const dropContents = createContentsDrop(connection);
  const surplus = connection.prepare(`
    SELECT id FROM runs
    WHERE ${hasEnded} AND (
      coalesce(ended_at, created_at) < ?
      OR number <= (SELECT number FROM runs WHERE ${hasEnded} ORDER BY number DESC LIMIT 1 OFFSET ?)
    )
    ORDER BY number`);
  const dropUnused = connection.prepare('DELETE FROM workflows WHERE number NOT IN (SELECT workflow FROM runs)');

  const remove = (run: string): void => {
    const number = dropRun.get(run)?.number as number | undefined;
    if (number !== undefined) dropContents(number);
  };
  return {
    remove,
    prune({ maxAgeMs, maxRuns }, nowMs) {
      const olderThan = maxAgeMs === undefined ? Number.MIN_SAFE_INTEGER : nowMs - maxAgeMs;
      const runs = surplus.all(olderThan, maxRuns ?? Number.MAX_SAFE_INTEGER).map(({ id }) => id as string);
      for (const run of runs) remove(run);
      if (runs.length > 0) dropUnused.run();
      return runs;
    },
  };
};
