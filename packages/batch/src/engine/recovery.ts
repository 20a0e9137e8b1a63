import type { Clock } from '../clock.ts';
import { recoveryNeeded } from '../errors/run.ts';
import { isWithin } from '../files/within.ts';
import { endIfDead, itemRunOf } from '../items/run-record.ts';
import type { EffectRecord, Journal, RunHistory, RunRecord } from '../journal/journal.ts';
import type { Workflow } from '../workflow/step.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { flushStep, type Transaction, takeBack, type UndoReport } from './transaction.ts';

export interface Recovery extends UndoReport {
  readonly run: RunRecord;
  /** `undone`: all it had changed is as before. `kept`: what its steps have finished stays, and it can be resumed. */
  readonly to: 'undone' | 'kept';
}

export interface RecoveringOptions {
  readonly root: string;
  readonly journal: Journal;
  readonly workspaces: readonly Workspace[];
  readonly clock: Clock;
  /** Runs of this process. */
  readonly active: ReadonlySet<string>;
  readonly load: (run: string) => RunHistory;
  readonly transactionOf: (run: string, history?: RunHistory) => Transaction;
}

/** Puts in order what runs of a root have left, by whoever has its lock. */
export interface Recovering {
  /** Takes back what steps had begun to change when their process ended. */
  undoUnfinished(history: RunHistory): Promise<UndoReport>;
  undoAll(history: RunHistory): Promise<UndoReport>;
  /** All that is left of runs whose process has ended, but for the one that is to be resumed. */
  recover(resumed?: string): Promise<readonly Recovery[]>;
  /** Drops what was prepared for runs that the journal has lost. */
  tidy(): Promise<void>;
}

export const createRecovering = (options: RecoveringOptions): Recovering => {
  const { root, journal, workspaces, clock, active, load, transactionOf } = options;

  const undoUnfinished = async (history: RunHistory): Promise<UndoReport> => {
    const finished = new Set(history.attempts.filter(({ end }) => end === 'succeeded').map(({ step }) => step));
    const isRunning = history.run.state === 'running';
    const lastOfSteps =
      history.effects.findLast(({ step, isUndone }) => step !== flushStep && !isUndone)?.sequence ?? -1;
    // A flush that something came after is whole, and so is the one with which a run ended. Any other may be half done.
    const isHalf = ({ step, sequence }: EffectRecord): boolean =>
      step === flushStep ? isRunning && sequence > lastOfSteps : !finished.has(step);
    return transactionOf(history.run.id, history).undo(isHalf);
  };
  /** What steps have finished stays, and gets to the files. */
  const keepFinished = async (history: RunHistory): Promise<UndoReport> => {
    const { id } = history.run;
    const { steps, conflicts } = await undoUnfinished(history);
    const transaction = transactionOf(id, load(id));
    const changed = await transaction.restore();
    await transaction.flush();
    await journal.write([{ type: 'run-state', run: id, state: 'kept' }], 'full');
    transaction.release();
    return { steps, conflicts: [...conflicts, ...changed] };
  };
  const undoAll = async (history: RunHistory): Promise<UndoReport> => {
    const { id } = history.run;
    const report = await takeBack(id, journal, transactionOf(id, history));
    await journal.write([{ type: 'run-state', run: id, state: 'undone', undoneAtMs: clock.now() }], 'full');
    return report;
  };

  // Where that cannot be done, it is no harm.
  const tidy = async (): Promise<void> => {
    const isKnown = (run: string): boolean => active.has(run) || journal.has(run);
    for (const workspace of workspaces) await workspace.tidy?.(isKnown).catch(() => {});
  };

  const recover = async (resumed?: string): Promise<readonly Recovery[]> => {
    const recoveries: Recovery[] = [];
    for (const run of journal.runs({ states: ['running', 'undoing'] })) {
      if (run.id === resumed || active.has(run.id)) continue;
      if (itemRunOf(run) !== undefined) {
        // It changes nothing of the root, and is gone on with by whoever has its items.
        if (run.root === root) await endIfDead(journal, run, clock.now());
        continue;
      }
      if (run.root !== root) {
        if (isWithin(run.root, root) || isWithin(root, run.root)) throw recoveryNeeded(run.id, run.root);
        continue;
      }
      const history = load(run.id);
      const { recovery = 'atomic' } = JSON.parse(history.run.definition) as Workflow;
      const isAtomic = recovery === 'atomic' || history.run.state === 'undoing';
      const report = await (isAtomic ? undoAll(history) : keepFinished(history));
      recoveries.push({ run: history.run, to: isAtomic ? 'undone' : 'kept', ...report });
    }
    await tidy();
    return recoveries;
  };

  return { undoUnfinished, undoAll, recover, tidy };
};
