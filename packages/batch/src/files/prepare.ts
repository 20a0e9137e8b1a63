import { createHash } from 'node:crypto';
import { dirname, join, posix } from 'node:path';
import type { Needed } from '../errors/files.ts';
import { type FileState, stateFrom } from './file-state.ts';
import { type FileStatus, type FileSystem, systemCode } from './file-system.ts';
import type { FileBatch, FileEntry } from './intent.ts';
import { inParallel } from './parallel.ts';
import type { PlannedPath } from './plan.ts';
import type { PlannedNode } from './planned-node.ts';

/** Beyond this a file that was made elsewhere is told by its size and time alone, bytes. */
const maxHashedBytes = 8 * 1024 * 1024;

/** What has to be made for an entry before it can be put in place. */
export interface Staging {
  readonly path: string;
  readonly node: Exclude<PlannedNode, { readonly kind: 'disk' }> | { readonly kind: 'copy'; readonly from: string };
}

export interface Prepared {
  /** Without what is known of the staged ones only when they are made. */
  readonly entries: readonly FileEntry[];
  readonly staging: readonly Staging[];
}

/** What has to be done for what was planned. */
export const entriesOf = (root: string, fileSystem: FileSystem, planned: readonly PlannedPath[]): Prepared => {
  const { dev } = fileSystem.status(root) as FileStatus;
  const deviceOf = (folder: string): bigint =>
    fileSystem.status(join(root, folder))?.dev ?? deviceOf(posix.dirname(folder));
  const stateOf = (path: string, status: FileStatus): FileState =>
    stateFrom(status, status.kind === 'link' ? fileSystem.readLink(join(root, path)) : undefined);
  const staging: Staging[] = [];
  const goesTo = new Map<string, string>();

  const entries = planned.flatMap(({ path, before: status, after }): FileEntry[] => {
    const before = status && stateOf(path, status);
    const stage = (node: Staging['node']): FileEntry[] => {
      staging.push({ path, node });
      return [{ path, via: 'staged', before }];
    };
    const withMode = (mode: number | undefined): FileEntry[] =>
      before === undefined || mode === undefined || mode === before.mode
        ? []
        : [{ path, via: 'mode', before, after: { ...before, mode } }];
    if (after === undefined) return before === undefined ? [] : [{ path, via: 'removed', before }];
    if (after.kind === 'folder') return before?.kind === 'folder' ? withMode(after.mode) : stage(after);
    if (after.kind !== 'disk') return stage(after);
    if (after.origin === path) return withMode(after.mode);
    const state = stateOf(after.origin, after.status);
    if (state.kind === 'link') return stage({ kind: 'link', target: String(state.target) });
    // Its inode can only be moved where that of all that is staged can be.
    if (after.status.dev !== dev || deviceOf(posix.dirname(path)) !== dev)
      return stage({ kind: 'copy', from: join(root, after.origin) });
    goesTo.set(after.origin, path);
    return [{ path, via: 'moved', from: after.origin, before, after: { ...state, mode: after.mode ?? state.mode } }];
  });
  return { entries: entries.map((entry) => ({ ...entry, to: goesTo.get(entry.path) })), staging };
};

const hashOf = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

/** Up to here a file does not hold up others that are staged with it, bytes. */
const quickBytes = 1024 * 1024;

/** Whether what is staged is made in no time, but for what the disk takes to make it sure. */
export const isQuick = (staging: readonly Staging[]): boolean =>
  staging.every(({ node }) => node.kind !== 'copy' && node.kind !== 'from') &&
  staging.reduce((bytes, { node }) => bytes + (node.kind === 'content' ? node.content.length : 0), 0) <= quickBytes;

/** What staging takes of the disk, but for what is only moved there. */
export const roomFor = (fileSystem: FileSystem, staging: readonly Staging[]): Needed => {
  const sizes = staging.flatMap(({ path, node }): (readonly [string, number])[] => {
    if (node.kind === 'content') return [[path, Buffer.byteLength(node.content)]];
    if (node.kind !== 'from' && node.kind !== 'copy') return [];
    return [[path, fileSystem.status(node.from)?.size ?? 0]];
  });
  return { bytes: sizes.reduce((sum, [, size]) => sum + size, 0), paths: sizes.map(([path]) => path) };
};

/** Makes what is staged, and makes it sure; returns the entries with what is known then. */
export const stage = async (batch: FileBatch, staging: readonly Staging[]): Promise<readonly FileEntry[]> => {
  const { fileSystem, stagedFolder, byPath } = batch;
  const { entries } = batch.intent;
  const made = new Map<string, Pick<FileEntry, 'after' | 'sha256'>>();

  const takeOver = async (from: string, path: string): Promise<FileStatus> => {
    try {
      fileSystem.rename(from, path);
    } catch (error) {
      if (systemCode(error) !== 'EXDEV') throw error;
      return fileSystem.copy(from, path);
    }
    await fileSystem.sync(path);
    return fileSystem.status(path) as FileStatus;
  };
  const contentHash = async (path: string, { size }: FileStatus): Promise<string | undefined> =>
    size > maxHashedBytes ? undefined : hashOf(await fileSystem.read(path));
  const makeOne = async ({ path, node }: Staging): Promise<void> => {
    const at = batch.staged(byPath.get(path) as FileEntry);
    switch (node.kind) {
      case 'content': {
        const status = await fileSystem.write(at, node.content, node);
        made.set(path, { after: stateFrom(status), sha256: hashOf(node.content) });
        return;
      }
      case 'from':
      case 'copy': {
        let status = await (node.kind === 'from' ? takeOver(node.from, at) : fileSystem.copy(node.from, at));
        if (node.kind === 'from' && node.mode !== undefined && node.mode !== status.mode) {
          fileSystem.setMode(at, node.mode);
          await fileSystem.sync(at);
          status = fileSystem.status(at) as FileStatus;
        }
        made.set(path, { after: stateFrom(status), sha256: await contentHash(at, status) });
        return;
      }
      case 'link':
        fileSystem.makeLink(node.target, at);
        made.set(path, { after: stateFrom(fileSystem.status(at) as FileStatus, node.target) });
        return;
      case 'folder': {
        fileSystem.makeFolder(at);
        const status = fileSystem.status(at) as FileStatus;
        made.set(path, { after: { ...stateFrom(status), mode: node.mode ?? status.mode } });
      }
    }
  };

  fileSystem.makeFolder(stagedFolder);
  const works = staging.map((each) => () => makeOne(each));
  // A file that is lost here with its name was never put in place: then there is nothing to take back. What is moved by way of here,
  // and folders, would be lost with it.
  const isPlain = staging.every(({ node }) => node.kind !== 'folder') && entries.every(({ via }) => via !== 'moved');
  if (isPlain) await inParallel(works, (work) => work());
  else {
    const syncNames = () => batch.sync(stagedFolder);
    // All but copies are there, though not sure, when the last of these is begun: the disk is asked for all of it in one turn.
    await inParallel([() => batch.sync(dirname(stagedFolder)), ...works, syncNames], (work) => work());
    if (staging.some(({ node }) => node.kind === 'from' || node.kind === 'copy')) await syncNames();
  }
  return entries.map((entry) => ({ ...entry, ...made.get(entry.path) }));
};
