import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  copyFile as copyFileCallback,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsync as fsyncCallback,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFile as readFileCallback,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFile as writeFileCallback,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { type FileStatus, type FileSystem, type NewFileOptions, systemCode } from './file-system.ts';

const fsync = promisify(fsyncCallback);
const copyFile = promisify(copyFileCallback);
const readFile = promisify(readFileCallback);
const writeFile = promisify(writeFileCallback);

/** Up to here a write at once is cheaper than the way through the thread pool, bytes. */
const smallBytes = 256 * 1024;
const exact = { bigint: true } as const;
const exactIfAny = { bigint: true, throwIfNoEntry: false } as const;

const kindOf = (stats: BigIntStats): FileStatus['kind'] => {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
};
const statusOf = (stats: BigIntStats): FileStatus => ({
  kind: kindOf(stats),
  ino: stats.ino,
  dev: stats.dev,
  mode: Number(stats.mode) & 0o7777,
  size: Number(stats.size),
  mtimeNs: stats.mtimeNs,
  nlink: Number(stats.nlink),
  uid: Number(stats.uid),
  gid: Number(stats.gid),
});

/** Before the mode: the system takes setuid off what changes hands. */
const giveTo = (file: number, owner: NewFileOptions['owner']): void => {
  if (owner === undefined) return;
  const { uid, gid } = fstatSync(file);
  if (uid === owner.uid && gid === owner.gid) return;
  try {
    fchownSync(file, owner.uid, owner.gid);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error;
  }
};

/** The file system of this machine. */
export const nodeFileSystem: FileSystem = {
  status(path) {
    try {
      const stats = lstatSync(path, exactIfAny);
      return stats === undefined ? undefined : statusOf(stats);
    } catch (error) {
      // Something on the way there is no folder.
      if (systemCode(error) === 'ENOTDIR' || systemCode(error) === 'ELOOP') return undefined;
      throw error;
    }
  },
  names: (folder) => readdirSync(folder),
  realPath: (path) => realpathSync.native(path),
  readLink: (path) => readlinkSync(path),
  link: linkSync,
  rename: renameSync,
  unlink: unlinkSync,
  makeFolder: (path) => void mkdirSync(path),
  removeFolder: (path) => rmdirSync(path),
  makeLink: (target, path) => symlinkSync(target, path),
  setMode: chmodSync,
  read: (path) => readFile(path),
  async write(path, content, { mode, owner } = {}) {
    const file = openSync(path, 'wx', 0o666);
    try {
      if (content.length <= smallBytes) writeFileSync(file, content);
      else await writeFile(file, content);
      giveTo(file, owner);
      if (mode !== undefined) fchmodSync(file, mode);
      await fsync(file);
      return statusOf(fstatSync(file, exact));
    } finally {
      closeSync(file);
    }
  },
  async copy(path, to) {
    const stats = lstatSync(path, exact);
    await copyFile(path, to, constants.COPYFILE_FICLONE);
    // One that may not be written to is its owner's all the same; only Windows makes sure no more than what it may write to.
    const file = openSync(to, process.platform === 'win32' ? 'r+' : 'r');
    try {
      const { uid, gid, mode } = statusOf(stats);
      giveTo(file, { uid, gid });
      fchmodSync(file, mode);
      futimesSync(file, Number(stats.atimeNs) / 1e9, Number(stats.mtimeNs) / 1e9);
      await fsync(file);
      return statusOf(fstatSync(file, exact));
    } finally {
      closeSync(file);
    }
  },
  async sync(path) {
    const file = openSync(path, 'r');
    try {
      await fsync(file);
    } finally {
      closeSync(file);
    }
  },
};
