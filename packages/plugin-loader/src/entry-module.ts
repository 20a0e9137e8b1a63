import { join, sep } from 'node:path';
import { fs } from './file-system.ts';
import type { DiscoveredPlugin } from './plan.ts';

const isInstalled = (folder: string): boolean => {
  try {
    return fs.realpathSync(folder).includes(`${sep}node_modules${sep}`);
  } catch {
    return true;
  }
};

/**
 * The module that a plugin is loaded from: what its manifest names for development, where that is there and the folder is no
 * installed package, else its `main`. A link in `node_modules` to a folder elsewhere is not an installed package.
 */
export const entryModuleOf = ({ folder, manifest: { main, development } }: DiscoveredPlugin): string => {
  if (development !== undefined) {
    const path = join(folder, development);
    if (fs.existsSync(path) && !isInstalled(folder)) return path;
  }
  return join(folder, main);
};
