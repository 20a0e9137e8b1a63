import type { RunRecord, RunState, Workflows } from '@hotpath/runtime/workflows';
import { CliError, usageError } from '../errors.ts';
import { type OpenOptions, withWorkflows } from './open.ts';

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

/** Finds a run by its id, or the beginning of one; the newest of the folder where none is named. Throws `CLI_RUN_MISSING`. */
export const findRun = (workflows: Workflows, { positionals, command, states, none }: FindOptions): RunRecord => {
  const [named] = positionals;
  if (positionals.length > 1) throw usageError('Name one run.', command);
  if (named !== undefined) return findNamed(workflows, named);
  const [run] = workflows.batch.history({ states, limit: 1 });
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
    const run = findRun(workflows, options);
    return run.root === workflows.root ? { result: await work(workflows, hear, run) } : { run };
  });
  if ('result' in found) return found.result;
  return withWorkflows({ ...flags, root: found.run.root }, (workflows, hear) => work(workflows, hear, found.run));
};
