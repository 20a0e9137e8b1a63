import type {
  BatchRun,
  DecideFailure,
  Plan,
  RunOptions,
  RunOutcome,
  StepOutcome,
  Workflow,
  Workflows,
} from '@hotpath/runtime/workflows';
import { type Stops, watchStops } from '../batch/stops.ts';
import { confirm } from '../confirm.ts';
import { usageError } from '../errors.ts';
import { showDuration, showUsd } from '../figures.ts';
import { explainError } from '../next-step.ts';
import { recorded, type TellFailure } from '../telemetry/record.ts';
import { complain, note, writeOut } from '../terminal.ts';
import { createReport, type RunReport } from './report.ts';
import { withoutItems } from './run-view.ts';

/** A run that waits for a yes. */
const pausedCode = 3;

export interface DriveFlags {
  readonly concurrency: number | undefined;
  readonly approve: readonly string[];
  readonly yes: boolean;
  readonly 'no-correct': boolean;
  readonly json: boolean;
  readonly config?: string | undefined;
}

export interface DriveOptions {
  readonly workflows: Workflows;
  readonly workflow: Workflow;
  /** For words on how it is used. */
  readonly command: string;
  readonly plan: Pick<Plan, 'steps'> | undefined;
  readonly flags: DriveFlags;
  /** Aborts when nobody reads standard output any more. */
  readonly signal: AbortSignal;
  /** Says where warnings of what is opened on the way go. */
  readonly hear: (listener: (warning: string) => void) => void;
  readonly start: (options: Omit<RunOptions, 'inputs'>) => BatchRun;
}

/** Names of the steps that ask, with those of workflows within as `deploy/sure`. */
const askingSteps = ({ steps }: Workflow, prefix = ''): readonly string[] =>
  steps.flatMap((step) => {
    if ('approve' in step) return [prefix + step.id];
    return 'workflow' in step && typeof step.workflow === 'object'
      ? askingSteps(step.workflow, `${prefix}${step.id}/`)
      : [];
  });

const checkApproved = (workflow: Workflow, approve: readonly string[], command: string): void => {
  const asking = askingSteps(workflow);
  const unknown = approve.find((step) => !asking.includes(withoutItems(step)));
  if (unknown === undefined) return;
  const known = asking.length === 0 ? 'No step of it does.' : `Those that do: ${asking.join(', ')}.`;
  throw usageError(`--approve names "${unknown}", and no such step asks for a yes. ${known}`, command);
};

interface Driving extends DriveOptions {
  readonly report: RunReport;
  readonly stops: Stops;
  readonly mend: DecideFailure;
  /** What steps that wait for a yes ask, by name. */
  readonly questions: Map<string, string>;
  /** Its id, once it is under way. */
  run?: string;
}

const shortId = (run: string): string => run.slice(0, 8);

const follow = async (run: BatchRun, driving: Driving): Promise<RunOutcome> => {
  const { report, questions } = driving;
  for await (const event of run) {
    if (event.type === 'run-start') driving.run = event.run;
    if (event.type === 'approval-want') questions.set(event.step, event.question);
    await report.event(event);
  }
  return run.outcome;
};

const canAsk = ({ flags, stops }: Driving): boolean =>
  process.stdin.isTTY === true && !flags.json && !stops.finishing.aborted;

/** Steps that somebody says yes to, of those that wait. */
const askApprovals = async (driving: Driving, { waiting }: RunOutcome): Promise<readonly string[]> => {
  const { flags, stops, report, questions } = driving;
  if (flags.yes) return waiting;
  if (!canAsk(driving)) return [];
  report.pause();
  const approved: string[] = [];
  for (const step of waiting) {
    const question = `${step}: ${questions.get(step) ?? 'Go on?'}`;
    const isYes = await confirm({ what: `"${step}"`, question, command: 'resume', signal: stops.finishing }).catch(
      () => false,
    );
    if (isYes) approved.push(step);
  }
  return approved;
};

/** `recovery: ask`: what succeeded stands unless somebody takes it back. Where nobody can be asked, it stands. */
const askToKeep = async (driving: Driving, failed: readonly StepOutcome[]): Promise<'keep' | 'undo'> => {
  const { flags, report, stops } = driving;
  if (flags.yes || !canAsk(driving)) return 'keep';
  report.pause();
  const names = failed.slice(0, 5).map(({ step }) => step);
  const question = `Failed: ${names.join(', ')}${failed.length > 5 ? ` and ${failed.length - 5} more` : ''}. Take back what the others did?`;
  const isUndone = await confirm({ what: 'undoing', question, command: 'undo', signal: stops.finishing }).catch(
    () => false,
  );
  return isUndone ? 'undo' : 'keep';
};

/** Runs on, question by question, until there is nothing to ask. */
const driveToEnd = async (driving: Driving): Promise<RunOutcome> => {
  const { workflows, workflow, flags, stops, start, mend } = driving;
  const approve = [...flags.approve];
  const options = (): Omit<RunOptions, 'inputs'> => ({
    signal: stops.finishing,
    concurrency: flags.concurrency,
    approve: [...approve],
    onFailedRun: (failed) => askToKeep(driving, failed),
    ...(!flags['no-correct'] && { onFailure: mend }),
  });
  let outcome = await follow(start(options()), driving);
  while (outcome.state === 'paused') {
    const approved = await askApprovals(driving, outcome);
    if (approved.length === 0) return outcome;
    approve.push(...approved);
    // The same, with the functions that stand in it: the journal has none.
    outcome = await follow(workflows.batch.resume(outcome.run, { ...options(), workflow }), driving);
  }
  return outcome;
};

/** What steps that nothing comes after have come to. */
const tellOutputs = async ({ workflow, plan }: Driving, { outputs, steps }: RunOutcome): Promise<void> => {
  const followed = new Set((plan as Partial<Plan> | undefined)?.dependencies?.map(({ from }) => from));
  const done = new Set(steps.filter(({ state }) => state === 'succeeded').map(({ step }) => step));
  const isSaying = (value: unknown): boolean =>
    Array.isArray(value) ? value.some(isSaying) : ![null, undefined, '', true].includes(value as null);
  const told = workflow.steps.flatMap(({ id }) => {
    const value = outputs[id];
    return done.has(id) && !followed.has(id) && isSaying(value)
      ? [{ id, text: typeof value === 'string' ? value : JSON.stringify(value, null, 2) }]
      : [];
  });
  const [only] = told;
  if (told.length === 1 && only !== undefined) await writeOut(`${only.text.replace(/\n$/, '')}\n`);
  else for (const { id, text } of told) await writeOut(`${id}:\n${text.replace(/\n$/, '')}\n\n`);
};

const costText = (costUsd: number): string => (costUsd > 0 ? `, ${showUsd(costUsd)}` : '');

const tellEnd = async (driving: Driving, outcome: RunOutcome, tookMs: number): Promise<void> => {
  const { workflow, stops } = driving;
  const { run, state, error, costUsd, waiting, conflicts } = outcome;
  const id = shortId(run);
  const isStopped = stops.exitCode() !== undefined;
  if (error !== undefined && !isStopped) {
    const { code, message } = explainError(error);
    complain(code, message);
  }
  for (const { path, reason, keptAt } of conflicts)
    complain(
      'BATCH_UNDO_CONFLICT',
      `${path} ${reason}: it was left${keptAt === undefined ? '' : `, and what was there before is in ${keptAt}`}.`,
    );
  const figures = `${showDuration(tookMs)}${costText(costUsd)}`;
  const next = `"hotpath resume ${id}" goes on, "hotpath undo ${id}" takes it back.`;
  switch (state) {
    case 'committed':
      await tellOutputs(driving, outcome);
      note(`${workflow.name}: done in ${figures}. Take it back with: hotpath undo ${id}`);
      break;
    case 'paused':
      note(
        `${workflow.name}: waits for a yes. Say it with: hotpath resume ${id} ${[...new Set(waiting.map(withoutItems))].map((step) => `--approve ${step}`).join(' ')}`,
      );
      break;
    case 'kept':
      note(`${workflow.name}: ${isStopped ? 'stopped' : 'failed'} after ${figures}. What succeeded is kept: ${next}`);
      break;
    default:
      note(
        `${workflow.name}: ${isStopped ? 'stopped' : 'failed'} after ${figures}. ${conflicts.length > 0 ? 'All else is as it was before.' : 'Everything is as it was before.'}`,
      );
  }
};

/** Runs or resumes to the end, telling of it. Resolves to the exit code: 0 committed, 3 waiting for a yes, 130 or 143 stopped, else 1. */
export const driveRun = async (options: DriveOptions): Promise<number> => {
  const { workflows, workflow, plan, flags, signal, command } = options;
  checkApproved(workflow, flags.approve, command);
  const report = createReport({ plan, isJson: flags.json });
  options.hear(report.warn);
  const isAtomic = (workflow.recovery ?? 'atomic') === 'atomic';
  const stops = watchStops(signal, () =>
    report.warn(
      `stopping what runs${isAtomic ? ', and taking everything back' : '; what has succeeded is kept'}. Again to stop at once.`,
    ),
  );
  stops.stopping.addEventListener('abort', () => {
    report.close();
    if (driving.run !== undefined)
      note(
        `${workflow.name}: stopped at once, in the middle. "hotpath resume ${shortId(driving.run)}" goes on; any other run over the folder puts in order first what it has left.`,
      );
    process.exit(stops.exitCode() ?? 130);
  });
  const driving: Driving = {
    ...options,
    report,
    stops,
    mend: workflows.mendFailures(report.mending),
    questions: new Map(),
  };
  const startedAtMs = performance.now();
  const drive = async (tellFailure: TellFailure): Promise<number> => {
    const outcome = await driveToEnd(driving);
    if (outcome.error !== undefined) tellFailure(outcome.error);
    report.close();
    await report.outcome(outcome);
    if (!flags.json) await tellEnd(driving, outcome, performance.now() - startedAtMs);
    if (outcome.state === 'committed') return 0;
    return stops.exitCode() ?? (outcome.state === 'paused' ? pausedCode : 1);
  };
  try {
    return await recorded(
      { command, configFile: flags.config, isLong: true, tell: report.warn, isJson: flags.json },
      drive,
    );
  } finally {
    report.close();
    stops.dispose();
  }
};
