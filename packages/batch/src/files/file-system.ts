/** What stands at a path: of a link, the link itself. */
export interface FileStatus {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly ino: bigint;
  readonly dev: bigint;
  /** Permission bits, with those above them for setuid, setgid and sticky. */
  readonly mode: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
}

export interface NewFileOptions {
  /** @default 666 less what the process masks */
  readonly mode?: number | undefined;
  /** Whose it is to be. What may not be given away stays with this process. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * What the workspace of files needs of a file system. Changes of folders are made at once, for a promise would cost more than they do;
 * what waits for the disk is asynchronous, so that it overlaps. Failures carry the system's `code`, as `ENOSPC`.
 */
export interface FileSystem {
  /** Nothing where there is nothing. */
  status(path: string): FileStatus | undefined;
  names(folder: string): readonly string[];
  realPath(path: string): string;
  readLink(path: string): string;
  /** Gives what is at a path a second name. */
  link(path: string, to: string): void;
  rename(path: string, to: string): void;
  unlink(path: string): void;
  makeFolder(path: string): void;
  removeFolder(path: string): void;
  makeLink(target: string, path: string): void;
  setMode(path: string, mode: number): void;
  read(path: string): Promise<Uint8Array>;
  /** Makes a file where there is none, before it returns its promise, which resolves when the content survives the loss of power. */
  write(path: string, content: Uint8Array | string, options?: NewFileOptions): Promise<FileStatus>;
  /** Makes a file as another is, with its mode, its owner and, to the microsecond, its time; resolves as `write` does. Replaces one. */
  copy(path: string, to: string): Promise<FileStatus>;
  /** Makes sure that what a file holds, or the names in a folder, survive the loss of power. */
  sync(path: string): Promise<void>;
}

/** The system's code of a failure, as `ENOENT`. */
export const systemCode = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
