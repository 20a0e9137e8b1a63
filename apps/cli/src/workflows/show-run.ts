import type {
  AttemptRecord,
  GoOutput,
  ItemRunDefinition,
  RunChanges,
  RunHistory,
  RunRecord,
  Workflow,
} from '@hotpath/runtime/workflows';
import { roundMs, roundUsd, showCount, showDuration, showTime, showUsd } from '../figures.ts';
import { oneLine } from '../plain-text.ts';
import { styledOut } from '../terminal.ts';
import { columnsOf, wrapValues } from '../wrap.ts';
import { drawTree } from './draw-tree.ts';
import { viewOfHistory, withoutItems } from './run-view.ts';
import { shownInputs } from './secret-inputs.ts';

/** The command that goes on with a run whose process ended in the middle. */
export const howToGoOn = ({ id, state }: RunRecord): string =>
  `hotpath ${state === 'undoing' ? 'undo' : 'resume'} ${id.slice(0, 8)}`;

/** What a run took itself, whatever was done about it later. */
export const tookMs = ({ createdAtMs, endedAtMs }: RunRecord): number | undefined =>
  endedAtMs === undefined ? undefined : endedAtMs - createdAtMs;

/** As it is shown: of a run that nobody runs any more, that it is so. */
export type ShownState = RunRecord['state'] | 'interrupted';

export const plainRun = (run: RunRecord, state: ShownState): object => {
  const { id, name, root, file, inputs, createdAtMs, endedAtMs, undoneAtMs } = run;
  const { resultHash, planHash, error, costUsd } = run;
  const took = tookMs(run);
  return {
    id,
    name,
    state,
    root,
    ...(file !== undefined && { file }),
    inputs: shownInputs(JSON.parse(inputs)),
    createdAtMs: Math.round(createdAtMs),
    ...(endedAtMs !== undefined && { endedAtMs: Math.round(endedAtMs) }),
    ...(took !== undefined && { durationMs: roundMs(took) }),
    ...(undoneAtMs !== undefined && { undoneAtMs: Math.round(undoneAtMs) }),
    ...(resultHash !== undefined && { resultHash }),
    ...(planHash !== undefined && { planHash }),
    ...(error !== undefined && { error }),
    ...(costUsd !== undefined && { costUsd: roundUsd(costUsd) }),
  };
};

/** What a step was expanded over; what a workflow in its place was given has names. */
const shownList = (list: string): string => {
  const value = JSON.parse(list) as unknown;
  return Array.isArray(value) ? list : JSON.stringify(shownInputs(value as Readonly<Record<string, unknown>>));
};

const plainAttempt = ({ output, list, startedAtMs, endedAtMs, costUsd, ...attempt }: AttemptRecord): object => ({
  ...attempt,
  startedAtMs: Math.round(startedAtMs),
  ...(endedAtMs !== undefined && {
    endedAtMs: Math.round(endedAtMs),
    durationMs: roundMs(endedAtMs - startedAtMs),
  }),
  ...(costUsd !== undefined && { costUsd: roundUsd(costUsd) }),
  ...(list !== undefined && { list: shownList(list) }),
  ...(output !== undefined && { output: JSON.parse(output) as unknown }),
});

/** Steps that wait for a yes. */
const waitingIn = ({ run, attempts }: RunHistory): readonly AttemptRecord[] =>
  run.state === 'paused' ? attempts.filter(({ end, question }) => end === undefined && question !== undefined) : [];

/** Steps of which the last attempt failed, and why; those that others are within have no reason of their own. */
const failedIn = ({ attempts }: RunHistory): readonly { readonly step: string; readonly error: string }[] => {
  const last = new Map(attempts.map((attempt) => [attempt.step, attempt]));
  const failed = [...last.values()].flatMap(({ step, end, error = 'it did not say why' }) =>
    end === 'failed' ? [{ step, error }] : [],
  );
  const isOwn = ({ step, error }: { readonly step: string; readonly error: string }): boolean =>
    // Those that were stopped have the reason of the one that they were stopped for.
    error.includes(`"${step}"`) || !failed.some((other) => other.error === error && error.includes(`"${other.step}"`));
  return failed.filter(
    (each) => isOwn(each) && !failed.some(({ step }) => step !== each.step && isWithin(step, each.step)),
  );
};
const isWithin = (step: string, outer: string): boolean => step.startsWith(`${outer}[`) || step.startsWith(`${outer}/`);

/** One run, all that is known of it, as a line of JSON. */
export const runLine = (history: RunHistory, changes: RunChanges, state: ShownState): string =>
  `${JSON.stringify({ ...plainRun(history.run, state), attempts: history.attempts.map(plainAttempt), changes })}\n`;

const mostShown = 50;
const verbs = {
  standing: { made: 'made', changed: 'changed', removed: 'removed' },
  undone: { made: 'removed', changed: 'restored', removed: 'brought back' },
} as const;

const changesText = ({ paths, compensations }: RunChanges, isTakenBack: boolean): string => {
  const words = verbs[isTakenBack ? 'undone' : 'standing'];
  const from = (steps: readonly string[]): string => (steps.length === 0 ? '' : `  (${steps.join(', ')})`);
  const all = [
    ...paths.map(({ path, change, steps }) => `  ${words[change].padEnd(12)}  ${oneLine(path)}${from(steps)}\n`),
    ...(isTakenBack ? compensations : []).map(
      ({ step, line }) => `  ${'ran'.padEnd(12)}  ${oneLine(line)}${from([step])}\n`,
    ),
  ];
  if (all.length === 0) return '';
  const more = all.length > mostShown ? `  and ${all.length - mostShown} more\n` : '';
  return `\n${isTakenBack ? 'Taken back' : 'Changes'}\n${all.slice(0, mostShown).join('')}${more}`;
};

/** What there is to say of a run that does one thing for each row of a file. */
export interface Job {
  readonly run: ItemRunDefinition;
  /** How its last go has ended, if it has. */
  readonly go: GoOutput | undefined;
}

const rowsText = ({ items, succeeded, failed, left }: GoOutput): string =>
  [
    `${showCount(items)}: ${showCount(succeeded)} answered`,
    ...(failed > 0 ? [`${showCount(failed)} failed`] : []),
    ...(left > 0 ? [`${showCount(left)} left`] : []),
  ].join(' · ');

/** One run for a person, with its steps, why it failed or waits, and what it has changed. */
export const runText = (history: RunHistory, changes: RunChanges, job: Job | undefined, state: ShownState): string => {
  const { run, attempts } = history;
  const columns = columnsOf(process.stdout);
  const took = tookMs(run);
  const inputs = Object.entries(shownInputs(JSON.parse(run.inputs))).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const waiting = waitingIn(history);
  const yes = [...new Set(waiting.map(({ step }) => `--approve ${withoutItems(step)}`))].join(' ');
  const facts: readonly (readonly [string, string])[] = [
    ['run', run.id],
    [job === undefined ? 'workflow' : 'job', run.file === undefined ? run.name : `${run.name}, ${run.file}`],
    ['folder', run.root],
    ['state', state],
    ['began', showTime(run.createdAtMs)],
    ...(took === undefined ? [] : [['took', showDuration(took)] as const]),
    ...(run.undoneAtMs === undefined ? [] : [['undone', showTime(run.undoneAtMs)] as const]),
    ...(run.costUsd ? [['cost', showUsd(run.costUsd)] as const] : []),
    ...(inputs.length > 0 ? [['inputs', inputs.join(' ')] as const] : []),
    ...(run.planHash === undefined ? [] : [['plan', run.planHash.slice(0, 12)] as const]),
    ...(job?.go === undefined ? [] : [['rows', rowsText(job.go)] as const]),
    ...failedIn(history).map(({ step, error }) => ['failed', `${step}: ${error}`] as const),
    ...(run.error === undefined || failedIn(history).some(({ error }) => error === run.error)
      ? []
      : [['error', run.error] as const]),
    ...(job?.run.again === undefined ? [] : [['again', job.run.again] as const]),
    ...waiting.map(({ step, question }) => ['waits', `${step}: ${question}`] as const),
    ...(waiting.length === 0 ? [] : [['next', `hotpath resume ${run.id.slice(0, 8)} ${yes}`] as const]),
    ...(state === 'interrupted' && job === undefined ? [['next', howToGoOn(run)] as const] : []),
  ];
  const { steps: planned = [] } = JSON.parse(run.definition) as Partial<Workflow>;
  const { steps } = viewOfHistory({ attempts }, planned, state === 'interrupted');
  const tree = drawTree(
    { steps },
    { columns, rows: Number.POSITIVE_INFINITY, nowMs: run.endedAtMs ?? Date.now(), paint: styledOut },
  );
  return `${wrapValues(facts, columns)}\n${tree.join('\n')}\n${changesText(changes, run.state === 'undone')}`;
};
