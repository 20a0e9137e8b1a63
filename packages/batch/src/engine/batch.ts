import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import {
  BatchError,
  documentChanged,
  optionInvalid,
  recoveryNeeded,
  runState,
  runUnknown,
  undoConflict,
} from '../errors.ts';
import type { RunEvent } from '../events.ts';
import type { AttemptRecord, EffectRecord, Journal, RunFilter, RunHistory, RunRecord } from '../journal/journal.ts';
import { memoryJournal } from '../journal/memory.ts';
import type { ResourceLimits } from '../run/pools.ts';
import { type CompiledWorkflow, compileWorkflow } from '../workflow/compile.ts';
import type { Workflow } from '../workflow/step.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { createMemo, type MemoOptions } from './memo.ts';
import type { RunOutcome } from './outcome.ts';
import { type Execution, executeRun } from './run.ts';
import { createRunEvents } from './run-events.ts';
import type { DecideFailure } from './step-work.ts';
import type { Dispatcher } from './task.ts';
import { createTransaction, flushStep, forget, type UndoReport } from './transaction.ts';

export interface BatchOptions {
  /** The folder whose files runs change. */
  readonly root: string;
  readonly dispatcher: Dispatcher;
  /** What runs change, and can take back. */
  readonly workspaces: readonly Workspace[];
  /** @default one in memory: nothing survives the process */
  readonly journal?: Journal | undefined;
  /** Keeps others off the root while a run changes it; returns what lets go of it. @default nothing does */
  readonly lock?: ((root: string, run: string) => Promise<() => void>) | undefined;
  /** Remembers what steps with `memo` came to, through any cache. @default they are done again */
  readonly memo?: MemoOptions | undefined;
  /** What there is of the resources that steps name. */
  readonly limits?: Readonly<Record<string, ResourceLimits>> | undefined;
  /** What expressions find under `env`. @default nothing */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly clock?: Clock | undefined;
  /** @default Math.random */
  readonly random?: (() => number) | undefined;
}

export interface RunOptions {
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How many steps run at once. @default what the workflow says, or 4 */
  readonly concurrency?: number | undefined;
  /** Steps that wait for a yes, and have it. */
  readonly approve?: readonly string[] | undefined;
  /** Says what becomes of a step that has failed for good. @default it fails */
  readonly onFailure?: DecideFailure | undefined;
}

/** A run under way. Iterating over it gives its events from then on. */
export interface BatchRun extends AsyncIterable<RunEvent> {
  readonly id: string;
  /** Resolves at the end, also of a run that failed: `state` and `error` say so. Rejects where it could not begin, or be written down. */
  readonly outcome: Promise<RunOutcome>;
  /** Says yes to a step that waits for it. Throws `BATCH_RUN_STATE` where it does not. */
  approve(step: string): void;
}

export interface Recovery extends UndoReport {
  readonly run: RunRecord;
  /** `undone`: all it had changed is as before. `kept`: what its steps have finished stays, and it can be resumed. */
  readonly to: 'undone' | 'kept';
}

export interface Batch {
  run(workflow: Workflow, options?: RunOptions): BatchRun;
  /** Goes on where a run was stopped: what has succeeded is not repeated. Rejects with `BATCH_RUN_UNKNOWN` and `BATCH_RUN_STATE`. */
  resume(run: string, options?: Omit<RunOptions, 'inputs'>): BatchRun;
  /**
   * Puts in order what runs left that ended with their process: atomic ones are taken back, of others what was under way. Each run does
   * so first. Nothing happens while another process has the root.
   */
  recover(): Promise<readonly Recovery[]>;
  /** Takes back a finished run, all of it or, where something has changed since, nothing (`BATCH_UNDO_CONFLICT`). */
  undo(run: string): Promise<UndoReport>;
  history(filter?: RunFilter): readonly RunRecord[];
  load(run: string): RunHistory | undefined;
  close(): Promise<void>;
}

/** Functions cannot be written down: a run with some in its workflow is resumed by who has the same functions by name. */
const definitionOf = (workflow: Workflow): string =>
  JSON.stringify(workflow, (_, value) => (typeof value === 'function' ? `function ${value.name}` : value));

const lostWithPower = 'What it had changed was lost with the power.';

const isWithin = (path: string, folder: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** A root that is not there yet is one all the same. */
const realPathOf = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
};

/** The engine: runs workflows over a folder, all or nothing, in parallel and through crashes. */
export const createBatch = (options: BatchOptions): Batch => {
  const { dispatcher, workspaces, journal = memoryJournal(), lock, limits, env = {} } = options;
  const root = realPathOf(options.root);
  const { clock = systemClock, random = Math.random } = options;
  const memo = options.memo === undefined ? undefined : createMemo(options.memo);
  /** Runs of this process. */
  const active = new Set<string>();

  const withLock = async <Value>(run: string, work: () => Promise<Value>): Promise<Value> => {
    const release = await lock?.(root, run);
    active.add(run);
    try {
      return await work();
    } finally {
      active.delete(run);
      release?.();
    }
  };
  const load = (run: string): RunHistory => {
    const history = journal.load(run);
    if (history === undefined) throw runUnknown(run);
    return history;
  };
  const transactionOf = (run: string, history?: RunHistory) =>
    createTransaction({ run, journal, workspaces, effects: history?.effects });

  /** Attempts that have succeeded, and of which nothing has been taken back since. */
  const standing = ({ attempts, effects }: RunHistory): readonly AttemptRecord[] => {
    const undone = new Set(effects.filter(({ isUndone }) => isUndone).map(({ step, attempt }) => `${attempt} ${step}`));
    return attempts.filter(({ step, attempt, end }) => end === 'succeeded' && !undone.has(`${attempt} ${step}`));
  };
  /**
   * Takes back what steps had begun to change when their process ended. What others have changed is sure only when the run ends: where
   * the power went, and the disk has forgotten some of it, that and all after it is taken back, and those steps have not ended.
   */
  const undoUnfinished = async (history: RunHistory): Promise<UndoReport> => {
    const { id, state } = history.run;
    const isRunning = state === 'running';
    const finished = new Set(standing(history).map(({ step }) => step));
    const lastOfSteps =
      history.effects.findLast(({ step, isUndone }) => step !== flushStep && !isUndone)?.sequence ?? -1;
    // A flush that something came after is whole, and so is the one with which a run ended. Any other may be half done.
    const isHalf = ({ step, sequence }: EffectRecord): boolean =>
      step === flushStep ? isRunning && sequence > lastOfSteps : !finished.has(step);
    const transaction = transactionOf(id, history);
    const reports = [await transaction.undo(isHalf)];
    if (isRunning)
      for (let first = await transaction.firstLost(); first !== undefined; first = await transaction.firstLost()) {
        const from = first;
        reports.push(await transaction.undo(({ sequence }) => sequence >= from));
      }
    // What comes now may change it again.
    if (isRunning) await transaction.sync();
    await reopen(load(id));
    return {
      steps: reports.flatMap(({ steps }) => steps),
      conflicts: reports.flatMap(({ conflicts }) => conflicts),
    };
  };
  /** Steps whose changes were lost have not ended, nor have those that they are within. */
  const reopen = async (history: RunHistory): Promise<void> => {
    const stands = new Set(standing(history));
    const ended = history.attempts.filter(({ end }) => end === 'succeeded');
    const lost = ended.filter((attempt) => !stands.has(attempt)).map(({ step }) => step);
    if (lost.length === 0) return;
    const isAround = (name: string): boolean =>
      lost.some((step) => step === name || step.startsWith(`${name}[`) || step.startsWith(`${name}/`));
    await journal.write(
      ended
        .filter(({ step }) => isAround(step))
        .map((attempt) => ({
          type: 'attempt',
          run: history.run.id,
          attempt: { ...attempt, end: 'failed', error: lostWithPower },
        })),
      'relaxed',
    );
  };
  /** What steps have finished stays, and gets to the files. */
  const keepFinished = async (history: RunHistory): Promise<UndoReport> => {
    const { id } = history.run;
    const { steps, conflicts } = await undoUnfinished(history);
    const transaction = transactionOf(id, load(id));
    const changed = await transaction.restore();
    await transaction.flush();
    await transaction.sync();
    await journal.write([{ type: 'run-state', run: id, state: 'kept' }], 'full');
    transaction.release();
    return { steps, conflicts: [...conflicts, ...changed] };
  };
  const undoAll = async (history: RunHistory): Promise<UndoReport> => {
    const { id } = history.run;
    await journal.write([{ type: 'run-state', run: id, state: 'undoing' }], 'full');
    const transaction = transactionOf(id, history);
    const report = await transaction.undo();
    await transaction.sync();
    // Conflicts name what is kept.
    if (report.conflicts.length === 0) await forget(id, journal, transaction);
    await journal.write([{ type: 'run-state', run: id, state: 'undone', endedAtMs: clock.now() }], 'full');
    return report;
  };

  /** Puts in order what is left of runs on the root, which nobody else has now. */
  const recoverHeld = async (resumed?: string): Promise<readonly Recovery[]> => {
    const recoveries: Recovery[] = [];
    for (const run of journal.runs({ states: ['running', 'undoing'] })) {
      if (run.id === resumed || active.has(run.id)) continue;
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
    return recoveries;
  };

  const start = (
    id: string,
    prepare: () => Promise<{
      compiled: CompiledWorkflow;
      inputs: Readonly<Record<string, unknown>>;
      history?: RunHistory;
    }>,
    { signal, concurrency, approve = [], onFailure }: Omit<RunOptions, 'inputs'>,
  ): BatchRun => {
    const events = createRunEvents();
    let execution: Execution | undefined;
    const outcome = withLock(id, async () => {
      for (const { run, ...recovery } of await recoverHeld(id))
        events.publish({ type: 'recovery-end', run: id, atMs: clock.now(), recovered: run.id, ...recovery });
      const { compiled, inputs, history } = await prepare();
      const { workflow } = compiled;
      const most = concurrency ?? workflow.concurrency ?? 4;
      if (!Number.isInteger(most) || most < 1) throw optionInvalid('concurrency', most, 'a whole number from 1');
      execution = executeRun({
        id,
        compiled,
        inputs,
        root,
        journal,
        transaction: transactionOf(id, history),
        dispatcher,
        events,
        clock,
        random,
        env,
        concurrency: most,
        limits,
        memo,
        signal,
        history,
        approved: new Set(approve),
        durationOf: (step) => median(journal.durations(workflow.name, step.id)),
        onFailure,
      });
      return execution.outcome;
    }).finally(() => events.end());
    // Whoever only iterates over the events hears of it there.
    outcome.catch(() => {});
    return {
      id,
      outcome,
      approve: (step) => execution?.approve(step),
      [Symbol.asyncIterator]: () => events.subscribe(),
    };
  };

  return {
    run(workflow, runOptions = {}) {
      const id = randomUUID();
      const { inputs = {} } = runOptions;
      return start(
        id,
        async () => {
          const compiled = await compileWorkflow(workflow);
          const run: RunRecord = {
            id,
            name: workflow.name,
            state: 'running',
            root,
            definition: definitionOf(workflow),
            inputs: JSON.stringify(inputs),
            createdAtMs: clock.now(),
          };
          await journal.write([{ type: 'run', run }], 'relaxed');
          return { compiled, inputs };
        },
        runOptions,
      );
    },
    resume(run, runOptions = {}) {
      return start(
        run,
        async () => {
          const before = load(run);
          if (before.run.state !== 'running' && before.run.state !== 'paused' && before.run.state !== 'kept')
            throw runState(run, before.run.state, 'only one that was stopped can be resumed');
          await undoUnfinished(before);
          const [conflict] = await transactionOf(run, load(run)).restore();
          if (conflict !== undefined) throw documentChanged(conflict.path);
          await journal.write([{ type: 'run-state', run, state: 'running' }], 'relaxed');
          const compiled = await compileWorkflow(JSON.parse(before.run.definition) as Workflow);
          const inputs = JSON.parse(before.run.inputs) as Record<string, unknown>;
          return { compiled, inputs, history: load(run) };
        },
        runOptions,
      );
    },
    async recover() {
      try {
        return await withLock('recovery', () => recoverHeld());
      } catch (error) {
        // Whoever has the root has put it in order.
        if (BatchError.isInstance(error) && error.code === 'BATCH_LOCKED') return [];
        throw error;
      }
    },
    undo: (run) =>
      withLock(run, async () => {
        const history = load(run);
        const { state } = history.run;
        if (state !== 'committed' && state !== 'kept' && state !== 'undoing')
          throw runState(run, state, 'only one that is finished can be undone');
        if (state !== 'undoing') {
          const conflicts = await transactionOf(run, history).check();
          if (conflicts.length > 0) throw undoConflict(run, conflicts);
        }
        return undoAll(history);
      }),
    history: (filter) => journal.runs({ root, ...filter }),
    load: (run) => journal.load(run),
    async close() {
      await dispatcher.close?.();
      journal.close();
    },
  };
};

const median = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : [...values].sort((a, b) => a - b)[values.length >> 1];
