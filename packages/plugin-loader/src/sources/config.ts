import { join, resolve } from 'node:path';
import type { FoundPlugin, PluginSource } from '../source.ts';
import { readPluginFolder } from './manifest-files.ts';

/** A plugin named in a configuration: its folder, with the manifest where the folder has none. */
export interface ConfigEntry {
  readonly folder: string;
  /** Used in place of a manifest in the folder. */
  readonly manifest?: unknown;
}

export interface ConfigSourceOptions {
  /** What relative folders start from. @default the current folder */
  readonly root?: string | undefined;
  /** Names the configuration in messages. @default 'configuration' */
  readonly file?: string | undefined;
}

/** The plugins that a configuration lists. Unlike in other sources, one that is not there is a fault. */
export const configSource = (
  entries: readonly (string | ConfigEntry)[],
  { root = '.', file = 'configuration' }: ConfigSourceOptions = {},
): PluginSource => ({
  id: `config ${file}`,
  get basis() {
    // A manifest that is handed in may hold what no text shows.
    if (entries.some((entry) => typeof entry !== 'string' && entry.manifest !== undefined)) return undefined;
    return JSON.stringify([
      resolve(root),
      ...entries.map((entry) => (typeof entry === 'string' ? entry : entry.folder)),
    ]);
  },
  list: (context) =>
    entries.map((entry): FoundPlugin => {
      const { folder: given, manifest } = typeof entry === 'string' ? { folder: entry, manifest: undefined } : entry;
      const folder = resolve(root, given);
      if (manifest !== undefined) return { folder, file, manifest };
      return (
        readPluginFolder(folder, context) ?? {
          folder,
          file: join(folder, 'plugin.json'),
          manifest: new Error(`named in ${file}, and there is neither a plugin.json nor a package.json with "hotpath"`),
        }
      );
    }),
});
