import { join } from 'node:path';
import { filesWorkspace } from '../../../src/files.ts';
import {
  type Batch,
  createBatch,
  jsonExecutor,
  jsonWorkspace,
  localDispatcher,
  type StepFunction,
  shellExecutor,
} from '../../../src/index.ts';
import { sqliteJournal } from '../../../src/journals/sqlite.ts';
import { openLocks } from '../../../src/lock.ts';

/** The engine with all that it has for one machine: its root is `root` in the folder, all it keeps elsewhere is beside it. */
export const newBatch = (folder: string, functions: Readonly<Record<string, StepFunction>>): Batch => {
  const root = join(folder, 'root');
  const documents = jsonWorkspace({ root });
  const shell = shellExecutor({ folder: join(folder, 'shell') });
  return createBatch({
    root,
    dispatcher: localDispatcher({ functions, shell, json: jsonExecutor(documents), documents }),
    workspaces: [filesWorkspace({ root }), documents],
    journal: sqliteJournal({ path: join(folder, 'journal.sqlite') }),
    lock: openLocks({ folder: join(folder, 'locks') }).acquire,
  });
};
