import {
  type BatchRun,
  type Plan,
  type RunRecord,
  refuseItemRun,
  type UndoReport,
  type Workflow,
} from '@hotpath/batch';
import type { Folders } from '../folders.ts';
import type { Hotpath } from '../hotpath.ts';
import type { RunChanges, UndoPreview } from './changed-paths.ts';
import { openWorkflows, type Workflows } from './open-workflows.ts';

export interface RunControlOptions {
  readonly folders: Pick<Folders, 'state' | 'cache'>;
  /** Answers agents of runs that go on here. It is not closed. */
  readonly hotpath: Hotpath;
  /** Told of what went wrong with a run after it had begun to go on. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What can be done about runs that are written down, of all folders. Each call rejects as the engine does. */
export interface RunControl {
  /** Order, groups and critical path of what the run does, with what steps took before. */
  plan(run: RunRecord): Promise<Plan>;
  /** What it has changed, and what undoing that would meet; of a run that was taken back, what was. */
  changes(run: RunRecord): Promise<RunChanges & Partial<Pick<UndoPreview, 'conflicts'>>>;
  undo(run: RunRecord): Promise<UndoReport>;
  /** Says yes to steps of a paused run, and goes on with it here. Resolves when it has begun, or rejects. */
  approve(run: RunRecord, steps: readonly string[]): Promise<void>;
  /** Stops the runs that go on here, as Ctrl-C does. */
  close(): Promise<void>;
}

/** Whether steps call functions, which stand in no journal. */
export const callsFunctions = ({ definition }: Pick<RunRecord, 'definition'>): boolean => {
  const isCalling = ({ steps }: Workflow): boolean =>
    steps.some(
      (step) => 'call' in step || ('workflow' in step && typeof step.workflow === 'object' && isCalling(step.workflow)),
    );
  return isCalling(JSON.parse(definition) as Workflow);
};

export const createRunControl = ({ folders, hotpath, onError }: RunControlOptions): RunControl => {
  const stop = new AbortController();
  /** Runs that go on here. */
  const active = new Map<string, { readonly run: BatchRun; readonly end: Promise<void> }>();
  const open = (root: string): Workflows =>
    openWorkflows({ root, folders, hotpath: async () => ({ ...hotpath, close: async () => {} }) });
  const within = async <Result>(root: string, work: (workflows: Workflows) => Promise<Result>): Promise<Result> => {
    const workflows = open(root);
    try {
      return await work(workflows);
    } finally {
      await workflows.close();
    }
  };

  const goOn = async ({ id, root }: RunRecord, steps: readonly string[]): Promise<void> => {
    stop.signal.throwIfAborted();
    const workflows = open(root);
    const run = workflows.batch.resume(id, { approve: steps, signal: stop.signal });
    const begun = Promise.withResolvers<void>();
    const follow = async (): Promise<void> => {
      for await (const { type } of run) if (type === 'run-start') begun.resolve();
      await run.outcome;
      begun.resolve();
    };
    const end = follow()
      .catch((error) => {
        begun.reject(error);
        return begun.promise.then(
          () => onError?.(error),
          () => {},
        );
      })
      .finally(async () => {
        active.delete(id);
        await workflows.close();
      });
    active.set(id, { run, end });
    await begun.promise;
  };

  return {
    async plan(run) {
      refuseItemRun(run, 'graph');
      const { root, definition, inputs } = run;
      return within(root, (workflows) =>
        workflows.plan(JSON.parse(definition) as Workflow, { inputs: JSON.parse(inputs), maxFiles: 0 }),
      );
    },
    changes: ({ id, root, state }) =>
      within(root, async (workflows) => (state === 'undone' ? workflows.changes(id) : workflows.previewUndo(id))),
    undo: ({ id, root }) => within(root, ({ batch }) => batch.undo(id)),
    async approve(run, steps) {
      const own = active.get(run.id);
      if (own === undefined) await goOn(run, steps);
      else for (const step of steps) own.run.approve(step);
    },
    async close() {
      stop.abort();
      await Promise.all([...active.values()].map(({ end }) => end));
    },
  };
};
