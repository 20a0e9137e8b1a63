import { existsSync } from 'node:fs';
import type { Plan, Workflow, Workflows } from '@hotpath/runtime/workflows';
import { usageError } from '../errors.ts';
import { openOutput } from '../output-file.ts';
import { findRun } from './find-run.ts';
import { fit } from './fit.ts';
import { loadNamed, type OpenFlags, withWorkflows } from './open.ts';
import { readInputs } from './read-inputs.ts';

interface GraphFlags extends OpenFlags {
  readonly format: string | undefined;
  readonly output: string | undefined;
  readonly input: readonly string[];
  readonly inputs: string | undefined;
  readonly json: boolean;
}

const formats = ['text', 'mermaid', 'dot'] as const;
const width = 80;

/** Levels, each of steps that need nothing but those above. */
const graphToText = ({ name, steps, dependencies }: Plan): string => {
  const levels = new Map<string, number>();
  const before = (id: string): readonly string[] => dependencies.filter(({ to }) => to === id).map(({ from }) => from);
  for (const { id } of steps) levels.set(id, Math.max(0, ...before(id).map((from) => (levels.get(from) ?? 0) + 1)));
  const lines = steps.map(({ id, kind, isCritical, items }) => {
    const after = [...new Set(before(id))];
    const many = items === 1 ? '' : ` (x ${items ?? '?'})`;
    const own = `${'  '.repeat((levels.get(id) ?? 0) + 1)}${isCritical ? '* ' : '- '}${id}${many}  ${kind}`;
    return fit(after.length === 0 ? own : `${own}  after ${after.join(', ')}`, width);
  });
  return `${[`${name} (* on the critical path)`, ...lines].join('\n')}\n`;
};

const inFormat = async (format: string, plan: Plan): Promise<string> => {
  const { planToDot, planToMermaid } = await import('@hotpath/runtime/workflows');
  const { name, steps, dependencies } = plan;
  if (format === 'json') return `${JSON.stringify({ name, steps, dependencies })}\n`;
  if (format === 'mermaid') return planToMermaid(plan);
  return format === 'dot' ? planToDot(plan) : graphToText(plan);
};

const workflowOf = async (
  workflows: Workflows,
  positionals: readonly string[],
  flags: GraphFlags,
): Promise<{ readonly workflow: Workflow; readonly inputs: Readonly<Record<string, unknown>> }> => {
  const [named] = positionals;
  // A run is named by its id, which no file is.
  if (named !== undefined && /^[0-9a-f][0-9a-f-]{3,35}$/i.test(named) && !existsSync(named)) {
    const run = await findRun(workflows, { positionals, command: 'graph', states: [], none: 'no run' });
    return { workflow: JSON.parse(run.definition) as Workflow, inputs: JSON.parse(run.inputs) };
  }
  const { workflow } = await loadNamed(positionals, 'graph');
  return { workflow, inputs: await readInputs(flags, workflow, 'graph') };
};

/** Resolves to the exit code. */
export const drawGraph = (positionals: readonly string[], flags: GraphFlags): Promise<number> =>
  withWorkflows({ ...flags, isLooking: true }, async (workflows) => {
    const { format = 'text' } = flags;
    if (!formats.some((each) => each === format))
      throw usageError(`--format must be one of ${formats.join(', ')}, not "${format}".`, 'graph');
    const { workflow, inputs } = await workflowOf(workflows, positionals, flags);
    const plan = await workflows.plan(workflow, { inputs, maxFiles: 0 });
    const output = await openOutput(flags.output);
    await output.write(await inFormat(flags.json ? 'json' : format, plan));
    await output.finish();
    return 0;
  });
