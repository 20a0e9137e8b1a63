import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const deviceOf = (path: string): number | undefined => {
  for (let at = path; ; at = dirname(at)) {
    const status = statSync(at, { throwIfNoEntry: false });
    if (status !== undefined) return status.dev;
    if (dirname(at) === at) return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** What processes left that were killed in the middle of a command. */
const removeLeftovers = (folder: string): void => {
  try {
    for (const name of readdirSync(folder))
      if (/^\d+$/.test(name) && Number(name) !== process.pid && !isAlive(Number(name)))
        rmSync(join(folder, name), { recursive: true, force: true });
  } catch {
    // Nobody has used it yet, or it is somebody else's to tidy.
  }
};

export interface ShellFolder {
  readonly folder: string;
  close(): void;
}

/**
 * Where commands write until it is carried out: with the state, out of everybody's way; in the root's own folder where the root is on
 * another file system, since what is written would have to be copied from one to the other.
 */
export const openShellFolder = (root: string, stateFolder: string): ShellFolder => {
  const all =
    deviceOf(stateFolder) === deviceOf(root)
      ? join(stateFolder, 'workflow-commands')
      : join(root, '.hotpath', 'commands');
  removeLeftovers(all);
  const folder = join(all, String(process.pid));
  return {
    folder,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
};
