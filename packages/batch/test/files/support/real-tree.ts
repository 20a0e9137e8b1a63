import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** All below a folder but the engine's own, with what undo has to bring back. */
export const realTree = (root: string, folder = ''): Record<string, object> => {
  const found: Record<string, object> = {};
  for (const name of readdirSync(join(root, folder)).sort()) {
    if (folder === '' && name === '.hotpath') continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    const stats = lstatSync(join(root, path), { bigint: true });
    const { mode, ino, mtimeNs } = stats;
    if (stats.isDirectory()) Object.assign(found, { [path]: { folder: true, mode } }, realTree(root, path));
    else if (stats.isSymbolicLink()) found[path] = { target: readlinkSync(join(root, path)) };
    else found[path] = { content: readFileSync(join(root, path), 'latin1'), mode, ino, mtimeNs };
  }
  return found;
};
