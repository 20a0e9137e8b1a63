import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type Batch,
  BatchError,
  checkDrift,
  compensations,
  compileWorkflow,
  createBatch,
  createPlan,
  type DecideFailure,
  type Drift,
  type Finding,
  jsonExecutor,
  jsonWorkspace,
  localDispatcher,
  nodeWorld,
  type Plan,
  type PruneBounds,
  type RunFilter,
  type RunRecord,
  type Step,
  type StepFunction,
  shellExecutor,
  validate,
  type Workflow,
  type World,
} from '@hotpath/batch';
import { filesWorkspace } from '@hotpath/batch/files';
import { openLocks } from '@hotpath/batch/lock';
import { type Folders, findFolders } from '../folders.ts';
import type { Hotpath } from '../hotpath.ts';
import { askAgents } from './ask-agents.ts';
import { changesOf, previewUndo, type RunChanges, type UndoPreview } from './changed-paths.ts';
import { findChange, type WorkflowChange } from './changed-since.ts';
import { createFileStore } from './file-store.ts';
import { interruptedAmong } from './interrupted.ts';
import { learnCosts } from './learnt-costs.ts';
import { type Mending, mendFailures } from './mend-failures.ts';
import { openJournal } from './open-journal.ts';
import { locksFolder } from './run-history.ts';
import { openShellFolder } from './shell-folder.ts';

export interface WorkflowsOptions {
  /** The folder whose files runs change. @default the working folder */
  readonly root?: string | undefined;
  /** Where the journal, locks and what steps came to are kept. @default those of this user */
  readonly folders?: Pick<Folders, 'state' | 'cache'> | undefined;
  /** Assembles what answers agents, when the first is asked. @default steps of kind agent fail */
  readonly hotpath?: (() => Promise<Hotpath>) | undefined;
  /** Functions that steps call by name. */
  readonly functions?: Readonly<Record<string, StepFunction>> | undefined;
  /** @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * For whoever only looks: told that the folder of the journal cannot be written to, and what is shown of earlier runs then; a run
   * rejects. @default such a folder is refused
   */
  readonly onUnwritable?: ((warning: string) => void) | undefined;
}

export interface PlanWorkflowOptions {
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  /** @default what the workflow says, or 4 */
  readonly concurrency?: number | undefined;
  /** What one run of an agent step is expected to cost, US dollars. @default what it cost before, to a plan */
  readonly estimateCostUsd?: ((step: Step) => number | undefined) | undefined;
  /** How many files are hashed at most, so that drift is seen. @default 2000 */
  readonly maxFiles?: number | undefined;
}

/** Workflows over one folder, with a journal that survives the process. */
export interface Workflows {
  /** Real path of the folder whose files runs change. */
  readonly root: string;
  readonly batch: Batch;
  /** Everything that would go wrong, before a run. */
  validate(workflow: unknown, options?: PlanWorkflowOptions): Promise<readonly Finding[]>;
  /** What a run would do. Rejects for a workflow that is not in order. */
  plan(workflow: Workflow, options?: PlanWorkflowOptions): Promise<Plan>;
  /** What is no longer as it was when a plan was made. */
  drift(plan: Pick<Plan, 'files'>): Promise<readonly Drift[]>;
  /** For `onFailure` of a run: mends failed steps where that is certain and safe, and learns from it. */
  mendFailures(onMending?: (mending: Mending) => void): DecideFailure;
  /** What `batch.undo` would take back. Throws `BATCH_RUN_UNKNOWN` as `batch.undo` does. */
  previewUndo(run: string): Promise<UndoPreview>;
  /** What a run has changed that stands or, of one that was taken back, what was. */
  changes(run: string): RunChanges;
  /**
   * How the file that a run was begun from differs from what it goes by. `workflow`: the file, where it is read already.
   * `undefined` where it is the same, and where it is not there any more.
   */
  changeSince(run: string, workflow?: Workflow): Promise<WorkflowChange | undefined>;
  /** Runs over all folders, the newest first. */
  allRuns(filter?: Omit<RunFilter, 'root'>): readonly RunRecord[];
  /** Ids of those of these runs that ended with their process in the middle: nobody runs them. */
  interrupted(runs: readonly RunRecord[]): ReadonlySet<string>;
  /** Removes runs over all folders that have ended, with what is kept to undo them; says which, and which folders were in use. */
  prune(bounds: PruneBounds): Promise<PruneReport>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface PruneReport {
  /** Ids. */
  readonly removed: readonly string[];
  /** Folders that another run is changing: theirs are all kept. */
  readonly busy: readonly string[];
}

const memoBytes = 256 * 2 ** 20;
const correctionBytes = 4 * 2 ** 20;

const realPathOf = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
};

const median = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : [...values].sort((a, b) => a - b)[values.length >> 1];

/**
 * The batch engine over the files and JSON documents of a folder, with shell steps, agents answered through the router, a journal, locks
 * and a memory in the folders of this user. Throws a `BatchError` where the journal cannot be used.
 */
export const openWorkflows = (options: WorkflowsOptions = {}): Workflows => {
  const { functions, environment = process.env, folders = findFolders({ environment }) } = options;
  const root = realPathOf(options.root ?? '.');
  const journal = openJournal(folders, options.onUnwritable);
  const locks = openLocks({ folder: locksFolder(folders) });
  const memo = createFileStore({ folder: join(folders.cache, 'workflow-steps'), maxBytes: memoBytes });
  const corrections = createFileStore({
    folder: join(folders.state, 'workflow-corrections'),
    maxBytes: correctionBytes,
  });
  const shell = openShellFolder(root, folders.state);
  const documents = jsonWorkspace({ root });
  const workspaces = [filesWorkspace({ root }), documents, compensations({ root, env: environment })];
  let opening: Promise<Hotpath> | undefined;
  const open = (): Promise<Hotpath> => {
    opening ??= options.hotpath?.();
    return opening ?? Promise.reject(new Error('there is nothing here that answers agents'));
  };
  const batch = createBatch({
    root,
    workspaces,
    journal,
    lock: locks.acquire,
    memo: { cache: memo, env: { PATH: environment.PATH } },
    env: environment,
    dispatcher: localDispatcher({
      functions,
      documents,
      json: jsonExecutor(documents),
      shell: shellExecutor({ folder: shell.folder, env: environment }),
      ...(options.hotpath !== undefined && { agents: askAgents(open) }),
    }),
  });
  const world: World = nodeWorld({ root, env: environment });
  const known = { functions: functions === undefined ? undefined : Object.keys(functions), hasDefaultAgent: true };
  let closing: Promise<void> | undefined;

  return {
    root,
    batch,
    validate: (workflow, given = {}) => validate(workflow, world, { ...known, ...given }),
    async plan(workflow, given = {}) {
      return createPlan(await compileWorkflow(workflow), {
        world,
        ...known,
        estimateCostUsd: learnCosts(journal, workflow.name),
        ...given,
        durationOf: (step) => median(journal.durations(workflow.name, step.id)),
      });
    },
    drift: (plan) => checkDrift(plan, world),
    mendFailures: (onMending) => mendFailures({ memory: corrections, environment, onMending }),
    previewUndo: async (run) => previewUndo(journal.load(run)?.effects ?? [], workspaces),
    changes(run) {
      const { run: { state } = { state: undefined }, effects = [] } = journal.load(run) ?? {};
      const isTakenBack = state === 'undone';
      return changesOf(effects.filter(({ isUndone }) => isUndone === isTakenBack));
    },
    changeSince: (run, workflow) => findChange(journal, run, workflow),
    allRuns: (filter) => journal.runs(filter),
    interrupted: (runs) => interruptedAmong(runs, journal, locks),
    async prune(bounds) {
      const removed: string[] = [];
      const busy: string[] = [];
      for (const own of new Set([root, ...journal.runs().map((run) => run.root)])) {
        const other = createBatch({
          root: own,
          workspaces: [filesWorkspace({ root: own })],
          journal,
          lock: locks.acquire,
          dispatcher: localDispatcher({}),
        });
        try {
          removed.push(...(await other.prune(bounds)));
        } catch (error) {
          if (!BatchError.isInstance(error) || error.code !== 'BATCH_LOCKED') throw error;
          busy.push(own);
        }
      }
      return { removed, busy };
    },
    close() {
      closing ??= (async () => {
        await batch.close();
        shell.close();
        memo.close();
        corrections.close();
        await (await opening?.catch(() => undefined))?.close();
      })();
      return closing;
    },
  };
};
