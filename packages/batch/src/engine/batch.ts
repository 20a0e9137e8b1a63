import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../clock.ts';
import { inputsInvalid, optionInvalid } from '../errors/definition.ts';
import { documentChanged } from '../errors/documents.ts';
import { notWaiting, runState, runUnknown, undoConflict } from '../errors/run.ts';
import { BatchError } from '../errors.ts';
import { channels, type RecoveryEndEvent, type RunEvent } from '../events.ts';
import { realPathOf } from '../files/within.ts';
import { forgetItems, refuseItemRun } from '../items/run-record.ts';
import type { Journal, RunFilter, RunHistory, RunRecord } from '../journal/journal.ts';
import { memoryJournal } from '../journal/memory.ts';
import { lockInProcess } from '../lock/process-lock.ts';
import type { ResourceLimits } from '../run/pools.ts';
import { type CompiledWorkflow, compileWorkflow } from '../workflow/compile.ts';
import { findInputProblems } from '../workflow/inputs.ts';
import type { Workflow } from '../workflow/step.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { withoutItems } from './compare-workflows.ts';
import { definitionOf, goOnBy } from './go-on.ts';
import { median } from './median.ts';
import { createMemo, type MemoOptions } from './memo.ts';
import type { RunOutcome } from './outcome.ts';
import { createRecovering, type Recovery } from './recovery.ts';
import { type Execution, executeRun } from './run.ts';
import { createRunEvents } from './run-events.ts';
import type { DecideFailedRun } from './settle.ts';
import type { DecideFailure } from './step-work.ts';
import type { Dispatcher } from './task.ts';
import { createTransaction, type UndoReport } from './transaction.ts';

export interface BatchOptions {
  /** The folder whose files runs change. */
  readonly root: string;
  readonly dispatcher: Dispatcher;
  /** What runs change, and can take back. */
  readonly workspaces: readonly Workspace[];
  /** @default one in memory: nothing survives the process */
  readonly journal?: Journal | undefined;
  /**
   * Keeps others off the root while a run changes it; returns what lets go of it. Must be given where other processes may use the
   * journal as well: `acquire` of `openLocks`. @default other runs of this process are kept off
   */
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
  /** What the workflow is given. A run that is not given what it wants (`BATCH_INPUT_INVALID`) does not begin. */
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How many steps run at once. @default what the workflow says, or 4 */
  readonly concurrency?: number | undefined;
  /** Steps that wait for a yes, and have it; one of a list for all of its items, or `sure[1]` for one of them. */
  readonly approve?: readonly string[] | undefined;
  /** What the plan that is applied was made of, for the history. */
  readonly planHash?: string | undefined;
  /** The file that the workflow was read from, absolute, for the history. */
  readonly file?: string | undefined;
  /**
   * Called when nobody else can change the root any more, and what earlier runs left is in order: where it rejects, nothing begins,
   * and `outcome` rejects with its reason. @default nothing is asked
   */
  readonly verify?: (() => Promise<void>) | undefined;
  /** Says what becomes of a step that has failed for good. @default it fails */
  readonly onFailure?: DecideFailure | undefined;
  /** Asked at the end where the workflow's `recovery` is `ask`. @default what has succeeded stands */
  readonly onFailedRun?: DecideFailedRun | undefined;
}

export interface ResumeOptions extends Omit<RunOptions, 'inputs' | 'planHash'> {
  /**
   * Another definition to go on by. What has succeeded stands, and must be the same in it: rejects with `BATCH_RESUME_CHANGED`, and
   * changes nothing, where a finished step is changed or gone, or comes after what is. `recovery` and `maxCostUsd` stay as they were
   * where it does not say them. @default the one that the run began with
   */
  readonly workflow?: Workflow | undefined;
}

/** A run under way. Iterating over it gives its events from then on, and throws where `outcome` rejects. */
export interface BatchRun extends AsyncIterable<RunEvent> {
  readonly id: string;
  /** Resolves at the end, also of a run that failed: `state` and `error` say so. Rejects where it could not begin, or be written down. */
  readonly outcome: Promise<RunOutcome>;
  /** Says yes to a step that waits for it, by its own name to all of its items that do. Throws `BATCH_RUN_STATE` where it does not. */
  approve(step: string): void;
}

export interface PruneBounds {
  /** Runs that ended longer ago, milliseconds. @default unlimited */
  readonly maxAgeMs?: number | undefined;
  /** Runs that are kept, the newest ones. @default unlimited */
  readonly maxRuns?: number | undefined;
}

export interface Batch {
  run(workflow: Workflow, options?: RunOptions): BatchRun;
  /** Goes on where a run was stopped: what has succeeded is not repeated. Rejects with `BATCH_RUN_UNKNOWN` and `BATCH_RUN_STATE`. */
  resume(run: string, options?: ResumeOptions): BatchRun;
  /**
   * Puts in order what runs left that ended with their process: atomic ones are taken back, of others what was under way. Each run does
   * so first. Nothing happens while another process has the root.
   */
  recover(): Promise<readonly Recovery[]>;
  /** Takes back a finished run, all of it or, where something has changed since, nothing (`BATCH_UNDO_CONFLICT`). */
  undo(run: string): Promise<UndoReport>;
  /** Forgets finished runs of the root above these bounds, with what was kept to undo them; returns their ids, the newest first. */
  prune(bounds: PruneBounds): Promise<readonly string[]>;
  history(filter?: RunFilter): readonly RunRecord[];
  load(run: string): RunHistory | undefined;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The engine: runs workflows over a folder, all or nothing, in parallel and through crashes. Throws `BATCH_OPTION_INVALID`. */
export const createBatch = (options: BatchOptions): Batch => {
  const { dispatcher, workspaces, journal = memoryJournal(), limits, env = {} } = options;
  if (options.lock === undefined && journal.isShared === true)
    throw optionInvalid('lock', undefined, '`openLocks({ folder }).acquire`: other processes may use this journal');
  const { lock = lockInProcess } = options;
  const root = realPathOf(options.root);
  const { clock = systemClock, random = Math.random } = options;
  const memo = options.memo === undefined ? undefined : createMemo(options.memo);
  /** Runs of this process. */
  const active = new Set<string>();

  const withLock = async <Value>(run: string, work: () => Promise<Value>): Promise<Value> => {
    const release = await lock(root, run);
    active.add(run);
    try {
      return await work();
    } finally {
      active.delete(run);
      release();
    }
  };
  const load = (run: string): RunHistory => {
    const history = journal.load(run);
    if (history === undefined) throw runUnknown(run);
    return history;
  };
  /** Of a run that has steps. */
  const loadSteps = (run: string, wanted: 'resume' | 'undo'): RunHistory => {
    const history = load(run);
    refuseItemRun(history.run, wanted);
    return history;
  };
  const transactionOf = (run: string, history?: RunHistory) =>
    createTransaction({ run, journal, workspaces, effects: history?.effects });

  const { undoUnfinished, undoAll, recover, tidy } = createRecovering({
    root,
    journal,
    workspaces,
    clock,
    active,
    load,
    transactionOf,
  });

  const recoveryEnd = ({ run: { id, name }, ...recovery }: Recovery, by: string): RecoveryEndEvent => ({
    type: 'recovery-end',
    run: by,
    atMs: clock.now(),
    recovered: id,
    name,
    ...recovery,
  });

  const start = (
    id: string,
    prepare: () => Promise<{
      compiled: CompiledWorkflow;
      inputs: Readonly<Record<string, unknown>>;
      history?: RunHistory;
    }>,
    { signal, concurrency, approve = [], onFailure, onFailedRun, verify }: ResumeOptions,
  ): BatchRun => {
    const events = createRunEvents();
    let execution: Execution | undefined;
    const outcome = withLock(id, async () => {
      for (const recovery of await recover(id)) events.publish(recoveryEnd(recovery, id));
      await verify?.();
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
        onFailedRun,
      });
      return execution.outcome;
    });
    // Whoever only iterates over the events hears of it there.
    outcome.then(events.end, events.fail);
    return {
      id,
      outcome,
      approve(step) {
        if (execution === undefined) throw notWaiting(id, step);
        execution.approve(step);
      },
      [Symbol.asyncIterator]: () => events.subscribe(),
    };
  };

  const close = async (): Promise<void> => {
    await dispatcher.close?.();
    journal.close();
  };

  return {
    run(workflow, runOptions = {}) {
      const id = randomUUID();
      const { inputs = {}, planHash, file } = runOptions;
      return start(
        id,
        async () => {
          const compiled = await compileWorkflow(workflow);
          const problems = findInputProblems(workflow.inputs, inputs);
          if (problems.length > 0) throw inputsInvalid(workflow.name, problems);
          const run: RunRecord = {
            id,
            name: workflow.name,
            state: 'running',
            root,
            definition: definitionOf(workflow),
            inputs: JSON.stringify(inputs),
            createdAtMs: clock.now(),
            ...(planHash !== undefined && { planHash }),
            ...(file !== undefined && { file }),
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
          const before = loadSteps(run, 'resume');
          if (before.run.state !== 'running' && before.run.state !== 'paused' && before.run.state !== 'kept')
            throw runState(run, before.run.state, 'only one that was stopped can be resumed');
          const inputs = JSON.parse(before.run.inputs) as Record<string, unknown>;
          const { compiled, changes, differing } = await goOnBy(before, inputs, runOptions);
          await undoUnfinished(before);
          const [conflict] = await transactionOf(run, load(run)).restore();
          if (conflict !== undefined) throw documentChanged(conflict.path);
          await journal.write([{ type: 'run-state', run, state: 'running', ...changes }], 'relaxed');
          const history = load(run);
          const isOther = (name: string): boolean =>
            [...(differing ?? [])].some((step) => name === step || name.startsWith(`${step}/`));
          // A list that a step was expanded over is none of what it is now.
          const attempts = history.attempts.map((attempt) =>
            attempt.list !== undefined && isOther(withoutItems(attempt.step))
              ? { ...attempt, list: undefined }
              : attempt,
          );
          return { compiled, inputs, history: { ...history, attempts } };
        },
        runOptions,
      );
    },
    async recover() {
      try {
        const recoveries = await withLock('recovery', () => recover());
        if (channels.run.hasSubscribers)
          for (const recovery of recoveries) channels.run.publish(recoveryEnd(recovery, recovery.run.id));
        return recoveries;
      } catch (error) {
        // Whoever has the root has put it in order.
        if (BatchError.isInstance(error) && error.code === 'BATCH_LOCKED') return [];
        throw error;
      }
    },
    undo: (run) =>
      withLock(run, async () => {
        const history = loadSteps(run, 'undo');
        const { name, state } = history.run;
        if (state !== 'committed' && state !== 'kept' && state !== 'undoing' && state !== 'paused')
          throw runState(run, state, 'only one that is finished, or paused, can be undone');
        if (state !== 'undoing') {
          const conflicts = await transactionOf(run, history).check();
          if (conflicts.length > 0) throw undoConflict(run, conflicts);
        }
        const report = await undoAll(history);
        if (channels.run.hasSubscribers)
          channels.run.publish({ type: 'undo-end', run, atMs: clock.now(), name, isAsked: true, ...report });
        return report;
      }),
    prune: ({ maxAgeMs = Number.POSITIVE_INFINITY, maxRuns = Number.POSITIVE_INFINITY }) =>
      withLock('prune', async () => {
        const oldest = clock.now() - maxAgeMs;
        const meant = journal
          .runs({ root, states: ['committed', 'kept', 'undone', 'failed'] })
          .filter((run, at) => at >= maxRuns || (run.endedAtMs ?? run.undoneAtMs ?? run.createdAtMs) < oldest);
        for (const run of meant) {
          // First the files: what is left of them where this ends in the middle is the journal's to find again.
          for (const workspace of workspaces) await workspace.forget(run.id);
          forgetItems(run);
          journal.remove(run.id);
        }
        await tidy();
        return meant.map(({ id }) => id);
      }),
    history: (filter) => journal.runs({ root, ...filter }),
    load: (run) => journal.load(run),
    close,
    [Symbol.asyncDispose]: close,
  };
};
