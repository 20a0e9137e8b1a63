import { isUtf8 } from 'node:buffer';
import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { nameNotText } from '../errors/files.ts';
import { ownFolder } from '../files/intent.ts';

/**
 * A folder and what is in it. The names of files are bytes: paths within a tree have a character for each of them (latin1), so that two
 * that are no text do not become one.
 */
export interface Tree {
  readonly root: string;
  /** As the system takes it. */
  at(path: string): string | Buffer;
  /** In order. The engine's own folder is nobody's to see. */
  names(folder: string): readonly string[];
  status(path: string): Stats | undefined;
  /** Where a link leads, as it says. */
  target(path: string): string;
}

const isAscii = (path: string): boolean => /^[\0-\x7f]*$/.test(path);

export const within = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

export const openTree = (root: string): Tree => {
  const at: Tree['at'] = (path) =>
    isAscii(path) ? join(root, path) : Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
  return {
    root,
    at,
    names(folder) {
      const names = readdirSync(at(folder), { encoding: 'latin1' }).sort();
      return folder === '' ? names.filter((name) => name !== ownFolder) : names;
    },
    status(path) {
      try {
        return lstatSync(at(path), { throwIfNoEntry: false });
      } catch {
        return undefined; // something above it is no folder
      }
    },
    target: (path) => readlinkSync(at(path), { encoding: 'latin1' }),
  };
};

/** As others are told of it. Throws `BATCH_PATH_INVALID` for what is no text. */
export const textOf = (path: string): string => {
  if (isAscii(path)) return path;
  const bytes = Buffer.from(path, 'latin1');
  if (!isUtf8(bytes)) throw nameNotText(bytes.toString());
  return bytes.toString();
};

export const modeOf = ({ mode }: Stats): number => mode & 0o7777;

/** How long others may have to wait for their turn, milliseconds. */
const breathMs = 10;

/** To be called now and then in long work, which lets others have their turn; rejects when it is not wanted any more. */
export const createBreath = (signal: AbortSignal): (() => Promise<void> | undefined) => {
  let since = performance.now();
  const breathe = async (): Promise<void> => {
    await setImmediate();
    signal.throwIfAborted();
    since = performance.now();
  };
  return () => (performance.now() - since < breathMs ? undefined : breathe());
};
