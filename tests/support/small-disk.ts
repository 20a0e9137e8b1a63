import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

const succeeds = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;

/** Mounts a disk of its own in memory, as `size=200k` or `ro`; false where this user may not. */
export const mountDisk = (folder: string, options: string): boolean => {
  mkdirSync(folder, { recursive: true });
  return succeeds('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder);
};

/** Makes room on a disk. */
export const resizeDisk = (folder: string, size: string): boolean =>
  succeeds('mount', '-o', `remount,size=${size}`, folder);

/** Takes a disk away, though something may still be open on it. */
export const unmountDisk = (folder: string): void => void succeeds('umount', '--lazy', folder);

/** Takes away what a test that was killed left mounted below a folder. */
export const unmountBelow = (folder: string): void => {
  let mounts = '';
  try {
    mounts = readFileSync('/proc/self/mounts', 'utf8');
  } catch {
    return; // not Linux: no test mounts anything
  }
  for (const line of mounts.split('\n').reverse()) {
    const [, place = ''] = line.split(' ');
    if (place.startsWith(folder + sep)) unmountDisk(place);
  }
};

/** Whether this user may mount a disk. */
export const canMountDisk = (): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-disk-'));
  const isMounted = mountDisk(folder, 'size=16k');
  if (isMounted) unmountDisk(folder);
  rmSync(folder, { recursive: true });
  return isMounted;
};
