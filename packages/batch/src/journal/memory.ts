import type { AttemptRecord, EffectRecord, Journal, JournalEntry, RunHistory, RunRecord } from './journal.ts';

interface KeptRun {
  run: RunRecord;
  readonly attempts: Map<string, AttemptRecord>;
  readonly effects: Map<number, EffectRecord>;
}

/** What entries make of the runs that are known. */
const applyEntry = (runs: Map<string, KeptRun>, entry: JournalEntry): void => {
  if (entry.type === 'run') {
    runs.set(entry.run.id, { run: entry.run, attempts: new Map(), effects: new Map() });
    return;
  }
  const kept = runs.get(entry.run);
  if (kept === undefined) return;
  if (entry.type === 'run-state') {
    const { state } = entry;
    const { endedAtMs, resultHash, error, ...begun } = kept.run;
    const end = { endedAtMs: entry.endedAtMs, resultHash: entry.resultHash, error: entry.error };
    // A run that goes on has no end; of one that has, what is not said anew stays.
    if (state !== 'running') {
      end.endedAtMs ??= endedAtMs;
      end.resultHash ??= resultHash;
      end.error ??= error;
    }
    const { definition = begun.definition, file = begun.file, costUsd = begun.costUsd } = entry;
    const { undoneAtMs = begun.undoneAtMs } = entry;
    kept.run = { ...begun, state, ...end, definition, file, costUsd, undoneAtMs };
  } else if (entry.type === 'attempt') {
    kept.attempts.set(`${entry.attempt.step}\n${entry.attempt.attempt}`, entry.attempt);
  } else if (entry.type === 'effect') kept.effects.set(entry.effect.sequence, entry.effect);
  else {
    const effect = kept.effects.get(entry.sequence);
    if (effect !== undefined) kept.effects.set(entry.sequence, { ...effect, isUndone: true });
  }
};

const durationsKept = 10;

/** A journal that ends with the process: for runs that need none, and tests. */
export const memoryJournal = (): Journal => {
  const runs = new Map<string, KeptRun>();
  const newestFirst = (): KeptRun[] => [...runs.values()].reverse();
  return {
    async write(entries) {
      for (const entry of entries) applyEntry(runs, entry);
    },
    load(id): RunHistory | undefined {
      const kept = runs.get(id);
      if (kept === undefined) return undefined;
      return { run: kept.run, attempts: [...kept.attempts.values()], effects: [...kept.effects.values()] };
    },
    has: (id) => runs.has(id),
    runs({ states, root, name, idPrefix, limit } = {}) {
      return newestFirst()
        .map(({ run }) => run)
        .filter(
          (run) =>
            (states === undefined || states.includes(run.state)) &&
            (root === undefined || run.root === root) &&
            (name === undefined || run.name === name) &&
            (idPrefix === undefined || run.id.startsWith(idPrefix)),
        )
        .slice(0, limit);
    },
    durations(name, step) {
      return newestFirst()
        .filter(({ run }) => run.name === name)
        .flatMap(({ attempts }) => [...attempts.values()])
        .filter((attempt) => attempt.step === step && attempt.end === 'succeeded' && attempt.endedAtMs !== undefined)
        .map(({ startedAtMs, endedAtMs = startedAtMs }) => endedAtMs - startedAtMs)
        .slice(0, durationsKept);
    },
    remove: (id) => void runs.delete(id),
    close() {},
  };
};
