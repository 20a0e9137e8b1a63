import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unmountBelow } from './small-disk.ts';

const prefix = 'hotpath-tests-';
/** A run that wrote nothing for so long has ended, milliseconds: process ids alone mean nothing in another container. */
const abandonedAfterMs = 3_600_000;
/** Where Node keeps compiled code, nobody's leftover: most tests start processes, and nearly all of their time would go into compiling. */
const kept = 'node-compile-cache';

// Each project loads this file anew.
const state = Symbol.for('hotpath.tests.run');
const run: { projects: number; folder: string } = Reflect.get(globalThis, state) ?? { projects: 0, folder: '' };
Reflect.set(globalThis, state, run);

const remove = (path: string): void => {
  unmountBelow(path);
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });
};

/** What runs left behind that were killed. What cannot be removed, another user's say, is no fault of this run. */
const removeAbandoned = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const status = name.startsWith(prefix) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (status === undefined || status.mtimeMs > Date.now() - abandonedAfterMs) continue;
    try {
      remove(path);
    } catch (error) {
      process.stderr.write(`${path}, of an earlier run, cannot be removed: ${(error as Error).message}\n`);
    }
  }
};

/**
 * Before any test: all temporary files of a run go to one folder, which is gone after it, whatever became of the tests. A
 * test removes what it makes all the same: what is left in the folder by a run that succeeded fails it.
 */
export default (): (() => void) => {
  if (run.projects === 0) {
    const parent = tmpdir();
    removeAbandoned(parent);
    run.folder = mkdtempSync(join(parent, prefix));
    // Some tests become another user.
    chmodSync(run.folder, 0o755);
    // One that is interrupted has no end of its own.
    process.once('exit', () => remove(run.folder));
    for (const variable of ['TMPDIR', 'TEMP', 'TMP']) process.env[variable] = run.folder;
    process.env.NODE_COMPILE_CACHE = join(run.folder, kept);
  }
  run.projects += 1;
  return () => {
    run.projects -= 1;
    if (run.projects > 0) return;
    const left = readdirSync(run.folder).filter((name) => name !== kept);
    remove(run.folder);
    if (left.length === 0 || process.exitCode) return;
    process.stderr.write(`Tests left these in the folder for temporary files, remove them: ${left.join(', ')}\n`);
    process.exitCode = 1;
  };
};
