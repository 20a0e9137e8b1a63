import { join, posix, relative, sep } from 'node:path';
import { changeMissing, fileKind, pathInvalid } from '../errors/files.ts';
import type { FileSystem } from './file-system.ts';
import { ownFolder } from './intent.ts';
import type { PlannedNode } from './planned-node.ts';

export interface ResolverOptions {
  readonly root: string;
  readonly fileSystem: FileSystem;
  readonly get: (path: string) => PlannedNode | undefined;
  readonly makeFolder: (path: string) => void;
  readonly isPlanned: (path: string) => boolean;
}

export interface Resolver {
  /**
   * The path that a change is really about, links to folders followed. Throws where it leaves the root, or its folder is none; folders
   * that are missing are made if `isNew`.
   */
  resolve(path: string, isNew?: boolean): string;
}

const maxLinks = 40;

export const createResolver = ({ root, fileSystem, get, makeFolder, isPlanned }: ResolverOptions): Resolver => {
  let realRoot: string | undefined;

  /** Where a link to a folder leads, below the root. */
  const follow = (text: string, path: string): string => {
    if (isPlanned(path)) throw pathInvalid(text, `${path} is a link that is made or moved by the same changes`);
    let real: string;
    try {
      real = fileSystem.realPath(join(root, path));
    } catch (cause) {
      throw pathInvalid(text, `${path} is a link that leads nowhere (${(cause as Error).message})`);
    }
    realRoot ??= fileSystem.realPath(root);
    if (real !== realRoot && !real.startsWith(realRoot === sep ? sep : realRoot + sep))
      throw pathInvalid(text, `${path} is a link that leads out of the root`);
    return relative(realRoot, real).replaceAll(sep, '/');
  };

  const folderOf = (text: string, folder: string, isNew: boolean, links = 0): string => {
    if (folder === '' || folder === '.') return '';
    if (links > maxLinks) throw pathInvalid(text, 'its folders are links in a circle');
    let at = '';
    for (const segment of folder.split('/')) {
      const next = posix.join(at, segment);
      const node = get(next);
      if (node === undefined) {
        if (!isNew) throw changeMissing(text, 'changed');
        makeFolder(next);
        at = next;
      } else if (node.kind === 'folder') at = next;
      else if (node.kind === 'link' || (node.kind === 'disk' && node.status.kind === 'link'))
        at = folderOf(text, follow(text, next), isNew, links + 1);
      else throw fileKind(next, 'is no folder, and cannot hold anything');
    }
    return at;
  };

  return {
    resolve(text, isNew = false) {
      if (text.includes('\0')) throw pathInvalid(text, 'no path holds a null character');
      if (posix.isAbsolute(text) || /^[a-z]:[\\/]/i.test(text)) throw pathInvalid(text, 'it is absolute');
      const path = posix.normalize(text).replace(/\/$/, '');
      if (path === '..' || path.startsWith('../')) throw pathInvalid(text, 'it leaves the root');
      if (path === '.' || path === '') throw pathInvalid(text, 'it is the root itself');
      const isOwn = (some: string): boolean => some.split('/')[0]?.toLowerCase() === ownFolder;
      const own = () => pathInvalid(text, `${ownFolder} is where the engine keeps what it needs`);
      // Before folders on the way there are made, and after links were followed.
      if (isOwn(path)) throw own();
      const resolved = posix.join(folderOf(text, posix.dirname(path), isNew), posix.basename(path));
      if (isOwn(resolved)) throw own();
      return resolved;
    },
  };
};
