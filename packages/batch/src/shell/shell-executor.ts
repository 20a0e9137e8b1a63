import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { TaskResult } from '../engine/task.ts';
import { fieldsInvalid, optionInvalid } from '../errors/definition.ts';
import { commandFailed, outputNoJson, overlayFailed } from '../errors/tasks.ts';
import type { Executor } from '../execute/local.ts';
import { touchedBy } from '../execute/touched.ts';
import type { FileChange } from '../files/file-change.ts';
import type { ShellStep } from '../workflow/step.ts';
import { copyChanges, copyRoot } from './copy.ts';
import { isOverlayPossible, makeOverlayFolders, overlayCommand } from './overlay.ts';
import { overlayChanges } from './overlay-changes.ts';
import { type CommandResult, runCommand } from './run-command.ts';

export interface ShellExecutorOptions {
  /** A folder for what commands write until it is carried out: outside of the roots, on their file system if that can be. */
  readonly folder: string;
  /** `overlay` needs Linux and a kernel that lets this user mount; `copy` copies the root for each command. @default overlay where it can be */
  readonly isolation?: 'overlay' | 'copy' | undefined;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

interface Isolated {
  readonly result: CommandResult;
  readonly changes: () => readonly FileChange[];
}

const isWithin = (path: string, root: string): boolean => path === root || path.startsWith(join(root, sep));

/** What a step says of its working folder, within the root. */
const insideOf = (step: string, cwd: string): string => {
  if (cwd.startsWith('/') || cwd.split(/[\\/]/).includes('..'))
    throw fieldsInvalid(step, 'cwd', `"${cwd}" is not below the root`);
  return cwd;
};

const outputOf = (step: string, stdout: string, kind: ShellStep['output']): unknown => {
  const text = stdout.replace(/\r?\n$/, '');
  if (kind === 'lines') return text === '' ? [] : text.split(/\r?\n/);
  if (kind !== 'json') return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw outputNoJson(step, text, error);
  }
};

/**
 * Runs command lines so that nothing they do to the root is seen by others before it is carried out: over an overlay, whose upper
 * folder is exactly what a command wrote, or in a copy. What they do elsewhere is done at once, and is theirs to take back.
 */
export const shellExecutor = ({ folder, isolation, env = process.env }: ShellExecutorOptions): Executor => {
  let used = 0;
  const known = new Set<string>();
  /** What a process that died has left of this run, which no other has now. */
  const clear = (run: string): void => {
    if (known.has(run)) return;
    known.add(run);
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder))
      if (name.startsWith(`${run}-`)) rmSync(join(folder, name), { recursive: true, force: true });
  };
  return async ({ run, step, attempt, root, fields, idempotencyKey }, { signal, onProgress }): Promise<TaskResult> => {
    const { run: line, cwd = '.', env: ownEnv = {}, stdin, output } = fields as unknown as ShellStep;
    const inside = insideOf(step, cwd);
    // What a command writes would be a part of what it sees.
    if (isWithin(folder, root)) throw optionInvalid('folder', folder, `outside of the root ${root}`);
    used += 1;
    clear(run);
    const own = join(folder, `${run}-${used}`);
    const withOverlay = isolation === 'overlay' || (isolation === undefined && isOverlayPossible(root, folder));
    const options = {
      env: {
        ...env,
        ...ownEnv,
        HOTPATH_RUN: run,
        HOTPATH_STEP: step,
        HOTPATH_ATTEMPT: String(attempt),
        HOTPATH_IDEMPOTENCY_KEY: idempotencyKey,
      },
      stdin,
      signal,
      onLine: onProgress,
    };
    const inOverlay = async (): Promise<Isolated> => {
      const folders = makeOverlayFolders(own);
      const result = await runCommand(overlayCommand(folders, line, inside), { ...options, cwd: root });
      return { result, changes: () => overlayChanges(root, folders) };
    };
    const inCopy = async (): Promise<Isolated> => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const index = copyRoot(root, own);
      const result = await runCommand(['sh', '-c', line], { ...options, cwd: join(own, inside) });
      return { result, changes: () => copyChanges(root, own, index) };
    };
    const remove = (): void => rmSync(own, { recursive: true, force: true });
    try {
      const { result, changes } = await (withOverlay ? inOverlay() : inCopy());
      if (signal.aborted) throw signal.reason;
      if (withOverlay && (result.exitCode === 125 || result.exitCode === 0) && !existsSync(join(own, 'members')))
        throw overlayFailed(step, result.stderr);
      if (result.exitCode !== 0) throw commandFailed(step, result);
      const wanted = changes();
      const value = outputOf(step, result.stdout, output);
      if (wanted.length === 0) {
        remove();
        return { output: value };
      }
      return {
        output: value,
        changes: [{ workspace: 'files', changes: wanted, touched: touchedBy(wanted) }],
        release: remove,
      };
    } catch (error) {
      remove();
      throw error;
    }
  };
};
