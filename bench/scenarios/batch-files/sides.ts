import { execFileSync } from 'node:child_process';
import { closeSync, fsync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Step, Workflow } from '@hotpath/batch';
import type { Edit } from './tree.ts';

/** Makes the edits, and resolves when they are as sure as this way makes them. */
export interface FilesRunner {
  edit(edits: readonly Edit[]): Promise<void>;
  /** Not measured: what comes between two repeats. */
  tidy?(): void;
  /** Takes the last edits back, where the side can; not measured. */
  undo?(): Promise<void>;
  close?(): Promise<void>;
}

export interface FilesSide {
  readonly name: string;
  readonly note: string;
  /** `beside`: a folder on the same disk for what a side keeps. */
  readonly open: (root: string, beside: string) => Promise<FilesRunner>;
}

const syncFile = promisify(fsync);
const sync = async (path: string): Promise<void> => {
  const file = openSync(path, 'r');
  await syncFile(file);
  closeSync(file);
};
const writeAll = (root: string, edits: readonly Edit[]): void => {
  for (const { path, content } of edits) writeFileSync(join(root, path), content);
};

const hotpath =
  (stepsOf: (edits: readonly Edit[]) => readonly Step[]) =>
  async (root: string, beside: string): Promise<FilesRunner> => {
    const { createBatch, localDispatcher } = await import('@hotpath/batch');
    const { filesWorkspace } = await import('@hotpath/batch/files');
    const { sqliteJournal } = await import('@hotpath/batch/journals/sqlite');
    const { openLocks } = await import('@hotpath/batch/lock');
    const files = filesWorkspace({ root });
    const journal = sqliteJournal({ path: join(beside, 'journal.db') });
    const batch = createBatch({
      root,
      journal,
      dispatcher: localDispatcher({}),
      workspaces: [files],
      lock: openLocks({ folder: join(beside, 'locks') }).acquire,
    });
    let last = '';
    return {
      async edit(edits) {
        const workflow: Workflow = { name: 'edits', steps: stepsOf(edits), concurrency: edits.length };
        const { state, error, run } = await batch.run(workflow).outcome;
        if (state !== 'committed') throw new Error(`The run is ${state}.`, { cause: error });
        last = run;
      },
      async undo() {
        await batch.undo(last);
      },
      tidy() {
        for (const { id } of journal.runs().slice(1)) {
          void files.forget(id);
          journal.remove(id);
        }
      },
      close: () => batch.close(),
    };
  };

export const floorName = 'writeFile unsafe';
export const gitName = 'git add and commit';
export const ownName = 'hotpath one step';

export const filesSides: readonly FilesSide[] = [
  {
    name: floorName,
    note: 'the unsafe floor: files are written in place, one after the other; a crash leaves any mixture',
    open: async (root) => ({ edit: async (edits) => writeAll(root, edits) }),
  },
  {
    name: 'write fsync rename',
    note: 'the least that leaves each file whole: a temporary file and fsync for each, many at once, rename, fsync of the folders; nothing can be undone',
    open: async (root) => ({
      async edit(edits) {
        await Promise.all(
          edits.map(async ({ path, content }) => {
            const place = join(root, path);
            writeFileSync(`${place}.new`, content);
            await sync(`${place}.new`);
            renameSync(`${place}.new`, place);
          }),
        );
        await Promise.all(
          [...new Set(edits.map(({ path }) => dirname(path)))].map((folder) => sync(join(root, folder))),
        );
      },
    }),
  },
  {
    name: 'write-file-atomic',
    note: 'all at once, by its defaults: fsync of each file, none of folders; nothing can be undone',
    open: async (root) => {
      const { default: writeFileAtomic } = await import('write-file-atomic');
      return {
        async edit(edits) {
          await Promise.all(edits.map(({ path, content }) => writeFileAtomic(join(root, path), content)));
        },
      };
    },
  },
  {
    name: 'cp -r',
    note: 'a copy of the tree for undo, then as the unsafe floor',
    open: async (root, beside) => {
      const copy = join(beside, 'copy');
      return {
        async edit(edits) {
          execFileSync('cp', ['-r', root, copy]);
          writeAll(root, edits);
        },
        tidy: () => rmSync(copy, { recursive: true, force: true }),
      };
    },
  },
  {
    name: gitName,
    note: 'as the unsafe floor, then git add of the 50 paths and git commit without hooks and gc, by its defaults, which do not make loose objects sure',
    open: async (root) => {
      const settings = [
        '-c',
        'user.name=bench',
        '-c',
        'user.email=bench@localhost',
        '-c',
        'gc.auto=0',
        '-c',
        'core.hooksPath=',
      ];
      const git = (...args: readonly string[]): void => {
        execFileSync('git', [...settings, ...args], { cwd: root, stdio: 'pipe' });
      };
      git('init', '-q');
      git('add', '-A');
      git('commit', '-qm', 'tree');
      return {
        async edit(edits) {
          writeAll(root, edits);
          git('add', '--', ...edits.map(({ path }) => path));
          git('commit', '-qm', 'edits');
        },
      };
    },
  },
  {
    name: ownName,
    note: 'a function that writes the 50 files: journal in SQLite, lock, all or nothing through a crash, can be undone',
    open: hotpath((edits) => [
      {
        id: 'edits',
        call: ({ files }) => {
          for (const { path, content } of edits) files.write(path, content);
        },
        writes: edits.map(({ path }) => path),
      },
    ]),
  },
  {
    name: 'hotpath 50 steps',
    note: 'the same as 50 steps of kind file, all at once',
    open: hotpath((edits) => edits.map(({ path, content }, at) => ({ id: `edit-${at}`, file: path, content }))),
  },
];
