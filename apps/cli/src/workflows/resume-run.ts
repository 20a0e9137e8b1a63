import type { Workflow } from '@hotpath/runtime/workflows';
import { type DriveFlags, driveRun } from './drive-run.ts';
import { withRun } from './find-run.ts';
import { functionsIn, loadNamed, type OpenFlags } from './open.ts';

/** Resolves to the exit code. */
export const resumeRun = async (
  positionals: readonly string[],
  flags: DriveFlags & OpenFlags & { readonly functions: string | undefined },
  signal: AbortSignal,
): Promise<number> => {
  const options = {
    positionals,
    command: 'resume',
    states: ['paused', 'kept', 'running'],
    none: 'no run that was stopped',
  } as const;
  const functions =
    flags.functions === undefined ? undefined : functionsIn((await loadNamed([flags.functions], 'resume')).workflow);
  return withRun({ ...flags, functions }, options, async (workflows, hear, { id, definition, inputs }) => {
    const workflow = JSON.parse(definition) as Workflow;
    // Order and critical path alone: what is to be found in it was found before the run.
    const plan = await workflows.plan(workflow, { inputs: JSON.parse(inputs), maxFiles: 0 }).catch(() => undefined);
    return driveRun({
      workflows,
      workflow,
      plan,
      flags,
      signal,
      hear,
      start: (own) => workflows.batch.resume(id, own),
    });
  });
};
