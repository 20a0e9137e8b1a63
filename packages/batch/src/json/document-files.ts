import { lstatSync, realpathSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { documentMissing, documentOutside, documentUnreadable } from '../errors/documents.ts';
import { BatchError } from '../errors.ts';

/** Files of documents as they stand. All paths are relative to the root, with `/`. */
export interface DocumentFiles {
  /** The one name of a file, whatever links lead to it. Throws for what is not below the root. */
  resolve(path: string): string;
  /** Another text whenever the file may be another; `undefined` where there is none. */
  stamp(path: string): string | undefined;
  read(path: string): Promise<Uint8Array>;
}

const isMissing = (error: unknown): boolean => (error as { readonly code?: unknown } | null)?.code === 'ENOENT';

/** Paths as they are written, taken to their simplest form. */
const plainPath = (path: string): string => {
  const plain = posix.normalize(path.replaceAll('\\', '/'));
  if (plain.startsWith('/') || plain === '..' || plain.startsWith('../') || plain === '.' || /^[a-z]:/i.test(plain))
    throw documentOutside(path);
  return plain;
};

export const nodeDocumentFiles = (root: string): DocumentFiles => {
  let realRoot: string | undefined;
  /** Links followed as far as there is anything: what is new is named by the folder that it will really be in. */
  const follow = (path: string, plain: string): string => {
    realRoot ??= realpathSync(root);
    const place = join(realRoot, plain);
    try {
      const real = relative(realRoot, realpathSync(place)).replaceAll(sep, '/');
      return real === '' ? '.' : plainPath(real);
    } catch (error) {
      if (BatchError.isInstance(error)) throw documentOutside(path);
      if (!isMissing(error)) throw documentUnreadable(path, error);
    }
    if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true)
      throw documentUnreadable(path, new Error('it is a link that leads nowhere'));
    const folder = posix.dirname(plain);
    return folder === '.' ? plain : posix.join(follow(path, folder), posix.basename(plain));
  };
  return {
    resolve: (path) => follow(path, plainPath(path)),
    stamp(path) {
      const stat = statSync(join(root, path), { bigint: true, throwIfNoEntry: false });
      // The time of the last change to the entry cannot be set by hand, as that of the content can.
      return stat === undefined ? undefined : `${stat.dev}-${stat.ino}-${stat.size}-${stat.mtimeNs}-${stat.ctimeNs}`;
    },
    async read(path) {
      try {
        return await readFile(join(root, path));
      } catch (error) {
        throw isMissing(error) ? documentMissing(path) : documentUnreadable(path, error);
      }
    },
  };
};
