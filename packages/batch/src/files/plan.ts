import { dirname, join, posix, resolve } from 'node:path';
import { changeMissing, fileKind, nameNotText } from '../errors/files.ts';
import type { FileChange } from './file-change.ts';
import type { FileStatus, FileSystem } from './file-system.ts';
import type { PlannedNode } from './planned-node.ts';
import { createResolver } from './resolve-path.ts';

/** What becomes of one path, all changes of a batch taken together. */
export interface PlannedPath {
  readonly path: string;
  readonly before: FileStatus | undefined;
  readonly after: PlannedNode | undefined;
}

export interface Plan {
  /** Adds a change to those before it. Throws `BATCH_PATH_INVALID`, `BATCH_FILE_MISSING` and `BATCH_FILE_KIND`. */
  add(change: FileChange): void;
  /** In the order of their paths, a folder before what is in it. */
  paths(): readonly PlannedPath[];
}

const bySegments = (a: string, b: string): number => {
  const [left, right] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')];
  if (left === right) return 0;
  return left < right ? -1 : 1;
};

/**
 * Takes changes together, so that each path is changed once: from what stands there to what the last of them leaves there. Half of
 * them can then be undone path by path, whichever of them the disk has kept. Reads the tree and changes nothing.
 */
export const createPlan = (root: string, fileSystem: FileSystem): Plan => {
  const planned = new Map<string, { path: string; before: FileStatus | undefined; after: PlannedNode | undefined }>();
  const plannedIn = new Map<string, Set<string>>();

  /** What is at a path of the tree as it was, and to be found there still: not below what was no folder. */
  const onDisk = (path: string): FileStatus | undefined => {
    const above = planned.get(dirname(path));
    if (above !== undefined && above.before?.kind !== 'folder') return undefined;
    return fileSystem.status(join(root, path));
  };
  const get = (path: string): PlannedNode | undefined => {
    const known = planned.get(path);
    if (known !== undefined) return known.after;
    const status = onDisk(path);
    if (status === undefined) return undefined;
    return status.kind === 'folder' ? { kind: 'folder', mode: status.mode } : { kind: 'disk', origin: path, status };
  };
  const set = (path: string, after: PlannedNode | undefined): void => {
    const known = planned.get(path);
    if (known !== undefined) {
      known.after = after;
      return;
    }
    planned.set(path, { path, before: onDisk(path), after });
    const folder = dirname(path);
    const names = plannedIn.get(folder) ?? new Set();
    plannedIn.set(folder, names.add(posix.basename(path)));
  };
  const namesIn = (folder: string): readonly string[] => {
    const names = new Set(plannedIn.get(folder));
    if (onDisk(folder)?.kind === 'folder')
      for (const name of fileSystem.names(join(root, folder))) {
        // As bytes that are no text are read: nothing is to be found by that.
        if (name.includes('\uFFFD') && onDisk(posix.join(folder, name)) === undefined) throw nameNotText(name);
        names.add(name);
      }
    return [...names].filter((name) => get(posix.join(folder, name)) !== undefined);
  };
  const resolver = createResolver({
    root,
    fileSystem,
    get,
    makeFolder: (path) => set(path, { kind: 'folder' }),
    isPlanned: (path) => planned.has(path),
  });
  const modeOf = (node: PlannedNode | undefined): number | undefined =>
    node?.kind === 'disk' && node.status.kind === 'file' ? (node.mode ?? node.status.mode) : undefined;

  const write = (change: FileChange & { readonly type: 'write' }): void => {
    const path = resolver.resolve(change.path, true);
    const before = get(path);
    if (before?.kind === 'folder') throw fileKind(change.path, 'is a folder, and cannot be written to');
    if ('from' in change) {
      const from = resolve(root, change.from);
      if (fileSystem.status(from)?.kind !== 'file') throw changeMissing(change.from, 'put in place');
      set(path, { kind: 'from', from, mode: change.mode });
      return;
    }
    const { content } = change;
    const mode = change.mode ?? (before?.kind === 'content' ? before.mode : modeOf(before));
    const owner = before?.kind === 'disk' && before.status.kind === 'file' ? before.status : undefined;
    set(path, { kind: 'content', content, mode, owner });
  };
  const remove = (path: string): void => {
    if (get(path)?.kind === 'folder') for (const name of namesIn(path)) remove(posix.join(path, name));
    set(path, undefined);
  };
  const move = (path: string, to: string): void => {
    const node = get(path);
    set(to, node);
    if (node?.kind === 'folder') for (const name of namesIn(path)) move(posix.join(path, name), posix.join(to, name));
    set(path, undefined);
  };
  const rename = (change: FileChange & { readonly type: 'rename' }): void => {
    const path = resolver.resolve(change.path);
    const node = get(path);
    if (node === undefined) throw changeMissing(change.path, 'renamed');
    const to = resolver.resolve(change.to, true);
    if (to === path) return;
    const there = get(to);
    if (to.startsWith(`${path}/`)) throw fileKind(change.path, 'cannot be moved into itself');
    if (there?.kind === 'folder') throw fileKind(change.to, 'is a folder, and cannot be replaced');
    if (there !== undefined && node.kind === 'folder') throw fileKind(change.to, 'is no folder, and cannot become one');
    move(path, to);
  };
  const setMode = (change: FileChange & { readonly type: 'mode' }): void => {
    const path = resolver.resolve(change.path);
    const node = get(path);
    if (node === undefined) throw changeMissing(change.path, 'given another mode');
    const isLink = node.kind === 'link' || (node.kind === 'disk' && node.status.kind === 'link');
    if (isLink) throw fileKind(change.path, 'is a link, which has no mode');
    set(path, { ...node, mode: change.mode } as PlannedNode);
  };
  const link = (change: FileChange & { readonly type: 'link' }): void => {
    const path = resolver.resolve(change.path, true);
    if (get(path)?.kind === 'folder') throw fileKind(change.path, 'is a folder, and cannot become a link');
    set(path, { kind: 'link', target: change.target });
  };
  const folder = (change: FileChange & { readonly type: 'folder' }): void => {
    const path = resolver.resolve(change.path, true);
    const node = get(path);
    if (node !== undefined && node.kind !== 'folder')
      throw fileKind(change.path, 'is no folder, and cannot become one');
    if (node === undefined || change.mode !== undefined) set(path, { kind: 'folder', mode: change.mode });
  };

  return {
    add(change) {
      switch (change.type) {
        case 'write':
          return write(change);
        case 'remove': {
          const path = resolver.resolve(change.path);
          if (get(path) === undefined) throw changeMissing(change.path, 'removed');
          return remove(path);
        }
        case 'rename':
          return rename(change);
        case 'mode':
          return setMode(change);
        case 'link':
          return link(change);
        case 'folder':
          return folder(change);
      }
    },
    paths: () => [...planned.values()].sort((a, b) => bySegments(a.path, b.path)),
  };
};
