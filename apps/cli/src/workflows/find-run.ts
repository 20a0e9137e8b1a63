import type { RunRecord, RunState, Workflows } from '@hotpath/runtime/workflows';
import { CliError, usageError } from '../errors.ts';
import { type OpenOptions, withWorkflows } from './open.ts';

/** What only runs of workflows have. */
const ofSteps = { resume: 'resume', undo: 'undo', graph: 'graph' } as const;

const missing = (message: string): CliError => new CliError('CLI_RUN_MISSING', message);

/** The run whose id begins with what was named, in whatever folder. */
const findNamed = (workflows: Workflows, named: string): RunRecord => {
  const found = workflows.allRuns().filter(({ id }) => id.startsWith(named.toLowerCase()));
  const [run] = found;
  if (run === undefined) throw missing(`there is no run "${named}". "hotpath history" lists those there are.`);
  if (found.length > 1)
    throw missing(
      `${found.length} runs begin with "${named}": ${found
        .slice(0, 5)
        .map(({ id }) => id.slice(0, 13))
        .join(', ')}. Name more of it.`,
    );
  return run;
};

export interface FindOptions {
  readonly positionals: readonly string[];
  readonly command: string;
  /** States of the run that is meant where none is named: the newest of them over the folder. */
  readonly states: readonly RunState[];
  /** What there is none of, as "no run that was stopped". */
  readonly none: string;
}

/**
 * Finds a run by its id, or the beginning of one; the newest of a workflow over the folder where none is named. Throws
 * `CLI_RUN_MISSING`, and `BATCH_RUN_KIND` for one of `hotpath batch` where the command is for workflows alone.
 */
export const findRun = async (
  workflows: Workflows,
  { positionals, command, states, none }: FindOptions,
): Promise<RunRecord> => {
  const { itemRunOf, refuseItemRun } = await import('@hotpath/runtime/workflows');
  const [named] = positionals;
  if (positionals.length > 1) throw usageError('Name one run.', command);
  if (named !== undefined) {
    const found = findNamed(workflows, named);
    if (Object.hasOwn(ofSteps, command)) refuseItemRun(found, command as keyof typeof ofSteps);
    return found;
  }
  const run = workflows.batch.history({ states }).find((one) => itemRunOf(one) === undefined);
  if (run === undefined)
    throw missing(`there is ${none} in ${workflows.root}. "hotpath history --all" lists the runs of all folders.`);
  return run;
};

/** Opens the engine over the folder of a run, whichever that is. */
export const withRun = async <Result>(
  flags: OpenOptions,
  options: FindOptions,
  work: (...given: [...Parameters<Parameters<typeof withWorkflows<Result>>[1]>, RunRecord]) => Promise<Result>,
): Promise<Result> => {
  const found = await withWorkflows(flags, async (workflows, hear) => {
    const run = await findRun(workflows, options);
    return run.root === workflows.root ? { result: await work(workflows, hear, run) } : { run };
  });
  if ('result' in found) return found.result;
  return withWorkflows({ ...flags, root: found.run.root }, (workflows, hear) => work(workflows, hear, found.run));
};
