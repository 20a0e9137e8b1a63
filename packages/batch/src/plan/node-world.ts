import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink, statfs } from 'node:fs/promises';
import { delimiter, extname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseTouch } from '../graph/touch.ts';
import type { World } from './world.ts';

export interface NodeWorldOptions {
  /** Where relative paths start. */
  readonly root: string;
  /** @default that of the process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** What nobody means by `**`. */
const skipped = new Set(['.git', 'node_modules']);
const isWild = (segment: string): boolean => /[*?[\]{}()!+@|]/.test(segment);

/** The files, the `PATH` and the disk of this machine. */
export const nodeWorld = ({ root, env = process.env }: NodeWorldOptions): World => {
  let commands: Promise<ReadonlySet<string>> | undefined;
  const at = (path: string): string => resolve(root, path);
  const stat = (path: string) => lstat(at(path)).catch(() => undefined);

  const readCommands = async (): Promise<ReadonlySet<string>> => {
    const names = new Set<string>();
    const endings = process.platform === 'win32' ? (env.PATHEXT ?? '.EXE;.CMD;.BAT').toLowerCase().split(';') : [];
    for (const folder of (env.PATH ?? env.Path ?? '').split(delimiter).filter((each) => each !== ''))
      for (const name of await readdir(folder).catch(() => [])) {
        names.add(name);
        const ending = extname(name).toLowerCase();
        if (endings.includes(ending)) names.add(name.slice(0, -ending.length));
      }
    return names;
  };

  return {
    exists: async (path) => (await stat(path)) !== undefined,
    async list(pattern, most) {
      const { isGlob, matches, path, segments } = parseTouch(pattern);
      const wild = segments.findIndex(isWild);
      const base = isGlob ? segments.slice(0, Math.max(wild, 0)) : segments;
      const found: string[] = [];
      /** A folder that is named stands for all below it. */
      const visit = async (own: string, isNamed: boolean): Promise<void> => {
        const stats = await stat(own === '' ? '.' : own);
        if (stats === undefined || found.length >= most) return;
        const isMeant = isNamed || !isGlob || matches(own);
        if (!stats.isDirectory()) {
          if (isMeant) found.push(own);
          return;
        }
        const names = (await readdir(at(own === '' ? '.' : own)).catch(() => [])).sort();
        for (const name of names)
          if (!skipped.has(name) || segments.includes(name))
            await visit(own === '' ? name : `${own}/${name}`, isMeant && isGlob);
      };
      await visit(isGlob ? base.join('/') : path === '.' ? '' : path, false);
      return found.sort();
    },
    async hash(path) {
      const stats = await stat(path);
      if (stats === undefined || stats.isDirectory()) return undefined;
      const hash = createHash('sha256');
      // A link is not the file that holds its target as a text.
      if (stats.isSymbolicLink()) return hash.update(`link\0${await readlink(at(path))}`).digest('hex');
      // A pipe or a device may never end.
      if (!stats.isFile()) return undefined;
      await pipeline(createReadStream(at(path)), hash);
      return hash.digest('hex');
    },
    commands: () => {
      commands ??= readCommands();
      return commands;
    },
    async freeBytes() {
      const stats = await statfs(root).catch(() => undefined);
      return stats === undefined ? undefined : stats.bavail * stats.bsize;
    },
  };
};
