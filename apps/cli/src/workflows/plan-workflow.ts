import { resolve } from 'node:path';
import type { Plan } from '@hotpath/runtime/workflows';
import { usageError } from '../errors.ts';
import { openOutput } from '../output-file.ts';
import { note, writeOut } from '../terminal.ts';
import { loadNamed, type OpenFlags, withWorkflows } from './open.ts';
import { type PlanFile, planFileOf } from './plan-file.ts';
import { readInputs } from './read-inputs.ts';
import { missingInputs } from './refuse-unfit.ts';

interface PlanFlags extends OpenFlags {
  readonly input: readonly string[];
  readonly inputs: string | undefined;
  readonly format: string | undefined;
  readonly output: string | undefined;
  readonly fix: boolean;
  readonly yes: boolean;
  readonly concurrency: number | undefined;
  readonly json: boolean;
}

const formats = ['text', 'json', 'mermaid', 'dot'] as const;

const inFormat = async (format: string, plan: Plan, file: PlanFile): Promise<string> => {
  const { planToDot, planToMermaid, planToText } = await import('@hotpath/runtime/workflows');
  if (format === 'json') return `${JSON.stringify(file, null, 2)}\n`;
  if (format === 'mermaid') return planToMermaid(plan);
  return format === 'dot' ? planToDot(plan) : planToText(plan);
};

/** Resolves to the exit code. */
export const planWorkflow = (positionals: readonly string[], flags: PlanFlags, signal: AbortSignal): Promise<number> =>
  withWorkflows({ ...flags, isLooking: true }, async (workflows) => {
    const format = flags.json ? 'json' : (flags.format ?? 'text');
    if (!formats.some((each) => each === format))
      throw usageError(`--format must be one of ${formats.join(', ')}, not "${format}".`, 'plan');
    const [path] = positionals;
    if (flags.fix && path !== undefined && positionals.length === 1)
      await (await import('./fix-workflow.ts')).fixWorkflow(workflows, path, flags, signal);
    const { workflow, file } = await loadNamed(positionals, 'plan');
    const inputs = await readInputs(flags, workflow, 'plan');
    const plan = await workflows.plan(workflow, { inputs, concurrency: flags.concurrency });
    const planFile = planFileOf(file, workflows.root, inputs, plan);
    if (flags.output !== undefined) {
      const output = await openOutput(flags.output);
      await output.write(await inFormat('json', plan, planFile));
      await output.finish();
    }
    await writeOut(await inFormat(format, plan, planFile));
    const errors = plan.findings.filter(({ severity }) => severity === 'error').length;
    if (errors > 0) {
      const missing = missingInputs(workflow, inputs);
      const isFixable = !flags.fix && plan.findings.some(({ fix }) => fix?.isSafe === true);
      if (missing !== '') note(`Give what is missing: hotpath plan ${path} ${missing}`);
      note(
        `It would fail: ${errors} ${errors === 1 ? 'error' : 'errors'}.${isFixable ? ' --fix mends what can be mended safely.' : ''}`,
      );
      return 1;
    }
    if (flags.output !== undefined) {
      const again = planFile.secretInputs.map((name) => ` --input ${name}=…`).join('');
      note(`Written to ${resolve(flags.output)}. Carry it out with: hotpath apply ${flags.output}${again}`);
    }
    return 0;
  });
