import type { AttemptRecord, RunHistory, RunRecord } from '@hotpath/runtime';

const at = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
const tookMs = (fromMs: number, toMs: number | undefined): number | null =>
  toMs === undefined ? null : Math.round((toMs - fromMs) * 10) / 10;

/** Without inputs and outputs: prompts and answers stand in them. */
export const runView = (run: RunRecord, isInterrupted: boolean) => ({
  id: run.id,
  name: run.name,
  // One that nobody runs any more goes on with `hotpath resume`.
  state: isInterrupted ? 'interrupted' : (run.state as string),
  root: run.root,
  file: run.file ?? null,
  createdAt: at(run.createdAtMs),
  endedAt: at(run.endedAtMs),
  undoneAt: at(run.undoneAtMs),
  durationMs: tookMs(run.createdAtMs, run.endedAtMs),
  costUsd: run.costUsd ?? null,
  error: run.error ?? null,
  planHash: run.planHash ?? null,
  resultHash: run.resultHash ?? null,
});

export const attemptView = ({ step, attempt, end, startedAtMs, endedAtMs, ...others }: AttemptRecord) => ({
  step,
  attempt,
  state: end ?? (others.question === undefined ? 'running' : 'waiting'),
  startedAt: at(startedAtMs),
  endedAt: at(endedAtMs),
  durationMs: tookMs(startedAtMs, endedAtMs),
  costUsd: others.costUsd ?? null,
  error: others.error ?? null,
  question: others.question ?? null,
});

/** Steps that wait for a yes. */
export const waitingIn = ({ run, attempts }: Pick<RunHistory, 'run' | 'attempts'>) =>
  run.state === 'paused' || run.state === 'running'
    ? attempts.flatMap(({ step, end, question }) =>
        end === undefined && question !== undefined ? [{ step, question }] : [],
      )
    : [];

export const historyView = (history: RunHistory, isInterrupted: boolean) => ({
  ...runView(history.run, isInterrupted),
  waiting: waitingIn(history),
  attempts: history.attempts.map(attemptView),
  // What stands.
  changes: history.effects.filter(({ isUndone }) => !isUndone).length,
  effects: history.effects.map(({ sequence, step, attempt, workspace, isUndone }) => ({
    sequence,
    step: step === '' ? null : step,
    attempt,
    workspace,
    isUndone,
  })),
});
