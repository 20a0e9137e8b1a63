import { readdirSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { PluginSource } from '../source.ts';
import { readPluginFolder } from './manifest-files.ts';

/** The names in a folder, sorted; none where there is no folder. */
export const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
};

/**
 * The plugins in the sub-folders of a folder, each with a `plugin.json` or a `package.json` that has the field `hotpath`; or the
 * one plugin that the folder itself is. Links are followed, names that begin with a dot are not looked into.
 */
export const folderSource = (path: string): PluginSource => {
  const folder = resolve(path);
  return {
    id: `folder ${folder}`,
    // Everything is asked synchronously: a stat answered from the kernel's memory costs less than a turn of the thread pool.
    list: (context) => {
      const itself = readPluginFolder(folder, context);
      if (itself !== undefined) return [itself];
      return namesIn(folder).flatMap((name) =>
        name.startsWith('.') ? [] : (readPluginFolder(`${folder}${sep}${name}`, context) ?? []),
      );
    },
  };
};
