import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { locked, lockFull, lockUnusable } from './errors/lock.ts';
import type { BatchError } from './errors.ts';
import { createGate } from './lock/gate.ts';
import { type Holder, lockName, overlap, placeOf } from './lock/place.ts';
import { adviceOn, isFullDisk } from './sqlite/faults.ts';
import { makeFolder } from './sqlite/make-folder.ts';

export type { Gate } from './lock/gate.ts';
export { createGate };

export interface LocksOptions {
  /** Where locks are kept: those who use the same one exclude each other. Not over a network. */
  readonly folder: string;
  /** How long to wait for others that are just taking or giving back a lock, milliseconds. @default 5000 */
  readonly busyMs?: number | undefined;
}

export interface Locks {
  /**
   * Keeps other runs, of this process and others, off a folder and all that is within it or around it. Returns what lets go of it; the
   * end of the process does so too, however it ends. Rejects at once with `BATCH_LOCKED` where another run has it, and with
   * `BATCH_LOCK_UNUSABLE`.
   */
  acquire(root: string, run: string): Promise<() => void>;
  /** The runs that have a lock now. Makes nothing where there are no locks yet. Throws `BATCH_LOCK_UNUSABLE`. */
  holding(): readonly string[];
}

/**
 * Locks on folders, by their real paths. For each lock there is a file which SQLite locks for its owner, that the kernel unlocks when
 * the owner is gone, and beside it a note that says who it is. Notes are only changed by who holds the gate. Nothing of it has to be
 * made sure: when power was lost nobody holds anything, and a note without an owner says nothing.
 */
export const openLocks = ({ folder: given, busyMs = 5_000 }: LocksOptions): Locks => {
  const folder = resolve(given);
  const gatePath = join(folder, 'gate.lock');
  const gate = createGate(gatePath, busyMs);
  const fileOf = (name: string): string => join(folder, `${name}.lock`);
  const noteOf = (name: string): string => join(folder, `${name}.json`);

  const readNote = (name: string): Holder | undefined => {
    try {
      return JSON.parse(readFileSync(noteOf(name), 'utf8')) as Holder;
    } catch {
      // Half of it was lost with the power, and its owner too.
      return undefined;
    }
  };
  const writeNote = (name: string, holder: Holder): void => {
    const partial = `${noteOf(name)}.partial`;
    writeFileSync(partial, JSON.stringify(holder), { mode: 0o600 });
    renameSync(partial, noteOf(name));
  };
  const drop = (name: string): void => {
    rmSync(noteOf(name), { force: true });
    rmSync(fileOf(name), { force: true });
  };
  /** Those that are held; `onFree` is called for each that is not. Only within the gate. */
  const holders = (onFree: (name: string) => void): Holder[] => {
    const found: Holder[] = [];
    for (const file of readdirSync(folder)) {
      if (!file.endsWith('.json')) continue;
      const name = file.slice(0, -'.json'.length);
      const holder = readNote(name);
      const release = gate.tryLock(fileOf(name));
      if (release === undefined) {
        if (holder !== undefined) found.push(holder);
        continue;
      }
      release();
      onFree(name);
    }
    return found;
  };
  const unusable = (error: unknown): BatchError => {
    if (isFullDisk(error)) return lockFull(folder, error);
    const { text, isRetryable } = adviceOn(error, 'Remove it while no run is under way.');
    return lockUnusable(folder, error, text, isRetryable);
  };

  const take = (root: string, run: string): (() => void) => {
    const place = placeOf(root);
    const other = holders(drop).find((holder) => overlap(place, holder.place));
    if (other !== undefined) throw locked(place.path, other.place.path, other);
    const name = lockName(place);
    const unlock = gate.tryLock(fileOf(name));
    if (unlock === undefined) throw locked(place.path, place.path, undefined);
    try {
      writeNote(name, { place, run, pid: process.pid });
    } catch (error) {
      unlock();
      throw error;
    }
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      try {
        gate.within(() => {
          unlock();
          drop(name);
        });
      } catch {
        // It is free all the same: what is left of it says nothing.
        unlock();
      }
    };
  };

  return {
    async acquire(root, run) {
      try {
        makeFolder(folder);
        return gate.within(() => take(root, run));
      } catch (error) {
        if ((error as { readonly code?: unknown }).code === 'BATCH_LOCKED') throw error;
        throw unusable(error);
      }
    },
    holding() {
      try {
        return existsSync(gatePath) ? gate.within(() => holders(() => {}).map(({ run }) => run)) : [];
      } catch (error) {
        throw unusable(error);
      }
    },
  };
};
