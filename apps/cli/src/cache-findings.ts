import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { showBytes } from './figures.ts';

/** `problem` makes the exit code 1; a `note` is worth knowing. */
export interface Finding {
  readonly level: 'ok' | 'note' | 'problem';
  readonly about: string;
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}

const about = 'permissions';
const othersMayUse = 0o077;
const othersMayWrite = 0o022;
/** In such a folder a file can be renamed and deleted by its owner alone. */
const sticky = 0o1000;
const root = 0;

type Access = Pick<Stats, 'mode' | 'uid'>;

const octal = (mode: number): string => (mode & 0o7777).toString(8);

/** What is wrong with who may use the file. `own` is the user that looks. */
export const judgeFile = (path: string, { mode, uid }: Access, own: number): Finding | undefined => {
  // Root may own what it looks after for others, and the other way round.
  if (uid !== own && own !== root)
    return {
      level: 'problem',
      about,
      message: `${path} belongs to another user, who decides whether you may read and write it.`,
      advice: 'Set cache.path to a file of your own, or run as its owner.',
    };
  if ((mode & othersMayUse) === 0) return undefined;
  return {
    level: 'problem',
    about,
    message: `other users may use ${path} (${octal(mode)}): they can read your answers, or put others there.`,
    advice: `chmod 600 ${path}`,
  };
};

/**
 * What is wrong with who may put files into the folder. Reading it tells others no more than that there is a cache. Its
 * mode is for the user alone to change, and no other than its own folder is taken for that: it may be there for everybody.
 */
export const judgeFolder = (folder: string, { mode, uid }: Access, own: number): Finding | undefined => {
  const advice = 'Move cache.path into a folder of its own.';
  if (uid !== own && uid !== root && own !== root)
    return { level: 'problem', about, message: `${folder} belongs to another user, who can replace the file.`, advice };
  if ((mode & othersMayWrite) === 0) return undefined;
  const isShared = (mode & sticky) !== 0;
  const message = `other users may write to ${folder} (${octal(mode)}): they can ${
    isShared ? 'put files beside yours that are read with it' : 'replace the file'
  }.`;
  const isOwn = uid === own && uid !== root && !isShared;
  return {
    level: 'problem',
    about,
    message,
    advice: isOwn ? `Move cache.path into a folder of its own, or: chmod go-w ${folder}` : advice,
  };
};

/** Who else may use the file and its folder. Tells nothing where there are no such permissions, or no file. */
export const findPermissions = async (path: string): Promise<readonly Finding[]> => {
  const own = process.getuid?.();
  if (own === undefined) return [];
  const file = await stat(path);
  if (!file.isFile()) return [];
  const folder = dirname(path);
  const judged = [judgeFile(path, file, own), judgeFolder(folder, await stat(folder), own)];
  const found = judged.filter((finding) => finding !== undefined);
  return found.length > 0 ? found : [{ level: 'ok', about, message: 'nobody else may read the file, or replace it.' }];
};

/** Damaged files that were moved aside. */
export const findLeftovers = async (path: string): Promise<readonly Finding[]> => {
  const folder = dirname(path);
  const start = `${basename(path)}.corrupt-`;
  const files = (await readdir(folder)).filter((name) => name.startsWith(start)).map((name) => join(folder, name));
  const sized = await Promise.all(files.map(async (file) => `${file} (${showBytes((await stat(file)).size)})`));
  if (sized.length === 0) return [];
  return [
    {
      level: 'note',
      about: 'leftovers',
      message: `damaged files were moved aside: ${sized.join(', ')}.`,
      advice: `Delete them when you do not want to look into them: rm ${join(folder, start)}*. If it happens again, check the disk.`,
    },
  ];
};
