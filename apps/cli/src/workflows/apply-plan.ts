import { CliError, usageError } from '../errors.ts';
import { oneLine } from '../plain-text.ts';
import { type DriveFlags, driveRun } from './drive-run.ts';
import { loadNamed, type OpenFlags, withWorkflows } from './open.ts';
import { readPlanFile } from './plan-file.ts';
import { type InputFlagValues, readInputs } from './read-inputs.ts';
import { refuseUnfit } from './refuse-unfit.ts';

interface ApplyFlags extends DriveFlags, OpenFlags, InputFlagValues {}

const mostShown = 20;

const outdated = (path: string, changes: readonly string[]): CliError => {
  const lines = changes.slice(0, mostShown).map((change) => `\n  ${oneLine(change)}`);
  const more = changes.length > mostShown ? `\n  and ${changes.length - mostShown} more` : '';
  return new CliError(
    'CLI_PLAN_OUTDATED',
    `nothing was run, since this has changed after ${path} was made:${lines.join('')}${more}\nLook at a new plan, and apply that.`,
  );
};

/** Resolves to the exit code. */
export const applyPlan = async (
  positionals: readonly string[],
  flags: ApplyFlags,
  signal: AbortSignal,
): Promise<number> => {
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw usageError('Name one plan.', 'apply');
  const file = await readPlanFile(path);
  const { workflow } = await loadNamed([file.workflow], 'apply');
  const inputs = { ...file.inputs, ...(await readInputs(flags, workflow, 'apply')) };
  const missing = file.secretInputs.filter((name) => !Object.hasOwn(inputs, name));
  if (missing.length > 0)
    throw usageError(
      `Give again what stands in no plan: ${missing.map((name) => `--input ${name}=…`).join(' ')}`,
      'apply',
    );
  return withWorkflows({ ...flags, root: file.root }, async (workflows, hear) => {
    const concurrency = flags.concurrency ?? file.plan.concurrency;
    // While nobody else can change the folder by a run: what is found here is what the steps find.
    const verify = async (): Promise<void> => {
      const drifts = await workflows.drift(file.plan);
      if (drifts.length > 0)
        throw outdated(
          path,
          drifts.map(
            ({ path: changed, change, steps }) => `${changed} was ${change} (${[...new Set(steps)].join(', ')})`,
          ),
        );
      const plan = await workflows.plan(workflow, { inputs, concurrency });
      if (plan.hash !== file.plan.hash) throw outdated(path, [`${file.workflow}, or its inputs`]);
      refuseUnfit(plan, file.workflow);
    };
    return driveRun({
      workflows,
      workflow,
      command: 'apply',
      plan: file.plan,
      flags: { ...flags, concurrency },
      signal,
      hear,
      start: (options) =>
        workflows.batch.run(workflow, { ...options, inputs, verify, file: file.workflow, planHash: file.plan.hash }),
    });
  });
};
