import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileChange, shellExecutor, type TaskResult } from '../../../src/index.ts';
import { overlayHoldOf } from '../../../src/shell/overlay.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** How this machine holds commands over an overlay, if it can. */
export const overlayHold = await (async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-probe-'));
  try {
    mkdirSync(join(folder, 'root'));
    return await overlayHoldOf(join(folder, 'root'), join(folder, 'own'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
})();
export const hasOverlay = overlayHold !== undefined;

export interface RunOptions {
  readonly fields?: object;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
  readonly isOutputUsed?: boolean;
}

export interface Commands {
  readonly base: string;
  readonly root: string;
  /** What commands write until it is carried out. */
  readonly own: string;
  run(line: string, options?: RunOptions): Promise<TaskResult>;
}

export interface CommandsOptions {
  readonly isolation?: 'overlay' | 'copy';
  readonly root?: string;
  readonly own?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A root of the present test's own, and commands over it. */
export const makeCommands = ({ isolation, root, own, env }: CommandsOptions = {}): Commands => {
  const base = tempFolder();
  const place = { base, root: root ?? join(base, 'root'), own: own ?? join(base, 'own') };
  mkdirSync(place.root, { recursive: true });
  const execute = shellExecutor({ folder: place.own, isolation, env: env ?? { PATH: process.env.PATH } });
  return {
    ...place,
    run: (line, { fields, signal = new AbortController().signal, onProgress = () => {}, isOutputUsed } = {}) =>
      execute(
        {
          run: 'r',
          step: 's',
          attempt: 1,
          kind: 'shell',
          fields: { run: line, ...fields },
          idempotencyKey: 'key',
          root: place.root,
        },
        { signal, output: () => undefined, onProgress, isOutputUsed },
      ),
  };
};

export const changesIn = ({ changes = [] }: Pick<TaskResult, 'changes'>): readonly FileChange[] =>
  changes.flatMap((change) => change.changes as FileChange[]);

export const treeOf = (folder: string): readonly string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort() : [];
