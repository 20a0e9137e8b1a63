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

const othersMayAccess = 0o077;

const findAccess = async (path: string, mode: string): Promise<readonly Finding[]> => {
  const status = await stat(path);
  const findings: Finding[] = [];
  if ((status.mode & othersMayAccess) !== 0) {
    findings.push({
      level: 'problem',
      about: 'permissions',
      message: `other users may use ${path} (${(status.mode & 0o777).toString(8)}): they can read your answers, or put others there.`,
      advice: `chmod ${mode} ${path}`,
    });
  }
  const own = process.getuid?.();
  // Root may own what it looks after for others, and the other way round.
  if (own !== undefined && own !== 0 && status.uid !== own) {
    findings.push({
      level: 'problem',
      about: 'permissions',
      message: `${path} belongs to another user: it is read, and may not be writable.`,
      advice: 'Set cache.path to a file of your own, or run as its owner.',
    });
  }
  return findings;
};

/** Who else may use the file and its folder. Tells nothing where there are no such permissions. */
export const findPermissions = async (path: string): Promise<readonly Finding[]> => {
  if (process.platform === 'win32') return [];
  const found = [...(await findAccess(path, '600')), ...(await findAccess(dirname(path), '700'))];
  return found.length > 0
    ? found
    : [{ level: 'ok', about: 'permissions', message: 'file and folder are yours alone.' }];
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
