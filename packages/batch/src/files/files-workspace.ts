import { join, relative, resolve } from 'node:path';
import { optionInvalid } from '../errors/definition.ts';
import { diskFull, fileFailed, isDiskFull } from '../errors/files.ts';
import { BatchError } from '../errors.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { applyBatch } from './apply.ts';
import { checkBatches } from './check.ts';
import type { FileChange } from './file-change.ts';
import type { FileSystem } from './file-system.ts';
import { createFolderMakers, type FolderMakers } from './folder-makers.ts';
import { type FileEntry, type FileIntent, openBatch } from './intent.ts';
import { nodeFileSystem } from './node-file-system.ts';
import { createOwnFolder, removeTree } from './own-folder.ts';
import { inParallel } from './parallel.ts';
import { createPlan } from './plan.ts';
import { entriesOf, isQuick, roomFor, stage } from './prepare.ts';
import { syncAll, touchedBy } from './sync.ts';
import { createTogether } from './together.ts';
import { undoBatch } from './undo.ts';

export interface FilesWorkspaceOptions {
  /** The folder below which files are changed. */
  readonly root: string;
  /** @default that of this machine */
  readonly fileSystem?: FileSystem | undefined;
}

/**
 * Files that can be taken back: new content is written beside its place and made sure, what it replaces is kept under a second name,
 * and it is renamed over it, so that others see one or the other. Undo brings back the same files, with their modes and times.
 *
 * What it keeps is in `.hotpath` at the root. A link at the path of a change is replaced, not followed; links to folders are followed
 * within the root. Rejects with `BATCH_PATH_INVALID`, `BATCH_FILE_MISSING`, `BATCH_FILE_KIND` before anything is changed, with
 * `BATCH_FILE_CHANGED` where somebody else was there first, and with `BATCH_FILE_FAILED` for what the system refuses.
 */
export const filesWorkspace = (options: FilesWorkspaceOptions): Workspace<FileChange> => {
  const { fileSystem = nodeFileSystem } = options;
  const root = resolve(options.root);
  const own = createOwnFolder(root, fileSystem);
  const together = createTogether((path) => fileSystem.sync(path));
  const openAs = (intent: FileIntent) => openBatch(root, fileSystem, intent, together.sync);
  const open = (intent: string) => openAs(JSON.parse(intent) as FileIntent);

  const makers = new WeakMap<readonly string[], FolderMakers>();
  const makersOf = (standing: readonly string[]): FolderMakers => {
    const known = makers.get(standing) ?? createFolderMakers(standing.map(open));
    makers.set(standing, known);
    return known;
  };

  const coded = async <Value>(work: () => Promise<Value>, effect = 'What stands is left.'): Promise<Value> => {
    try {
      return await work();
    } catch (error) {
      if (BatchError.isInstance(error)) throw error;
      if (isDiskFull(error)) throw diskFull(root, error, effect);
      const { path = root, dest = path } = error as { path?: string; dest?: string };
      throw fileFailed(relative(root, dest), error);
    }
  };
  const checkName = (field: string, value: string): void => {
    if (!/^[\w-][\w.-]*$/.test(value)) throw optionInvalid(field, value, 'letters, digits and dashes');
  };

  const unchanged = 'Nothing of it was changed.';

  return {
    name: 'files',
    prepare: (changes, { run, name }) =>
      coded(async () => {
        checkName('run', run);
        checkName('name', name);
        const plan = createPlan(root, fileSystem);
        for (const change of changes) plan.add(change);
        const { entries, staging } = entriesOf(root, fileSystem, plan.paths());
        const batch = openAs({ run, name, entries });
        let staged: readonly FileEntry[] = [];
        const stageAll = async (): Promise<void> => {
          staged = await stage(batch, staging);
        };
        try {
          const work = inParallel([() => own.open(run), stageAll], (each) => each());
          await (isQuick(staging) ? together.go(work) : work);
          return JSON.stringify({ run, name, entries: staged } satisfies FileIntent);
        } catch (error) {
          // What is in the way of that will be in the way of the next run as well, and be said there.
          try {
            removeTree(fileSystem, batch.stagedFolder);
          } catch {}
          if (isDiskFull(error)) throw diskFull(root, error, unchanged, roomFor(fileSystem, staging));
          throw error;
        }
      }, unchanged),
    apply: (intent) => coded(() => applyBatch(open(intent)), 'What it had changed by then is taken back.'),
    undo: (intent, standing = []) =>
      coded(async () => {
        const [batch, makers] = [open(intent), makersOf(standing)];
        const conflicts = await undoBatch(batch, makers);
        makers.forget(batch);
        return conflicts;
      }),
    check: (intents) => coded(() => checkBatches(intents.map(open))),
    sync: (intents) =>
      coded(async () => {
        const touched = intents.flatMap((intent) => [...touchedBy(open(intent))]);
        await syncAll({ fileSystem, place: (path) => join(root, path) }, new Set(touched));
      }),
    forget: (run) =>
      coded(() => {
        checkName('run', run);
        return own.close(run);
      }),
    tidy: (isKnown) => coded(() => own.tidy(isKnown)),
  };
};
