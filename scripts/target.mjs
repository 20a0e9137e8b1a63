import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { nodeBinary, root } from './workspace.mjs';

const sameSignalMs = 500;
const parentCheckMs = 1_000;

/**
 * Runs a script with the repository's Node, our terminal and our signals. Resolves to its exit code, 128 + n for one that
 * a signal ended.
 *
 * The target gets a process group of its own. In ours it would receive a Ctrl-C twice or three times (from the terminal,
 * from npm, from us), and many programs take the second one as "at once". So we receive them, and hand on one.
 */
export const runTarget = ([script, ...args], nodeFlags = []) =>
  new Promise((resolve, reject) => {
    const ownGroup = process.platform !== 'win32';
    const child = spawn(
      nodeBinary,
      [...nodeFlags, '--require', join(root, 'scripts/with-parent.cjs'), join(root, script), ...args],
      {
        stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
        detached: ownGroup,
        env: {
          ...process.env,
          PATH: `${dirname(nodeBinary)}${delimiter}${process.env.PATH ?? ''}`,
          HOTPATH_WITH_PARENT: '1',
        },
      },
    );
    const lastAt = new Map();
    const forward = (signal) => {
      const now = Date.now();
      if (now - (lastAt.get(signal) ?? Number.NEGATIVE_INFINITY) < sameSignalMs) return;
      lastAt.set(signal, now);
      // Windows delivers a Ctrl-C to every process of the console, and turns a kill into an immediate end.
      if (!ownGroup) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // It has just ended.
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => forward(signal));
    // An npm that is killed outright tells nobody.
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.env.npm_lifecycle_event !== undefined && process.ppid !== parent) forward('SIGTERM');
    }, parentCheckMs);
    const finish = (action) => {
      clearInterval(watch);
      action();
    };
    child.on('error', (error) => finish(() => reject(error)));
    child.on('exit', (code, signal) => finish(() => resolve(code ?? 128 + constants.signals[signal])));
  });
