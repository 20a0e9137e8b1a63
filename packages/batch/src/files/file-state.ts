import type { FileStatus } from './file-system.ts';

/** What stood, or is to stand, at a path, as an intent keeps it. */
export interface FileState {
  readonly kind: FileStatus['kind'];
  readonly ino: string;
  readonly mode: number;
  readonly size: number;
  readonly mtimeNs: string;
  /** Of a link. */
  readonly target?: string | undefined;
}

export const stateFrom = ({ kind, ino, mode, size, mtimeNs }: FileStatus, target?: string): FileState => ({
  kind,
  ino: String(ino),
  mode,
  size,
  mtimeNs: String(mtimeNs),
  ...(target !== undefined && { target }),
});

/** Whether that is the very same, and nobody has written to it; its mode may be another. */
export const isStill = (state: FileState, found: FileState): boolean =>
  found.ino === state.ino &&
  found.kind === state.kind &&
  (state.kind !== 'file' || (found.size === state.size && found.mtimeNs === state.mtimeNs)) &&
  found.target === state.target;

/** A copy has the time of what it was made from to this, nanoseconds: Node hands times to the system as floating point numbers. */
const copiedWithinNs = 2_000n;

/** Whether that is the same, or was copied from it with its time. */
export const isLike = (state: FileState, found: FileState): boolean => {
  if (found.kind !== state.kind) return false;
  if (state.kind === 'link') return found.target === state.target;
  if (state.kind === 'other') return found.ino === state.ino;
  if (state.kind === 'folder') return true;
  const apartNs = BigInt(found.mtimeNs) - BigInt(state.mtimeNs);
  return found.size === state.size && apartNs < copiedWithinNs && -apartNs < copiedWithinNs;
};
