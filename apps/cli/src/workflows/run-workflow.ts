import { writeText } from '../terminal.ts';
import { type DriveFlags, driveRun } from './drive-run.ts';
import { loadNamed, type OpenFlags, withWorkflows } from './open.ts';
import { type InputFlagValues, readInputs } from './read-inputs.ts';
import { missingInputs, refuseUnfit } from './refuse-unfit.ts';
import { type WholeFlags, withFlags } from './whole-flags.ts';

interface RunFlags extends DriveFlags, OpenFlags, InputFlagValues, WholeFlags {
  readonly 'dry-run': boolean;
}

/** Resolves to the exit code. */
export const runWorkflow = async (
  positionals: readonly string[],
  flags: RunFlags,
  signal: AbortSignal,
): Promise<number> => {
  const { workflow: written, file } = await loadNamed(positionals, 'run');
  const workflow = withFlags(written, flags, 'run');
  const inputs = await readInputs(flags, workflow, 'run');
  const { concurrency } = flags;
  return withWorkflows(flags, async (workflows, hear) => {
    const isDryRun = flags['dry-run'];
    const plan = await workflows.plan(workflow, { inputs, concurrency, ...(!isDryRun && { maxFiles: 0 }) });
    if (isDryRun) {
      const { planToText } = await import('@hotpath/runtime/workflows');
      await writeText(flags.json ? `${JSON.stringify(plan)}\n` : planToText(plan));
      return plan.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
    }
    const path = positionals[0] ?? file;
    const missing = missingInputs(workflow, inputs);
    refuseUnfit(plan, path, missing && `hotpath run ${path} ${missing}`);
    return driveRun({
      workflows,
      workflow,
      command: 'run',
      plan,
      flags,
      signal,
      hear,
      start: (options) => workflows.batch.run(workflow, { ...options, inputs, file }),
    });
  });
};
