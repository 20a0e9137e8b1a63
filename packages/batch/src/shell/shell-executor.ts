import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { TaskResult } from '../engine/task.ts';
import { fieldsInvalid, optionInvalid } from '../errors/definition.ts';
import { diskFull, isDiskFull } from '../errors/files.ts';
import {
  commandFailed,
  commandNotStarted,
  copyFailed,
  outputNoJson,
  outputTooLong,
  overlayFailed,
} from '../errors/tasks.ts';
import type { Executor } from '../execute/local.ts';
import { touchedBy } from '../execute/touched.ts';
import type { FileChange } from '../files/file-change.ts';
import { isWithin, realPathOf } from '../files/within.ts';
import type { ShellStep } from '../workflow/step.ts';
import { copyChanges, copyRoot, withStill } from './copy.ts';
import { type Hold, heldCommand, isNamespacePossible } from './hold.ts';
import { makeOverlayFolders, overlayCommand, overlayHoldOf } from './overlay.ts';
import { overlayChanges } from './overlay-changes.ts';
import { removeOwn } from './remove-own.ts';
import { type CommandResult, maxOutputBytes, runCommand } from './run-command.ts';

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
  readonly hold: Hold;
  readonly changes: () => Promise<readonly FileChange[]>;
}

/** The working folder of a step, from the root, without links: in a copy one by the path of the whole system would lead out of it. */
const insideOf = (step: string, root: string, cwd: string): string => {
  const path = resolve(root, cwd);
  const real = realPathOf(path);
  if (isAbsolute(cwd) || !isWithin(path, root) || !isWithin(real, root))
    throw fieldsInvalid(step, 'cwd', `"${cwd}" is not below the root`);
  if (statSync(real, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw fieldsInvalid(step, 'cwd', `"${cwd}" is no folder`);
  return relative(root, real) || '.';
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
export const shellExecutor = (options: ShellExecutorOptions): Executor => {
  const { isolation, env = process.env } = options;
  let used = 0;
  const cleared = new Map<string, Promise<void>>();
  /** What a process that died has left of this run, which no other has now. */
  const clear = async (run: string, folder: string): Promise<void> => {
    const left = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(`${run}-`)) : [];
    for (const name of left) await removeOwn(join(folder, name));
  };
  return async (task, { signal, onProgress, isOutputUsed = true }): Promise<TaskResult> => {
    const { run, step, attempt, fields, idempotencyKey } = task;
    const { run: line, cwd = '.', env: ownEnv = {}, stdin, output } = fields as unknown as ShellStep;
    const root = realPathOf(task.root);
    const inside = insideOf(step, root, cwd);
    const folder = realPathOf(resolve(options.folder));
    // What a command writes would be a part of what it sees.
    if (isWithin(folder, root)) throw optionInvalid('folder', options.folder, `outside of the root ${root}`);
    used += 1;
    const number = used;
    const clearing = cleared.get(run) ?? clear(run, folder);
    cleared.set(run, clearing);
    await clearing;
    const own = join(folder, `${run}-${number}`);
    const overlay = isolation === 'copy' ? undefined : await overlayHoldOf(root, folder);
    const withOverlay = overlay !== undefined || isolation === 'overlay';
    const commandOptions = {
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
    const start = async (command: readonly [string, ...string[]], at: string): Promise<CommandResult> => {
      try {
        return await runCommand(command, { ...commandOptions, cwd: at });
      } catch (error) {
        throw commandNotStarted(step, error);
      }
    };
    const inOverlay = async (): Promise<Isolated> => {
      const folders = makeOverlayFolders(own);
      const hold = overlay ?? 'group';
      const result = await start(overlayCommand(folders, { line, inside, hold }), root);
      const failed = () => overlayFailed(step, result.stderr);
      if (!signal.aborted && !existsSync(folders.members)) throw failed();
      const changes = async (): Promise<readonly FileChange[]> => {
        const found = await overlayChanges(root, folders, signal);
        if (found === undefined) throw failed();
        return found;
      };
      return { result, hold, changes };
    };
    const inCopy = async (): Promise<Isolated> => {
      const hold = isNamespacePossible() ? 'namespace' : 'group';
      const copy = join(own, 'copy');
      const index = await copyRoot(root, copy, signal).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : copyFailed(step, error);
      });
      const result = await start(heldCommand(hold, line), join(copy, inside));
      return { result, hold, changes: () => copyChanges(root, copy, index, signal) };
    };
    const remove = (): Promise<void> => removeOwn(own);
    try {
      const { result, hold, changes } = await (withOverlay ? inOverlay() : inCopy());
      signal.throwIfAborted();
      if (result.exitCode !== 0) throw commandFailed(step, result, dirname(folder));
      if (result.isCut && (isOutputUsed || output !== undefined)) throw outputTooLong(step, maxOutputBytes);
      const value = outputOf(step, result.stdout, output);
      const wanted = await changes();
      if (wanted.length === 0) {
        await removeOwn(own, withOverlay);
        return { output: value };
      }
      const sure = hold === 'namespace' ? wanted : await withStill(wanted, join(own, 'still'));
      return {
        output: value,
        changes: [{ workspace: 'files', changes: sure, touched: touchedBy(wanted) }],
        release: remove,
      };
    } catch (error) {
      await remove();
      const cause = (error as { readonly cause?: unknown } | null)?.cause ?? error;
      throw isDiskFull(cause) ? diskFull(dirname(folder), cause, 'Nothing of it was changed.') : error;
    }
  };
};
