import type { GoOutput, RunHistory, RunRecord, Workflows } from '@hotpath/runtime/workflows';
import { usageError } from '../errors.ts';
import { roundUsd, showCount, showDuration, showTime, showUsd } from '../figures.ts';
import { note, styledOut, writeOut } from '../terminal.ts';
import { columnsOf } from '../wrap.ts';
import { drawTree } from './draw-tree.ts';
import { findRun } from './find-run.ts';
import { fit, padded } from './fit.ts';
import { type OpenFlags, withWorkflows } from './open.ts';
import { viewOfHistory } from './run-view.ts';
import { shownInputs } from './secret-inputs.ts';

interface HistoryFlags extends OpenFlags {
  readonly all: boolean;
  readonly limit: number | undefined;
  readonly prune: string | undefined;
  readonly json: boolean;
}

const tookMs = ({ createdAtMs, endedAtMs }: RunRecord): number | undefined =>
  endedAtMs === undefined ? undefined : endedAtMs - createdAtMs;

const plainRun = (run: RunRecord): object => {
  const { id, name, state, root, inputs, createdAtMs, endedAtMs, resultHash, planHash, error, costUsd } = run;
  return {
    id,
    name,
    state,
    root,
    inputs: shownInputs(JSON.parse(inputs)),
    createdAtMs: Math.round(createdAtMs),
    ...(endedAtMs !== undefined && { endedAtMs: Math.round(endedAtMs) }),
    ...(resultHash !== undefined && { resultHash }),
    ...(planHash !== undefined && { planHash }),
    ...(error !== undefined && { error }),
    ...(costUsd !== undefined && { costUsd: roundUsd(costUsd) }),
  };
};

const widths = { id: 8, state: 9, began: 20, took: 8, cost: 9 } as const;

const listRuns = async (runs: readonly RunRecord[], isAll: boolean): Promise<void> => {
  const columns = columnsOf(process.stdout);
  const nameWidth = columns - Object.values(widths).reduce((sum, width) => sum + width + 2, 0);
  const line = (id: string, name: string, state: string, began: string, took: string, cost: string): string =>
    [
      padded(id, widths.id),
      padded(name, nameWidth),
      padded(state, widths.state),
      padded(began, widths.began),
      took.padStart(widths.took),
      cost.padStart(widths.cost),
    ]
      .join('  ')
      .trimEnd();
  const rows = runs.map((run) => {
    const took = tookMs(run);
    const name = isAll ? `${run.name} in ${run.root}` : run.name;
    return line(
      run.id.slice(0, widths.id),
      name,
      run.state,
      showTime(run.createdAtMs),
      took === undefined ? '' : showDuration(took),
      run.costUsd === undefined || run.costUsd === 0 ? '' : showUsd(run.costUsd),
    );
  });
  const heading = styledOut('bold', line('run', 'workflow', 'state', 'began', 'took', 'cost'));
  await writeOut(`${[heading, ...rows].join('\n')}\n`);
};

const toldRows = ({ items, succeeded, failed, left }: GoOutput): string =>
  [
    `${showCount(items)}: ${showCount(succeeded)} answered`,
    ...(failed > 0 ? [`${showCount(failed)} failed`] : []),
    ...(left > 0 ? [`${showCount(left)} left`] : []),
  ].join(' · ');

const showRun = async ({ run, attempts }: RunHistory): Promise<void> => {
  const { itemRunOf, lastGoOf } = await import('@hotpath/runtime/workflows');
  const items = itemRunOf(run);
  const go = lastGoOf({ run, attempts });
  const columns = columnsOf(process.stdout);
  const took = tookMs(run);
  const inputs = Object.entries(shownInputs(JSON.parse(run.inputs))).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const facts: readonly (readonly [string, string])[] = [
    ['run', run.id],
    [items === undefined ? 'workflow' : 'job', run.name],
    ['folder', run.root],
    ['state', run.state],
    ['began', showTime(run.createdAtMs)],
    ...(took === undefined ? [] : [['took', showDuration(took)] as const]),
    ...(run.costUsd ? [['cost', showUsd(run.costUsd)] as const] : []),
    ...(inputs.length > 0 ? [['inputs', inputs.join(' ')] as const] : []),
    ...(run.planHash === undefined ? [] : [['plan', run.planHash.slice(0, 12)] as const]),
    ...(go === undefined ? [] : [['rows', toldRows(go)] as const]),
    ...(run.error === undefined ? [] : [['error', run.error] as const]),
    ...(items?.again === undefined ? [] : [['again', items.again] as const]),
  ];
  const head = facts.map(([name, value]) => `${name.padEnd(10)}${fit(value, columns - 10)}\n`).join('');
  const { steps } = viewOfHistory({ attempts });
  const tree = drawTree(
    { steps },
    { columns, rows: Number.POSITIVE_INFINITY, nowMs: run.endedAtMs ?? Date.now(), paint: styledOut },
  );
  await writeOut(`${head}\n${tree.join('\n')}\n`);
};

const prune = async (workflows: Workflows, given: string, isJson: boolean): Promise<number> => {
  const { parseDuration } = await import('@hotpath/runtime');
  const maxAgeMs = Number.isFinite(Number(given)) ? undefined : parseDuration(given);
  if (maxAgeMs === undefined)
    throw usageError(`--prune must be a duration such as 30d or 12h, not "${given}".`, 'history');
  const removed = await workflows.prune({ maxAgeMs });
  await writeOut(
    isJson
      ? `${JSON.stringify({ removed })}\n`
      : `Removed ${removed.length} ${removed.length === 1 ? 'run' : 'runs'}.\n`,
  );
  return 0;
};

/** Resolves to the exit code. */
export const showHistory = (positionals: readonly string[], flags: HistoryFlags): Promise<number> =>
  withWorkflows(flags, async (workflows) => {
    const { all, limit = 20, json } = flags;
    if (flags.prune !== undefined) return prune(workflows, flags.prune, json);
    if (positionals.length > 0) {
      const found = await findRun(workflows, { positionals, command: 'history', states: [], none: 'no run' });
      const known = workflows.batch.load(found.id) as RunHistory;
      if (!json) await showRun(known);
      else await writeOut(`${JSON.stringify({ ...plainRun(known.run), attempts: known.attempts })}\n`);
      return 0;
    }
    const runs = all ? workflows.allRuns(limit) : workflows.batch.history({ limit });
    if (json) await writeOut(`${JSON.stringify({ runs: runs.map(plainRun) })}\n`);
    else if (runs.length > 0) await listRuns(runs, all);
    else note(all ? 'There are no runs yet.' : `There are no runs in ${workflows.root} yet.`);
    return 0;
  });
