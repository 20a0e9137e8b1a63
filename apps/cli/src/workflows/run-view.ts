import type { Plan, RunEvent, RunHistory } from '@hotpath/runtime/workflows';
import { describeError } from '../errors.ts';

export type ViewState =
  | 'waiting'
  | 'running'
  | 'retrying'
  | 'asking'
  | 'succeeded'
  | 'skipped'
  | 'failed'
  | 'blocked'
  | 'cancelled';

/** A step as it stands, with those it was expanded to. */
export interface StepView {
  readonly name: string;
  state: ViewState;
  /** An earlier run or process had done it. */
  isReused: boolean;
  readonly isCritical: boolean;
  /** `undefined`: it never began by itself. */
  startedAtMs: number | undefined;
  durationMs: number;
  attempt: number;
  costUsd: number | undefined;
  /** What it says, or why it failed. */
  text: string;
  readonly children: StepView[];
}

export interface RunView {
  readonly steps: readonly StepView[];
  take(event: RunEvent): void;
  find(name: string): StepView | undefined;
}

/** The name of what a step is within: `review[3]/fix` is in `review[3]`, and that in `review`. */
export const parentOf = (name: string): string | undefined => /^(.*)(?:\[\d+\]|\/[^/[\]]+)$/.exec(name)?.[1];

/** The step of the workflow that one of its items is of: `review/fix` for `review[3]/fix`. */
export const withoutItems = (name: string): string => name.replaceAll(/\[\d+\]/g, '');

const newStep = (name: string, isCritical: boolean): StepView => ({
  name,
  state: 'waiting',
  isReused: false,
  isCritical,
  startedAtMs: undefined,
  durationMs: 0,
  attempt: 1,
  costUsd: undefined,
  text: '',
  children: [],
});

type KnownStep = Pick<Plan['steps'][number], 'id' | 'isCritical'>;

/** What is known of a run by its events. `plan` names the steps before any has begun, in the order of the plan. */
export const createRunView = (plan: { readonly steps: readonly KnownStep[] } | undefined): RunView => {
  const steps: StepView[] = [];
  const byName = new Map<string, StepView>();
  const stepOf = (name: string): StepView => {
    const known = byName.get(name);
    if (known !== undefined) return known;
    const parent = parentOf(name);
    const within = parent === undefined ? undefined : stepOf(parent);
    const step = newStep(name, within?.isCritical === true);
    (within?.children ?? steps).push(step);
    byName.set(name, step);
    return step;
  };
  for (const { id, isCritical } of plan?.steps ?? []) {
    const step = newStep(id, isCritical);
    steps.push(step);
    byName.set(id, step);
  }
  return {
    steps,
    find: (name) => byName.get(name),
    take(event) {
      if (!('step' in event)) return;
      const step = stepOf(event.step);
      step.attempt = event.attempt;
      switch (event.type) {
        case 'step-start':
          step.state = 'running';
          step.startedAtMs = event.atMs;
          step.text = '';
          break;
        case 'step-progress':
          step.text = event.text;
          break;
        case 'step-retry':
          step.state = 'retrying';
          step.text = describeError(event.error).message;
          break;
        case 'approval-want':
          step.state = 'asking';
          step.text = event.question;
          break;
        case 'step-end':
          step.state = event.state;
          step.isReused = event.isReused;
          step.durationMs = event.durationMs;
          step.costUsd = event.costUsd;
          step.text = event.error === undefined ? '' : describeError(event.error).message;
          break;
        default:
      }
    },
  };
};

/** The cost of a step with all that it was expanded to; `undefined` where nothing is known of any. */
export const costOf = ({ costUsd, children }: StepView): number | undefined => {
  const costs = [costUsd, ...children.map(costOf)].filter((cost) => cost !== undefined);
  return costs.length === 0 ? undefined : costs.reduce((sum, cost) => sum + cost, 0);
};

/** What became of the steps of a run that is written down, in the order of the workflow. */
export const viewOfHistory = (
  { attempts }: Pick<RunHistory, 'attempts'>,
  planned: readonly { readonly id: string }[],
  isInterrupted = false,
): RunView => {
  // Also of those that none of it came to.
  const view = createRunView({ steps: planned.map(({ id }) => ({ id, isCritical: false })) });
  for (const { step, attempt, startedAtMs: atMs, endedAtMs = atMs, end, error, costUsd, question } of attempts) {
    const of = { run: '', step, attempt, atMs };
    view.take({ type: 'step-start', ...of, waitedMs: 0 });
    if (question !== undefined) view.take({ type: 'approval-want', ...of, question });
    if (end === undefined) continue;
    const failure = error === undefined ? {} : { error: new Error(error) };
    view.take({
      type: 'step-end',
      ...of,
      state: end,
      durationMs: endedAtMs - atMs,
      costUsd,
      isReused: false,
      ...failure,
    });
  }
  // Where the run was stopped by one of them, nothing was written down of what they are within.
  const fail = (step: StepView): void => {
    step.children.forEach(fail);
    if (step.state === 'waiting' && step.children.some(({ state }) => state === 'failed')) step.state = 'failed';
  };
  view.steps.forEach(fail);
  // What was under way is so no more.
  const cancel = (step: StepView): void => {
    step.children.forEach(cancel);
    if (step.state === 'running' || step.state === 'asking') step.state = 'cancelled';
  };
  if (isInterrupted) view.steps.forEach(cancel);
  return view;
};
