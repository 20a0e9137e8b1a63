import { dirname, posix } from 'node:path';
import type { FileStatus, FileSystem, NewFileOptions } from '../files/file-system.ts';
import { Crash } from './crash.ts';

/** What is behind a name. Its content and mode are sure only as `sync` left them. */
interface Inode {
  ino: bigint;
  readonly kind: FileStatus['kind'];
  content: Buffer;
  mode: number;
  mtimeNs: bigint;
  readonly target: string;
  readonly names: Map<string, Inode>;
  sure: { readonly content: Buffer; readonly mode: number; readonly mtimeNs: bigint } | undefined;
  sureNames: Map<string, Inode>;
}

/** One change of names that is not sure yet, all of it or nothing. */
interface NameChange {
  readonly folders: readonly Inode[];
  readonly put: readonly (readonly [folder: Inode, name: string, inode: Inode | undefined])[];
}

export interface SimulatedFileSystem extends FileSystem {
  /** How many operations there were. */
  readonly operations: number;
  /** Lets the process end at an operation, counted from now: that and all after it throw `Crash`. */
  crashAt(operation: number): void;
  /** Lets one operation fail, counted from now, or all content that is written from there on. */
  failAt(operation: number, code: 'ENOSPC' | 'EACCES' | 'EIO', options?: { readonly allWrites?: boolean }): void;
  /**
   * What is left after the end: all that was done, or, the power being lost, what was made sure and of the rest as much as chance has it:
   * in each folder the changes up to one of them, contents whole, cut off, or as zeros. Renames are whole everywhere.
   */
  restart(left: { readonly power: 'kept' | 'lost'; readonly random: () => number }): void;
  /** Puts a file, a link or a folder there as if it always had been: sure, and not counted. */
  seed(path: string, node: SeededNode | undefined): void;
  /** All below a path, by path. */
  tree(path: string): Readonly<Record<string, TreeNode>>;
}

export type SeededNode =
  | { readonly content: string; readonly mode?: number | undefined }
  | { readonly target: string }
  | { readonly folder: true; readonly mode?: number | undefined };

/** What counts of a file, a link or a folder. */
export type TreeNode =
  | { readonly content: string; readonly mode: number; readonly mtimeNs: bigint; readonly ino: bigint }
  | { readonly target: string }
  | { readonly folder: true; readonly mode: number };

const failure = (code: string, operation: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${operation} '${path}'`), { code, path });

/** So many operations fall into one tick of the clock that files are stamped with. */
const operationsPerTick = 12;

/**
 * A file system in memory that can be stopped at any operation, and that forgets on a loss of power what a disk may forget. Numbers of
 * inodes are used again as soon as they are free, and times are coarse: what relies on either is found out.
 */
export const simulatedFileSystem = (): SimulatedFileSystem => {
  let operations = 0;
  let crashAt = Number.POSITIVE_INFINITY;
  let fault: { readonly at: number; readonly code: string; readonly allWrites: boolean } | undefined;
  let pending: NameChange[] = [];
  const all = new Set<Inode>();

  const now = (): bigint =>
    1_700_000_000_000_000_000n + BigInt(Math.floor(operations / operationsPerTick)) * 4_000_000n;
  /** All that some folder has a name for, now or as the disk has it. */
  const namedInodes = (): Set<Inode> => {
    const named = new Set([root]);
    for (const folder of all) {
      for (const inode of folder.names.values()) named.add(inode);
      for (const inode of folder.sureNames.values()) named.add(inode);
    }
    for (const { put } of pending) for (const [, , inode] of put) if (inode !== undefined) named.add(inode);
    return named;
  };
  const newInode = (kind: Inode['kind'], mode: number, target = ''): Inode => {
    const named = namedInodes();
    for (const inode of all) if (!named.has(inode)) all.delete(inode);
    const used = new Set([...all].map(({ ino }) => ino));
    let ino = 2n;
    while (used.has(ino)) ino += 1n;
    const inode: Inode = {
      ino,
      kind,
      content: Buffer.alloc(0),
      mode,
      mtimeNs: now(),
      target,
      names: new Map(),
      sure: undefined,
      sureNames: new Map(),
    };
    all.add(inode);
    return inode;
  };
  const root: Inode = {
    ino: 1n,
    kind: 'folder',
    content: Buffer.alloc(0),
    mode: 0o755,
    mtimeNs: 0n,
    target: '',
    names: new Map(),
    sure: undefined,
    sureNames: new Map(),
  };
  all.add(root);

  const operate = (name: string, path: string): void => {
    operations += 1;
    if (operations >= crashAt) throw new Crash(`${name} '${path}'`);
    if (fault === undefined || operations < fault.at) return;
    const { code, allWrites } = fault;
    if (allWrites && name !== 'write') return;
    if (!allWrites) fault = undefined;
    throw failure(code, name, path);
  };

  /** Follows links on the way, and at the end if asked. */
  const walk = (path: string, isFollowed: boolean, links = 0): { inode: Inode | undefined; real: string } => {
    if (links > 20) throw failure('ELOOP', 'walk', path);
    let inode: Inode | undefined = root;
    let real = '/';
    const segments = posix.normalize(path).split('/').filter(Boolean);
    for (const [at, segment] of segments.entries()) {
      if (inode?.kind !== 'folder') throw failure(inode === undefined ? 'ENOENT' : 'ENOTDIR', 'walk', path);
      inode = inode.names.get(segment);
      const isLast = at === segments.length - 1;
      if (inode?.kind === 'link' && (!isLast || isFollowed)) {
        const followed = walk(posix.resolve(real, inode.target), true, links + 1);
        inode = followed.inode;
        real = followed.real;
      } else real = posix.join(real, segment);
    }
    return { inode, real };
  };
  const at = (path: string, isFollowed = false): Inode => {
    const { inode } = walk(path, isFollowed);
    if (inode === undefined) throw failure('ENOENT', 'walk', path);
    return inode;
  };
  const folderOf = (path: string): Inode => {
    const folder = at(dirname(path), true);
    if (folder.kind !== 'folder') throw failure('ENOTDIR', 'walk', path);
    return folder;
  };
  const change = (put: NameChange['put'], ...others: readonly Inode[]): void => {
    for (const [folder, name, inode] of put) {
      if (inode === undefined) folder.names.delete(name);
      else folder.names.set(name, inode);
    }
    pending.push({ folders: [...put.map(([folder]) => folder), ...others], put });
  };
  const create = (path: string, inode: () => Inode): Inode => {
    const folder = folderOf(path);
    const name = posix.basename(path);
    if (folder.names.has(name)) throw failure('EEXIST', 'create', path);
    const made = inode();
    change([[folder, name, made]]);
    return made;
  };
  const nlinkOf = (inode: Inode): number => {
    let count = 0;
    for (const folder of all) for (const other of folder.names.values()) if (other === inode) count += 1;
    return count;
  };
  const statusOf = (inode: Inode): FileStatus => ({
    kind: inode.kind,
    ino: inode.ino,
    dev: 1n,
    mode: inode.mode,
    size: inode.content.length,
    mtimeNs: inode.mtimeNs,
    nlink: nlinkOf(inode),
    uid: 0,
    gid: 0,
  });
  const makeSure = ({ put }: NameChange): void => {
    for (const [folder, name, inode] of put) {
      if (inode === undefined) folder.sureNames.delete(name);
      else folder.sureNames.set(name, inode);
    }
  };
  const syncFile = (inode: Inode): void => {
    inode.sure = { content: Buffer.from(inode.content), mode: inode.mode, mtimeNs: inode.mtimeNs };
  };
  /** What is sure of a folder rests on what came before it in all folders concerned. */
  const syncNames = (folder: Inode): void => {
    const wanted = new Set([folder]);
    const kept: NameChange[] = [];
    const left: NameChange[] = [];
    for (const each of pending.toReversed()) {
      if (!each.folders.some((other) => wanted.has(other))) {
        left.unshift(each);
        continue;
      }
      for (const other of each.folders) wanted.add(other);
      kept.unshift(each);
    }
    for (const each of kept) makeSure(each);
    pending = left;
  };
  const fill = async (path: string, inode: Inode, content: Buffer, status: () => void): Promise<FileStatus> => {
    await Promise.resolve();
    operate('write', path);
    inode.content = content;
    inode.mtimeNs = now();
    status();
    await Promise.resolve();
    operate('sync', path);
    syncFile(inode);
    return statusOf(inode);
  };

  const loseSome = (random: () => number): void => {
    const cut = new Set<Inode>();
    for (const each of pending) {
      if (each.folders.some((folder) => cut.has(folder)) || random() < 0.3)
        for (const folder of each.folders) cut.add(folder);
      else makeSure(each);
    }
    for (const inode of all) {
      inode.names.clear();
      for (const [name, other] of inode.sureNames) inode.names.set(name, other);
      const { sure } = inode;
      if (sure !== undefined && random() < 0.5) inode.mode = sure.mode;
      const isSure = sure?.content.equals(inode.content) && sure.mtimeNs === inode.mtimeNs;
      if (inode.kind !== 'file' || isSure) continue;
      const chance = random();
      if (chance < 0.25) inode.content = Buffer.from(sure?.content ?? '');
      else if (chance < 0.5) inode.content = inode.content.subarray(0, Math.floor(random() * inode.content.length));
      else if (chance < 0.75) inode.content = Buffer.alloc(inode.content.length);
    }
    pending = [];
  };

  return {
    get operations() {
      return operations;
    },
    crashAt(operation) {
      crashAt = operations + operation;
    },
    failAt(operation, code, { allWrites = false } = {}) {
      fault = { at: operations + operation, code, allWrites };
    },
    restart({ power, random }) {
      crashAt = Number.POSITIVE_INFINITY;
      fault = undefined;
      if (power === 'lost') loseSome(random);
    },
    seed(path, node) {
      const folder = folderOf(path);
      const name = posix.basename(path);
      operations += operationsPerTick;
      if (node === undefined) change([[folder, name, undefined]]);
      else {
        const isFolder = 'folder' in node;
        const kind = isFolder ? 'folder' : 'target' in node ? 'link' : 'file';
        const mode = 'target' in node ? 0o777 : (node.mode ?? (isFolder ? 0o755 : 0o644));
        const inode = newInode(kind, mode, 'target' in node ? node.target : '');
        if ('content' in node) inode.content = Buffer.from(node.content);
        syncFile(inode);
        change([[folder, name, inode]]);
      }
      syncNames(folder);
    },
    tree(path) {
      const found: Record<string, TreeNode> = {};
      const add = (folder: Inode, prefix: string): void => {
        for (const [name, inode] of [...folder.names].sort(([a], [b]) => (a < b ? -1 : 1))) {
          const { mode, mtimeNs, target, ino } = inode;
          if (inode.kind === 'folder') found[prefix + name] = { folder: true, mode };
          else if (inode.kind === 'link') found[prefix + name] = { target };
          else found[prefix + name] = { content: inode.content.toString('latin1'), mode, mtimeNs, ino };
          if (inode.kind === 'folder') add(inode, `${prefix}${name}/`);
        }
      };
      add(at(path), '');
      return found;
    },

    status(path) {
      operate('status', path);
      try {
        const { inode } = walk(path, false);
        return inode && statusOf(inode);
      } catch (error) {
        if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as { code: string }).code)) return undefined;
        throw error;
      }
    },
    names(path) {
      operate('names', path);
      return [...at(path, true).names.keys()];
    },
    realPath(path) {
      operate('realPath', path);
      const { inode, real } = walk(path, true);
      if (inode === undefined) throw failure('ENOENT', 'realPath', path);
      return real;
    },
    readLink(path) {
      operate('readLink', path);
      return at(path).target;
    },
    link(path, to) {
      operate('link', to);
      const inode = at(path);
      create(to, () => inode);
    },
    rename(path, to) {
      operate('rename', path);
      const [inode, from, folder] = [at(path), folderOf(path), folderOf(to)];
      const there = folder.names.get(posix.basename(to));
      if (there === inode) return;
      if (there?.kind === 'folder' && there.names.size > 0) throw failure('ENOTEMPTY', 'rename', to);
      if (there !== undefined && (there.kind === 'folder') !== (inode.kind === 'folder'))
        throw failure(there.kind === 'folder' ? 'EISDIR' : 'ENOTDIR', 'rename', to);
      change([
        [from, posix.basename(path), undefined],
        [folder, posix.basename(to), inode],
      ]);
    },
    unlink(path) {
      operate('unlink', path);
      if (at(path).kind === 'folder') throw failure('EISDIR', 'unlink', path);
      change([[folderOf(path), posix.basename(path), undefined]]);
    },
    makeFolder(path) {
      operate('makeFolder', path);
      create(path, () => newInode('folder', 0o755));
    },
    removeFolder(path) {
      operate('removeFolder', path);
      const inode = at(path);
      if (inode.kind !== 'folder') throw failure('ENOTDIR', 'removeFolder', path);
      if (inode.names.size > 0) throw failure('ENOTEMPTY', 'removeFolder', path);
      // Nothing is lost with it whose going is not sure.
      change([[folderOf(path), posix.basename(path), undefined]], inode);
    },
    makeLink(target, path) {
      operate('makeLink', path);
      create(path, () => newInode('link', 0o777, target));
    },
    setMode(path, mode) {
      operate('setMode', path);
      at(path, true).mode = mode;
    },
    async read(path) {
      operate('read', path);
      return Buffer.from(at(path, true).content);
    },
    async write(path, content, { mode = 0o644 }: NewFileOptions = {}) {
      operate('create', path);
      const inode = create(path, () => newInode('file', mode));
      return fill(path, inode, Buffer.from(content), () => {});
    },
    async copy(path, to) {
      operate('create', to);
      const source = at(path);
      const { inode = create(to, () => newInode('file', source.mode)) } = walk(to, false);
      return fill(to, inode, Buffer.from(source.content), () => {
        inode.mode = source.mode;
        inode.mtimeNs = source.mtimeNs;
      });
    },
    async sync(path) {
      const inode = at(path, true);
      await Promise.resolve();
      operate('sync', path);
      if (inode.kind === 'folder') syncNames(inode);
      syncFile(inode);
    },
  };
};
