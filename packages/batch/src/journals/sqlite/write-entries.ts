import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { AttemptRecord, EffectRecord, JournalEntry, RunRecord } from '../../journal/journal.ts';
import { effectsPerRun } from './layout.ts';
import { pack } from './packed.ts';
import { createContentsDrop } from './removal.ts';

interface KnownRun {
  readonly number: number;
  readonly workflow: number;
}

export interface EntryWriter {
  /** Writes within the transaction that is open. Returns how many rows it changed. */
  write(entries: readonly JournalEntry[]): number;
  /** The run was removed. */
  forget(run: string): void;
  /** The transaction was taken back. */
  forgetAll(): void;
}

const maxKnownRuns = 1_000;

const prepareStatements = (connection: DatabaseSync) => ({
  putWorkflow: connection.prepare('INSERT OR IGNORE INTO workflows (name) VALUES (?)'),
  workflowOf: connection.prepare('SELECT number FROM workflows WHERE name = ?'),
  putRun: connection.prepare(`
    INSERT INTO runs (id, workflow, state, root, definition, inputs, created_at, ended_at, plan_hash, result_hash, error, cost_usd,
      undone_at, file)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET workflow = excluded.workflow, state = excluded.state, root = excluded.root,
      definition = excluded.definition, inputs = excluded.inputs, created_at = excluded.created_at, ended_at = excluded.ended_at,
      plan_hash = excluded.plan_hash, result_hash = excluded.result_hash, error = excluded.error, cost_usd = excluded.cost_usd,
      undone_at = excluded.undone_at, file = excluded.file
    RETURNING number`),
  findRun: connection.prepare('SELECT number, workflow FROM runs WHERE id = ?'),
  setState: connection.prepare(`
    UPDATE runs SET state = ?, ended_at = coalesce(?, ended_at), result_hash = coalesce(?, result_hash),
      error = coalesce(?, error), cost_usd = coalesce(?, cost_usd), undone_at = coalesce(?, undone_at),
      definition = coalesce(?, definition), file = coalesce(?, file)
    WHERE number = ?`),
  // A run that goes on has no end.
  reopen: connection.prepare(`
    UPDATE runs SET state = ?, ended_at = ?, result_hash = ?, error = ?, cost_usd = coalesce(?, cost_usd),
      undone_at = coalesce(?, undone_at), definition = coalesce(?, definition), file = coalesce(?, file)
    WHERE number = ?`),
  putAttempt: connection.prepare(`
    INSERT INTO attempts (run, step, attempt, workflow, outcome, started_at, ended_at, cost_usd, output, error, touched, list,
      question)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run, step, attempt) DO UPDATE SET outcome = excluded.outcome, started_at = excluded.started_at,
      ended_at = excluded.ended_at, cost_usd = excluded.cost_usd, output = excluded.output, error = excluded.error,
      touched = excluded.touched, list = excluded.list, question = excluded.question`),
  putEffect: connection.prepare(`
    INSERT INTO effects (id, step, attempt, workspace, intent, is_undone) VALUES (? * ${effectsPerRun} + ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET step = excluded.step, attempt = excluded.attempt, workspace = excluded.workspace,
      intent = excluded.intent, is_undone = excluded.is_undone`),
  setUndone: connection.prepare(`UPDATE effects SET is_undone = 1 WHERE id = ? * ${effectsPerRun} + ?`),
});

const keyOf = (run: string, { step, attempt }: AttemptRecord): string => `${run}\n${attempt}\n${step}`;

/**
 * A group of entries becomes visible at once: of several records of one attempt only the last has to be written, which is most of
 * what short steps cost. It takes the place of the first, so that attempts keep the order in which they began.
 */
const withoutOutdated = (entries: readonly JournalEntry[]): readonly JournalEntry[] => {
  if (entries.length === 1) return entries;
  const kept: JournalEntry[] = [];
  const places = new Map<string, number>();
  for (const entry of entries) {
    if (entry.type === 'attempt') {
      const key = keyOf(entry.run, entry.attempt);
      const place = places.get(key);
      if (place !== undefined) {
        kept[place] = entry;
        continue;
      }
      places.set(key, kept.length);
      // It starts the run anew: what follows is of another one.
    } else if (entry.type === 'run') places.clear();
    kept.push(entry);
  }
  return kept;
};

export const createEntryWriter = (connection: DatabaseSync): EntryWriter => {
  const statements = prepareStatements(connection);
  const dropContents = createContentsDrop(connection);
  const known = new Map<string, KnownRun>();
  const kept = (text: string | undefined): SQLInputValue => (text === undefined ? null : pack(text));

  const remember = (id: string, run: KnownRun): KnownRun => {
    if (known.size >= maxKnownRuns) known.clear();
    known.set(id, run);
    return run;
  };
  const find = (id: string): KnownRun | undefined => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const row = statements.findRun.get(id);
    if (row === undefined) return undefined;
    return remember(id, { number: Number(row.number), workflow: Number(row.workflow) });
  };

  const writeRun = (run: RunRecord): number => {
    statements.putWorkflow.run(run.name);
    const workflow = Number(statements.workflowOf.get(run.name)?.number);
    const row = statements.putRun.get(
      run.id,
      workflow,
      run.state,
      run.root,
      pack(run.definition),
      pack(run.inputs),
      run.createdAtMs,
      run.endedAtMs ?? null,
      run.planHash ?? null,
      run.resultHash ?? null,
      run.error ?? null,
      run.costUsd ?? null,
      run.undoneAtMs ?? null,
      run.file ?? null,
    );
    const number = Number(row?.number);
    dropContents(number);
    remember(run.id, { number, workflow });
    return 1;
  };
  const writeState = ({ number }: KnownRun, entry: Extract<JournalEntry, { type: 'run-state' }>): number => {
    const { state, endedAtMs = null, resultHash = null, error = null, costUsd = null } = entry;
    const { undoneAtMs = null, definition, file = null } = entry;
    const change = state === 'running' ? statements.reopen : statements.setState;
    return Number(
      change.run(state, endedAtMs, resultHash, error, costUsd, undoneAtMs, kept(definition), file, number).changes,
    );
  };
  const writeAttempt = ({ number, workflow }: KnownRun, attempt: AttemptRecord): number => {
    statements.putAttempt.run(
      number,
      attempt.step,
      attempt.attempt,
      workflow,
      attempt.end ?? null,
      attempt.startedAtMs,
      attempt.endedAtMs ?? null,
      attempt.costUsd ?? null,
      kept(attempt.output),
      attempt.error ?? null,
      kept(attempt.touched && JSON.stringify(attempt.touched)),
      kept(attempt.list),
      attempt.question ?? null,
    );
    return 1;
  };
  const writeEffect = ({ number }: KnownRun, effect: EffectRecord): number => {
    const { sequence, step, attempt, workspace, intent, isUndone } = effect;
    statements.putEffect.run(number, sequence, step, attempt, workspace, pack(intent), isUndone ? 1 : 0);
    return 1;
  };
  const writeEntry = (entry: JournalEntry): number => {
    if (entry.type === 'run') return writeRun(entry.run);
    const run = find(entry.run);
    if (run === undefined) return 0;
    if (entry.type === 'attempt') return writeAttempt(run, entry.attempt);
    if (entry.type === 'effect') return writeEffect(run, entry.effect);
    if (entry.type === 'run-state') return writeState(run, entry);
    return Number(statements.setUndone.run(run.number, entry.sequence).changes);
  };

  return {
    write(entries) {
      let changes = 0;
      for (const entry of withoutOutdated(entries)) changes += writeEntry(entry);
      return changes;
    },
    forget: (run) => void known.delete(run),
    forgetAll: () => known.clear(),
  };
};
