import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type {
  AttemptEnd,
  AttemptRecord,
  EffectRecord,
  RunFilter,
  RunHistory,
  RunRecord,
  RunState,
} from '../../journal/journal.ts';
import { effectsPerRun } from './layout.ts';
import { unpack } from './packed.ts';

type Row = Record<string, SQLOutputValue>;

export interface RunReader {
  load(run: string): RunHistory | undefined;
  has(run: string): boolean;
  runs(filter?: RunFilter): readonly RunRecord[];
  durations(name: string, step: string): readonly number[];
}

const durationsKept = 10;

/** The field only where there is something: records read equal those written. */
const optional = <Key extends string, Value>(key: Key, value: SQLOutputValue | undefined): { [K in Key]?: Value } =>
  value === null || value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });

const runOf = (row: Row): RunRecord => ({
  id: row.id as string,
  name: row.name as string,
  state: row.state as RunState,
  root: row.root as string,
  definition: unpack(row.definition),
  inputs: unpack(row.inputs),
  createdAtMs: row.created_at as number,
  ...optional<'endedAtMs', number>('endedAtMs', row.ended_at),
  ...optional<'undoneAtMs', number>('undoneAtMs', row.undone_at),
  ...optional<'file', string>('file', row.file),
  ...optional<'planHash', string>('planHash', row.plan_hash),
  ...optional<'resultHash', string>('resultHash', row.result_hash),
  ...optional<'error', string>('error', row.error),
  ...optional<'costUsd', number>('costUsd', row.cost_usd),
});

const attemptOf = (row: Row): AttemptRecord => ({
  step: row.step as string,
  attempt: row.attempt as number,
  startedAtMs: row.started_at as number,
  ...optional<'end', AttemptEnd>('end', row.outcome),
  ...(row.output !== null && { output: unpack(row.output) }),
  ...optional<'error', string>('error', row.error),
  ...optional<'endedAtMs', number>('endedAtMs', row.ended_at),
  ...optional<'costUsd', number>('costUsd', row.cost_usd),
  ...(row.touched !== null && { touched: JSON.parse(unpack(row.touched)) as string[] }),
  ...(row.list !== null && { list: unpack(row.list) }),
  ...optional<'question', string>('question', row.question),
});

const effectOf = (row: Row): EffectRecord => ({
  sequence: row.sequence as number,
  step: row.step as string,
  attempt: row.attempt as number,
  workspace: row.workspace as string,
  intent: unpack(row.intent),
  isUndone: row.is_undone === 1,
});

const selectRuns = 'SELECT runs.*, workflows.name FROM runs JOIN workflows ON workflows.number = runs.workflow';

export const createRunReader = (connection: DatabaseSync): RunReader => {
  const findRun = connection.prepare(`${selectRuns} WHERE runs.id = ?`);
  const hasRun = connection.prepare('SELECT 1 FROM runs WHERE id = ?');
  const attemptsOf = connection.prepare('SELECT * FROM attempts WHERE run = ? ORDER BY id');
  const effectsOf = connection.prepare(`
    SELECT *, id % ${effectsPerRun} AS sequence FROM effects
    WHERE id BETWEEN ? * ${effectsPerRun} AND ? * ${effectsPerRun} + ${effectsPerRun - 1} ORDER BY id`);
  const durationsOf = connection.prepare(`
    SELECT ended_at - started_at AS ms FROM attempts
    WHERE workflow = (SELECT number FROM workflows WHERE name = ?) AND step = ?
      AND outcome = 'succeeded' AND ended_at IS NOT NULL
    ORDER BY run DESC LIMIT ${durationsKept}`);

  return {
    load(id) {
      // One transaction: all of it is of one moment, whatever others write.
      connection.exec('BEGIN');
      try {
        const row = findRun.get(id);
        if (row === undefined) return undefined;
        const { number } = row as { number: number };
        return {
          run: runOf(row),
          attempts: attemptsOf.all(number).map(attemptOf),
          effects: effectsOf.all(number, number).map(effectOf),
        };
      } finally {
        connection.exec('COMMIT');
      }
    },
    has: (id) => hasRun.get(id) !== undefined,
    runs({ states, root, name, idPrefix, limit } = {}) {
      const conditions: string[] = [];
      const values: SQLInputValue[] = [];
      const where = (condition: string, ...wanted: readonly string[]): void => {
        conditions.push(condition);
        values.push(...wanted);
      };
      if (states !== undefined) where(`state IN (${states.map(() => '?').join(', ')})`, ...states);
      if (root !== undefined) where('root = ?', root);
      if (name !== undefined) where('workflow = (SELECT number FROM workflows WHERE name = ?)', name);
      // Not LIKE, which takes some letters for others, and would not use the index.
      if (idPrefix !== undefined) where('id >= ? AND id < ?', idPrefix, `${idPrefix}\u{10ffff}`);
      const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      return connection
        .prepare(`${selectRuns} ${filter} ORDER BY runs.number DESC LIMIT ?`)
        .all(...values, limit ?? -1)
        .map(runOf);
    },
    durations: (name, step) => durationsOf.all(name, step).map(({ ms }) => ms as number),
  };
};
