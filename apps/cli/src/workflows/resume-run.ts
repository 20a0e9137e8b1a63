import { relative } from 'node:path';
import type { LoadedWorkflow, RunRecord, Workflow, WorkflowChange, Workflows } from '@hotpath/runtime/workflows';
import { usageError } from '../errors.ts';
import { warn, writeOut } from '../terminal.ts';
import { type DriveFlags, driveRun } from './drive-run.ts';
import { withRun } from './find-run.ts';
import { functionsIn, loadNamed, type OpenFlags } from './open.ts';
import { refuseUnfit } from './refuse-unfit.ts';
import { type WholeFlags, withFlags } from './whole-flags.ts';

interface ResumeFlags extends DriveFlags, OpenFlags, WholeFlags {
  readonly workflow: string | undefined;
  readonly functions: string | undefined;
}

const words = {
  changed: 'has changed',
  new: 'is new',
  gone: 'is gone',
  after: 'comes after what has changed',
} as const;
const told = (steps: WorkflowChange['steps']): string => {
  const shown = steps.slice(0, 10).map(({ step, why }) => `"${step}" ${words[why]}`);
  return `${shown.join(', ')}${steps.length > shown.length ? ` and ${steps.length - shown.length} more` : ''}`;
};

/** As short as it can be typed here. */
const shownPath = (file: string): string => {
  const path = relative('.', file);
  return path === '' || path.startsWith('..') ? file : path;
};

/** Says that the file is not what the run goes by, which nobody would see otherwise. */
const tellChange = async (workflows: Workflows, { id }: RunRecord, isJson: boolean): Promise<void> => {
  const change = await workflows.changeSince(id);
  if (change === undefined) return;
  const { file, steps, finished } = change;
  if (isJson) await writeOut(`${JSON.stringify({ type: 'workflow-changed', run: id, file, steps, finished })}\n`);
  const path = shownPath(file);
  const own = steps.filter(({ why }) => why !== 'after');
  const what = own.length > 0 ? told(own) : 'not what its steps do';
  const next =
    finished.length === 0
      ? `"hotpath resume ${id.slice(0, 8)} --workflow ${path}" goes on by the file as it is now.`
      : `By the file as it is now it cannot: of what it has finished, ${told(finished)}. To have that, undo it and run the file anew.`;
  warn(`${path} has changed since this run began (${what}). The run goes on as it was then. ${next}`);
};

/** As the new definition says it, and what it does not say of the whole run as it was. */
const withBefore = (now: Workflow, { recovery, maxCostUsd }: Workflow): Workflow => ({
  ...now,
  recovery: now.recovery ?? recovery,
  maxCostUsd: now.maxCostUsd ?? maxCostUsd,
});

/** What would go wrong, but for steps that are done. */
const checkRest = async (
  workflows: Workflows,
  run: RunRecord,
  { workflow, file }: Pick<LoadedWorkflow, 'workflow' | 'file'>,
): Promise<void> => {
  const { attempts = [] } = workflows.batch.load(run.id) ?? {};
  const done = new Set(attempts.flatMap(({ step, end }) => (end === 'succeeded' ? [step] : [])));
  const inputs = JSON.parse(run.inputs) as Readonly<Record<string, unknown>>;
  const { findings } = await workflows.plan(workflow, { inputs, maxFiles: 0 });
  refuseUnfit({ findings: findings.filter(({ step = '' }) => !done.has(step)) }, shownPath(file));
};

/** Resolves to the exit code. */
export const resumeRun = async (
  positionals: readonly string[],
  flags: ResumeFlags,
  signal: AbortSignal,
): Promise<number> => {
  const { workflow: named, functions: module } = flags;
  if (named !== undefined && module !== undefined)
    throw usageError('Name --workflow or --functions, not both: a module has its functions with it.', 'resume');
  const path = named ?? module;
  const loaded = path === undefined ? undefined : await loadNamed([path], 'resume');
  const options = {
    positionals,
    command: 'resume',
    states: ['paused', 'kept', 'running'],
    none: 'no run that was stopped',
    /** Functions stand in no journal: they are those of the module, which is the one that the run began with where none is named. */
    functionsOf: async ({ file, definition }: RunRecord) => {
      const isCalling = definition.includes('"call":');
      const source = loaded ?? (isCalling && file !== undefined ? await loadNamed([file], 'resume') : undefined);
      return source === undefined ? undefined : functionsIn(source.workflow);
    },
  } as const;
  return withRun({ root: flags.root, config: flags.config }, options, async (workflows, hear, run) => {
    const before = JSON.parse(run.definition) as Workflow;
    const file = named === undefined ? undefined : loaded?.file;
    const workflow = withFlags(
      named === undefined || loaded === undefined ? before : withBefore(loaded.workflow, before),
      flags,
      'resume',
    );
    if (file === undefined) await tellChange(workflows, run, flags.json);
    else await checkRest(workflows, run, { workflow, file });
    // Order and critical path alone: what is to be found in it was found before the run.
    const inputs = JSON.parse(run.inputs) as Readonly<Record<string, unknown>>;
    const plan = await workflows.plan(workflow, { inputs, maxFiles: 0 }).catch(() => undefined);
    return driveRun({
      workflows,
      workflow,
      command: 'resume',
      plan,
      flags,
      signal,
      hear,
      start: (own) => workflows.batch.resume(run.id, { ...own, workflow, file }),
    });
  });
};
