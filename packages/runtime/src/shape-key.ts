import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './make-folder.ts';

const keyBytes = 32;

/** Undefined where there is none; a file that holds something else is removed. */
const readKey = (path: string): Buffer | undefined => {
  try {
    const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url');
    if (key.length === keyBytes) return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  rmSync(path, { force: true });
  return undefined;
};

/** Made whole under another name first: whoever starts at the same moment never reads half of it, and only one is kept. */
const makeKey = (folder: string, path: string): void => {
  makeFolder(folder);
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(keyBytes).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
};

/**
 * The key under which prompts are hashed: `shape.key` of the state folder, which the first that needs it makes, for this user alone (0600).
 * It stays the same, so that what comes again is known in every process and after a restart. Undefined where it can be neither read nor
 * made: then prompts are not told apart.
 */
export const openShapeKey = (folder: string): Uint8Array | undefined => {
  const path = join(folder, 'shape.key');
  try {
    const present = readKey(path);
    if (present !== undefined) return present;
    makeKey(folder, path);
    return readKey(path);
  } catch {
    return undefined;
  }
};
