import { resolve, sep } from 'node:path';
import type { PluginSource } from '../source.ts';
import { readPluginFolder } from './manifest-files.ts';

/**
 * The plugins in the sub-folders of a folder, each with a `plugin.json` or a `package.json` that has the field `hotpath`; or the
 * one plugin that the folder itself is. Links are followed, names that begin with a dot are not looked into.
 */
export const folderSource = (path: string): PluginSource => {
  const folder = resolve(path);
  return {
    id: `folder ${folder}`,
    basis: '',
    list: (context) => {
      const itself = readPluginFolder(folder, context);
      if (itself !== undefined) return [itself];
      return context
        .names(folder)
        .flatMap((name) => (name.startsWith('.') ? [] : (readPluginFolder(`${folder}${sep}${name}`, context) ?? [])));
    },
  };
};
