import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** One lane of one process, which alone may submit what it has collected. */
export interface Owner {
  readonly id: string;
  /** Where its process id means something. */
  readonly host: string;
  readonly pid: number;
}

/** An owner as the journal knows it. */
export interface KnownOwner extends Owner {
  /** When it was last heard of, epoch milliseconds. */
  readonly beatAt: number;
}

/** The owners of this process. */
const living = new Set<string>();

/** How long an owner may be silent, milliseconds. */
export const silenceMs = 60_000;

export function createOwner(): Owner & { readonly retire: () => void } {
  const id = randomUUID();
  living.add(id);
  return { id, host: hostOf(), pid: process.pid, retire: () => void living.delete(id) };
}

/** Whether nothing will come of it any more. Where its process can be seen, that decides at once; elsewhere its silence does. */
export function isDead(owner: KnownOwner, now: number): boolean {
  if (living.has(owner.id)) return false;
  if (now - owner.beatAt > silenceMs) return true;
  if (owner.host !== hostOf()) return false;
  // Its number may have gone to another process, this one for instance.
  return owner.pid === process.pid || !isRunning(owner.pid);
}

let host: string | undefined;

/** Containers may share a host's name, and each counts its processes from 1. */
function hostOf(): string {
  if (host !== undefined) return host;
  let space = '';
  try {
    space = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Elsewhere than on Linux all processes of a machine are in one.
  }
  host = `${hostname()} ${space}`.trim();
  return host;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
