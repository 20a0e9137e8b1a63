import { randomUUID } from 'node:crypto';
import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { createGate, type Gate } from '@hotpath/batch/lock';

const gateName = 'gate.lock';
const busyMs = 5_000;

const deviceOf = (path: string): number | undefined => {
  for (let at = path; ; at = dirname(at)) {
    const status = statSync(at, { throwIfNoEntry: false });
    if (status !== undefined) return status.dev;
    if (dirname(at) === at) return undefined;
  }
};

const lockOf = (folder: string): string => `${folder}.lock`;

/**
 * What was left in the middle of a command by those that were killed. The lock tells, and no process id: a command sees its own
 * processes alone, and to a Hotpath that it starts all others would seem to be gone.
 */
const removeLeftovers = (gate: Gate, all: string): void => {
  for (const name of readdirSync(all)) {
    if (!name.endsWith('.lock') || name === gateName) continue;
    const lock = join(all, name);
    const unlock = gate.tryLock(lock);
    if (unlock === undefined) continue;
    unlock();
    rmSync(join(all, basename(name, '.lock')), { recursive: true, force: true });
    rmSync(lock, { force: true });
  }
};

/** Says that the folder is in use, until what is returned is called or the process ends. */
const claim = (folder: string): (() => void) => {
  const all = dirname(folder);
  try {
    const gate = createGate(join(all, gateName), busyMs);
    return gate.within(() => {
      removeLeftovers(gate, all);
      return gate.tryLock(lockOf(folder)) ?? (() => {});
    });
  } catch {
    // Without a lock nobody takes it for left over: all that is lost is that it is tidied after a crash.
    return () => {};
  }
};

/** Nothing of it stays where nobody uses it any more. */
const removeIfEmpty = (all: string): void => {
  try {
    const gate = join(all, gateName);
    createGate(gate, busyMs).within(() => {
      // With what SQLite keeps beside it while it is held.
      if (readdirSync(all).every((name) => name.startsWith(gateName))) rmSync(gate);
    });
    rmdirSync(all);
  } catch {
    // Somebody uses it, or it is gone.
  }
};

export interface ShellFolder {
  readonly folder: string;
  close(): void;
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(join(folder, sep));

/**
 * Where commands write until it is carried out, a folder of its own for each opening: never within the root, whose overlay it would be a
 * part of; on its file system if that can be, since what is written would have to be copied from one to the other.
 */
export const openShellFolder = (root: string, stateFolder: string): ShellFolder => {
  const places = [
    join(stateFolder, 'workflow-commands'),
    join(tmpdir(), `hotpath-commands-${process.getuid?.() ?? 0}`),
  ];
  const outside = places.filter((place) => !isWithin(place, root));
  const all = outside.find((place) => deviceOf(place) === deviceOf(root)) ?? outside[0] ?? (places[0] as string);
  const folder = join(all, randomUUID());
  const release = claim(folder);
  return {
    folder,
    close() {
      rmSync(folder, { recursive: true, force: true });
      release();
      rmSync(lockOf(folder), { force: true });
      removeIfEmpty(all);
    },
  };
};
