import type { DatabaseSync } from 'node:sqlite';
import { effectsPerRun } from './layout.ts';

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

/** Takes a run out, with all that belongs to it alone, within the transaction that is open. */
export const createRemoval = (connection: DatabaseSync): ((run: string) => void) => {
  const dropRun = connection.prepare('DELETE FROM runs WHERE id = ? RETURNING number, workflow');
  const dropContents = createContentsDrop(connection);
  const dropUnused = connection.prepare(
    'DELETE FROM workflows WHERE number = ? AND NOT EXISTS (SELECT 1 FROM runs WHERE workflow = workflows.number)',
  );
  return (run) => {
    const row = dropRun.get(run);
    if (row === undefined) return;
    dropContents(Number(row.number));
    dropUnused.run(row.workflow as number);
  };
};
