import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LoadedWorkflow, StepFunction, Workflow, Workflows } from '@hotpath/runtime/workflows';
import { CliError, usageError } from '../errors.ts';
import { howToSetUp } from '../simulated.ts';
import { warn } from '../terminal.ts';

/** What an answer costs is worth no longer wait. */
const pricesTimeoutMs = 1_000;

export interface OpenFlags {
  readonly root?: string | undefined;
  readonly config?: string | undefined;
}

export interface OpenOptions extends OpenFlags {
  /** Functions that steps call by name. */
  readonly functions?: Readonly<Record<string, StepFunction>> | undefined;
  /** Nothing is run: it goes on, with a warning, where what is known of runs cannot be written. @default false */
  readonly isLooking?: boolean | undefined;
}

const noFolder = (path: string): CliError =>
  new CliError('CLI_FILE_UNUSABLE', `${path} is no folder. Name another with --root.`);

/**
 * Opens the engine over a folder, and closes it at the end. Models are only looked for when the first agent is asked; `hear` has what is
 * to be warned of then told elsewhere than on standard error.
 */
export const withWorkflows = async <Result>(
  { root = '.', config, functions, isLooking = false }: OpenOptions,
  work: (workflows: Workflows, hear: (listener: (warning: string) => void) => void) => Promise<Result>,
): Promise<Result> => {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) throw noFolder(resolve(root));
  const { openWorkflows } = await import('@hotpath/runtime/workflows');
  let tell = warn;
  const workflows = openWorkflows({
    root,
    functions,
    ...(isLooking && { onUnwritable: warn }),
    hotpath: async () => {
      const { createHotpath } = await import('@hotpath/runtime');
      const hotpath = await createHotpath(undefined, { configFile: config, warmCache: false, pricesTimeoutMs });
      if (hotpath.simulated) tell(`what agents answer is simulated, because no provider is set up. ${howToSetUp}`);
      return hotpath;
    },
  });
  try {
    return await work(workflows, (listener) => {
      tell = listener;
    });
  } finally {
    await workflows.close();
  }
};

/** The workflow that a command names, read with all it runs. */
export const loadNamed = async (positionals: readonly string[], command: string): Promise<LoadedWorkflow> => {
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw usageError('Name one workflow file.', command);
  const { loadWorkflow } = await import('@hotpath/runtime/workflows');
  return loadWorkflow(path);
};

/** Functions that stand in a workflow itself, by their names: the journal has no more of them. */
export const functionsIn = ({ steps }: Workflow): Readonly<Record<string, StepFunction>> =>
  Object.fromEntries(
    steps.flatMap((step): [string, StepFunction][] => {
      if ('call' in step && typeof step.call === 'function') return [[step.call.name || 'anonymous', step.call]];
      if (!('workflow' in step) || typeof step.workflow === 'string') return [];
      return Object.entries(functionsIn(step.workflow));
    }),
  );
