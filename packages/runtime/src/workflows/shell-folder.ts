import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';

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

/** How many this process has opened: each has a folder of its own, since whoever closes one removes it. */
let opened = 0;

const pidOf = (name: string): number => (/^\d+-\d+$/.test(name) ? Number.parseInt(name, 10) : process.pid);

/** What processes left that were killed in the middle of a command. */
const removeLeftovers = (folder: string): void => {
  try {
    for (const name of readdirSync(folder)) {
      const pid = pidOf(name);
      if (pid !== process.pid && !isAlive(pid)) rmSync(join(folder, name), { recursive: true, force: true });
    }
  } catch {
    // Nobody has used it yet, or it is somebody else's to tidy.
  }
};

export interface ShellFolder {
  readonly folder: string;
  close(): void;
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(join(folder, sep));

/**
 * Where commands write until it is carried out: never within the root, whose overlay it would be a part of; on its file system if that
 * can be, since what is written would have to be copied from one to the other.
 */
export const openShellFolder = (root: string, stateFolder: string): ShellFolder => {
  const places = [
    join(stateFolder, 'workflow-commands'),
    join(tmpdir(), `hotpath-commands-${process.getuid?.() ?? 0}`),
  ];
  const outside = places.filter((place) => !isWithin(place, root));
  const all = outside.find((place) => deviceOf(place) === deviceOf(root)) ?? outside[0] ?? (places[0] as string);
  removeLeftovers(all);
  opened += 1;
  const folder = join(all, `${process.pid}-${opened}`);
  return {
    folder,
    close() {
      rmSync(folder, { recursive: true, force: true });
      try {
        rmdirSync(all);
      } catch {
        // Others have theirs in it, or it was never made.
      }
    },
  };
};
