import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { filesWorkspace } from '../../src/files.ts';
import {
  type Batch,
  type BatchOptions,
  createBatch,
  jsonExecutor,
  jsonWorkspace,
  type LocalDispatcherOptions,
  localDispatcher,
  shellExecutor,
} from '../../src/index.ts';
import { sqliteJournal } from '../../src/journals/sqlite.ts';
import { openLocks } from '../../src/lock.ts';

export interface BatchMachine {
  readonly root: string;
  readonly state: string;
  /** The engine over a real folder, with all that goes with it. */
  open(options?: LocalDispatcherOptions & Partial<BatchOptions>): Batch;
  /** Files by path, folders end in `/`; what the engine keeps for itself is left out. */
  tree(): Readonly<Record<string, string>>;
}

export const batchMachine = (): BatchMachine => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-whole-'));
  const [root, state] = [join(folder, 'root'), join(folder, 'state')];
  mkdirSync(root);
  mkdirSync(state);
  const open: Batch[] = [];
  onTestFinished(async () => {
    await Promise.all(open.map((batch) => batch.close()));
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    root,
    state,
    open({ functions, agents, ...options } = {}) {
      const json = jsonWorkspace({ root });
      const batch = createBatch({
        root,
        journal: sqliteJournal({ path: join(state, 'journal.sqlite') }),
        lock: openLocks({ folder: join(state, 'locks') }).acquire,
        workspaces: [filesWorkspace({ root }), json],
        dispatcher: localDispatcher({
          functions,
          agents,
          shell: shellExecutor({ folder: join(state, 'shell') }),
          json: jsonExecutor(json),
        }),
        ...options,
      });
      open.push(batch);
      return batch;
    },
    tree() {
      const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
      return Object.fromEntries(
        paths
          .filter((path) => !path.startsWith('.hotpath'))
          .map((path) => {
            const isFolder = statSync(join(root, path)).isDirectory();
            return isFolder ? [`${path}/`, ''] : [path, readFileSync(join(root, path), 'utf8')];
          }),
      );
    },
  };
};
