import type { RunHistory, RunRecord, Workflows } from '@hotpath/runtime/workflows';
import { usageError } from '../errors.ts';
import { showDuration, showTime, showUsd } from '../figures.ts';
import { note, styledOut, writeOut } from '../terminal.ts';
import { columnsOf } from '../wrap.ts';
import { findRun } from './find-run.ts';
import { padded } from './fit.ts';
import { type OpenFlags, withWorkflows } from './open.ts';
import { howToGoOn, type Job, plainRun, runLine, runText, type ShownState, tookMs } from './show-run.ts';

interface HistoryFlags extends OpenFlags {
  readonly all: boolean;
  readonly limit: number | undefined;
  readonly prune: string | undefined;
  readonly json: boolean;
}

const usualWidths = { id: 8, state: 9, began: 20, took: 8, cost: 9 } as const;

type StateOf = (run: RunRecord) => ShownState;

const listRuns = async (runs: readonly RunRecord[], isAll: boolean, stateOf: StateOf): Promise<void> => {
  const columns = columnsOf(process.stdout);
  // The longest state is a rare one: names have the room as long as it is not there.
  const widths = { ...usualWidths, state: Math.max(usualWidths.state, ...runs.map((run) => stateOf(run).length)) };
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
      stateOf(run),
      showTime(run.createdAtMs),
      took === undefined ? '' : showDuration(took),
      run.costUsd === undefined || run.costUsd === 0 ? '' : showUsd(run.costUsd),
    );
  });
  const heading = styledOut('bold', line('run', 'workflow', 'state', 'began', 'took', 'cost'));
  await writeOut(`${[heading, ...rows].join('\n')}\n`);
};

const stateAmong = (workflows: Workflows, runs: readonly RunRecord[]): StateOf => {
  const interrupted = workflows.interrupted(runs);
  return ({ id, state }) => (interrupted.has(id) ? 'interrupted' : state);
};

/** Of a run of rows, what it does. */
const jobOf = async (history: RunHistory): Promise<Job | undefined> => {
  const { itemRunOf, lastGoOf } = await import('@hotpath/runtime/workflows');
  const run = itemRunOf(history.run);
  return run && { run, go: lastGoOf(history) };
};

const interruptedText = async (run: RunRecord): Promise<string> => {
  const { itemRunOf } = await import('@hotpath/runtime/workflows');
  const items = itemRunOf(run);
  const goesOn =
    items === undefined
      ? `"${howToGoOn(run)}" goes on, and any other run over the folder puts in order first what it has left`
      : `${items.again === undefined ? 'what has begun it' : `"${items.again}" with the same options`} goes on`;
  return `${run.id.slice(0, usualWidths.id)} was interrupted: its process has ended in the middle. ${goesOn[0]?.toUpperCase()}${goesOn.slice(1)}.`;
};

const prune = async (workflows: Workflows, given: string, isJson: boolean): Promise<number> => {
  const { parseDuration } = await import('@hotpath/runtime');
  const maxAgeMs = Number.isFinite(Number(given)) ? undefined : parseDuration(given);
  if (maxAgeMs === undefined)
    throw usageError(`--prune must be a duration such as 30d or 12h, not "${given}".`, 'history');
  const { removed, busy } = await workflows.prune({ maxAgeMs });
  await writeOut(
    isJson
      ? `${JSON.stringify({ removed, busy })}\n`
      : `Removed ${removed.length} ${removed.length === 1 ? 'run' : 'runs'}.\n`,
  );
  for (const root of busy) note(`The runs of ${root} were kept, since another run is changing it.`);
  return 0;
};

/** Resolves to the exit code. */
export const showHistory = (positionals: readonly string[], flags: HistoryFlags): Promise<number> =>
  withWorkflows({ ...flags, isLooking: flags.prune === undefined }, async (workflows) => {
    const { all, limit = 20, json } = flags;
    if (flags.prune !== undefined) return prune(workflows, flags.prune, json);
    if (positionals.length > 0) {
      const found = await findRun(workflows, { positionals, command: 'history', states: [], none: 'no run' });
      const known = workflows.batch.load(found.id) as RunHistory;
      const changes = workflows.changes(found.id);
      const state = stateAmong(workflows, [known.run])(known.run);
      await writeOut(json ? runLine(known, changes, state) : runText(known, changes, await jobOf(known), state));
      return 0;
    }
    const runs = all ? workflows.allRuns({ limit }) : workflows.batch.history({ limit });
    const stateOf = stateAmong(workflows, runs);
    if (json) await writeOut(`${JSON.stringify({ runs: runs.map((run) => plainRun(run, stateOf(run))) })}\n`);
    else if (runs.length > 0) {
      await listRuns(runs, all, stateOf);
      const interrupted = runs.find((run) => stateOf(run) === 'interrupted');
      if (interrupted !== undefined) note(await interruptedText(interrupted));
    } else note(all ? 'There are no runs yet.' : `There are no runs in ${workflows.root} yet.`);
    return 0;
  });
