import type { Clock } from '../clock.ts';
import { reasonOf } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { StepState } from '../run/schedule.ts';
import type { Workflow } from '../workflow/step.ts';
import type { Conflict } from '../workspace/workspace.ts';
import type { RunNode } from './nodes.ts';
import { type RunOutcome, type StepOutcome, stepsOutcome } from './outcome.ts';
import type { Recorder } from './recorder.ts';
import { flushStep, type Transaction, takeBack } from './transaction.ts';

/** Says, where the workflow's `recovery` is `ask`, whether the steps that have succeeded stand, or all is taken back. */
export type DecideFailedRun = (failed: readonly StepOutcome[]) => Promise<'keep' | 'undo'>;

export interface SettleOptions {
  readonly run: string;
  /** The name of the workflow. */
  readonly name: string;
  readonly journal: Journal;
  readonly transaction: Transaction;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly nodes: readonly RunNode[];
  readonly stateOf: (step: number) => StepState;
  /** Steps that earlier processes of the run have finished. */
  readonly finished: Iterable<string>;
  readonly recovery: NonNullable<Workflow['recovery']>;
  readonly onFailedRun: DecideFailedRun | undefined;
  /** Why it is not committed. */
  readonly error: unknown;
  /** Steps that wait for a yes. */
  readonly waiting: readonly string[];
  /** Nothing can be kept that the journal does not have. */
  readonly isJournalBroken: boolean;
}

type Settled = Pick<RunOutcome, 'state' | 'conflicts'>;

/** Brings a run whose steps have ended to its own end: its changes stand, or are taken back, and the journal says which. */
export const settleRun = async (options: SettleOptions): Promise<Omit<RunOutcome, 'outputs'>> => {
  const { run, name, journal, transaction, recorder, clock, nodes, stateOf, waiting } = options;
  const { steps, resultHash } = stepsOutcome(nodes, stateOf);
  let { error } = options;

  /** Whether what has succeeded is to stand though something has failed. */
  const isToStand = async (): Promise<boolean> => {
    if (options.recovery === 'atomic' || options.isJournalBroken) return false;
    if (options.recovery === 'keep-successful' || options.onFailedRun === undefined) return true;
    return (await options.onFailedRun(steps.filter(({ state }) => state === 'failed'))) === 'keep';
  };
  const wantedState = async (): Promise<RunOutcome['state']> => {
    if (waiting.length > 0) return 'paused';
    if (error === undefined) return 'committed';
    return (await isToStand()) ? 'kept' : 'undone';
  };
  /** Takes back what steps that have not succeeded may have done outside: one that was stopped was not asked about. */
  const undoUnfinished = async (): Promise<readonly Conflict[]> => {
    const succeeded = nodes.filter(({ number }) => stateOf(number) === 'succeeded').map(({ name }) => name);
    const stands = new Set([flushStep, ...options.finished, ...succeeded]);
    return (await transaction.undo(({ step }) => !stands.has(step))).conflicts;
  };
  const undoAll = async (): Promise<Settled> => {
    const report = await takeBack(run, journal, transaction);
    recorder.publish(() => ({ type: 'undo-end', run, atMs: clock.now(), name, isAsked: false, ...report }));
    return { state: report.steps.length > 0 ? 'undone' : 'failed', conflicts: report.conflicts };
  };
  const carryOut = async (wanted: RunOutcome['state']): Promise<Settled> => {
    if (wanted === 'undone') return undoAll();
    const conflicts = wanted === 'kept' ? await undoUnfinished() : [];
    try {
      await transaction.flush();
    } catch (reason) {
      error = reason;
      const undone = await undoAll();
      return { ...undone, conflicts: [...conflicts, ...undone.conflicts] };
    }
    return { state: wanted, conflicts };
  };

  const { state, conflicts } = await carryOut(await wantedState());
  const costUsd = recorder.costUsd();
  const ending = {
    ...(state !== 'paused' && { endedAtMs: clock.now(), resultHash }),
    ...(error !== undefined && { error: reasonOf(error) }),
  };
  await journal.write([{ type: 'run-state', run, state, costUsd, ...ending }], 'full');
  transaction.release();
  return { run, state, steps, error, conflicts, waiting: state === 'paused' ? waiting : [], costUsd, resultHash };
};
