// The engine over a folder, put together from its parts: what the other examples of workflows run on.
// #region open
import { join } from 'node:path';
import {
  type Agents,
  type Batch,
  compensations,
  createBatch,
  jsonExecutor,
  jsonWorkspace,
  localDispatcher,
  type StepFunction,
  shellExecutor,
} from '@hotpath/batch';
import { filesWorkspace } from '@hotpath/batch/files';
import { sqliteJournal } from '@hotpath/batch/journals/sqlite';
import { openLocks } from '@hotpath/batch/lock';

export interface OpenOptions {
  /** The folder whose files runs change. */
  readonly root: string;
  /** A folder for the journal and the locks, outside of the root. */
  readonly state: string;
  readonly agents?: Agents;
  readonly functions?: Readonly<Record<string, StepFunction>>;
}

export const openBatch = ({ root, state, agents, functions }: OpenOptions): Batch => {
  const documents = jsonWorkspace({ root });
  return createBatch({
    root,
    journal: sqliteJournal({ path: join(state, 'journal.sqlite') }),
    lock: openLocks({ folder: join(state, 'locks') }).acquire,
    workspaces: [filesWorkspace({ root }), documents, compensations({ root })],
    dispatcher: localDispatcher({
      agents,
      functions,
      documents,
      json: jsonExecutor(documents),
      shell: shellExecutor({ folder: join(state, 'shell') }),
    }),
  });
};
// #endregion open
