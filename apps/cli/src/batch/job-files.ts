import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Where a job keeps what it needs to be gone on with. A job is known by the file that it writes. */
export interface JobFiles {
  readonly folder: string;
  readonly journal: string;
  /** What was piped in. */
  readonly input: string;
}

/** Jobs that nobody has gone on with for so long are forgotten, milliseconds. */
const forgottenMs = 90 * 86_400_000;

const realFolder = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/** Whether a run has left a journal here. */
export const hasBegun = ({ journal }: Pick<JobFiles, 'journal'>): boolean =>
  statSync(journal, { throwIfNoEntry: false }) !== undefined;

export const jobFiles = (stateFolder: string, output: string): JobFiles => {
  const path = resolve(output);
  const id = createHash('sha256')
    .update(join(realFolder(dirname(path)), basename(path)))
    .digest('hex')
    .slice(0, 24);
  const folder = join(stateFolder, 'batches');
  return { folder, journal: join(folder, `${id}.sqlite`), input: join(folder, `${id}.input`) };
};

/** Removes the files of forgotten jobs, which hold prompts and answers. What cannot be removed stays. */
export const forgetOldJobs = (folder: string, now: number = Date.now()): void => {
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (now - statSync(path).mtimeMs > forgottenMs) rmSync(path, { force: true });
    }
  } catch {
    // The next run tries again.
  }
};
