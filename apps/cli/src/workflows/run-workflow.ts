import type { Finding, Plan, Workflow } from '@hotpath/runtime/workflows';
import { CliError, usageError } from '../errors.ts';
import { warn, writeText } from '../terminal.ts';
import { type DriveFlags, driveRun } from './drive-run.ts';
import { loadNamed, withWorkflows } from './open.ts';
import { readInputs } from './read-inputs.ts';

export interface RunFlags extends DriveFlags {
  readonly input: readonly string[];
  readonly inputs: string | undefined;
  readonly root: string | undefined;
  readonly config: string | undefined;
  readonly recovery: string | undefined;
  readonly 'max-cost': number | undefined;
  readonly 'dry-run': boolean;
}

const recoveries = ['atomic', 'keep-successful', 'ask'] as const;

const recoveryOf = (given: string | undefined, command: string): Workflow['recovery'] => {
  const found = recoveries.find((each) => each === given);
  if (given !== undefined && found === undefined)
    throw usageError(`--recovery must be one of ${recoveries.join(', ')}, not "${given}".`, command);
  return found;
};

/** A workflow with what the command line says of the whole of it. */
const withFlags = (workflow: Workflow, flags: Pick<RunFlags, 'recovery' | 'max-cost'>): Workflow => {
  const recovery = recoveryOf(flags.recovery, 'run');
  const { 'max-cost': maxCostUsd } = flags;
  return {
    ...workflow,
    ...(recovery !== undefined && { recovery }),
    ...(maxCostUsd !== undefined && { maxCostUsd }),
  };
};

/** Warnings are told; throws `CLI_WORKFLOW_UNFIT` with all errors at once. */
export const refuseUnfit = (plan: Pick<Plan, 'findings'>, path: string): void => {
  const place = ({ step, field, message }: Finding): string =>
    `${[field, step === undefined ? '' : `(step "${step}")`].filter(Boolean).join(' ')}${field || step ? ': ' : ''}${message}`;
  for (const finding of plan.findings) if (finding.severity === 'warning') warn(place(finding));
  const errors = plan.findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const lines = errors.map((finding) => `\n  ${place(finding)}`).join('');
  const isFixable = errors.some(({ fix }) => fix !== undefined);
  throw new CliError(
    'CLI_WORKFLOW_UNFIT',
    `${path} would fail, and nothing was run:${lines}${isFixable ? `\n"hotpath plan ${path} --fix" mends what can be mended safely.` : ''}`,
  );
};

/** Resolves to the exit code. */
export const runWorkflow = async (
  positionals: readonly string[],
  flags: RunFlags,
  signal: AbortSignal,
): Promise<number> => {
  const { workflow: written, file } = await loadNamed(positionals, 'run');
  const workflow = withFlags(written, flags);
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
    refuseUnfit(plan, positionals[0] ?? file);
    return driveRun({
      workflows,
      workflow,
      plan,
      flags,
      signal,
      hear,
      start: (options) => workflows.batch.run(workflow, { ...options, inputs }),
    });
  });
};
