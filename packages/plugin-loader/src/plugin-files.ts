import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { statOf } from './file-stamps.ts';
import { fs } from './file-system.ts';

export interface PluginFile {
  readonly path: string;
  readonly name: string;
  readonly stats: Stats;
}

export interface PluginFileTree {
  readonly files: readonly PluginFile[];
  readonly folders: readonly { readonly path: string; readonly stats: Stats }[];
}

const maxFolders = 500;

/**
 * The files of a plugin, up to a bound, nearest first, without hidden ones and installed packages. A folder that is met again by a link is not
 * entered again. Throws where the plugin's own folder cannot be read.
 */
export const listPluginFiles = (folder: string, maxFiles: number): PluginFileTree => {
  const files: PluginFile[] = [];
  const folders: { path: string; stats: Stats }[] = [];
  const met = new Set<string>();
  const enter = (path: string, stats: Stats): void => {
    const identity = `${stats.dev}:${stats.ino}`;
    if (met.has(identity) || folders.length >= maxFolders) return;
    met.add(identity);
    folders.push({ path, stats });
  };
  const namesIn = (path: string): string[] => {
    try {
      return fs.readdirSync(path).sort();
    } catch (error) {
      if (path === folder) throw error;
      // One that may not be entered holds nothing that the plugin could use.
      return [];
    }
  };
  enter(folder, fs.statSync(folder));
  for (const { path } of folders) {
    for (const name of namesIn(path)) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      const file = join(path, name);
      const stats = statOf(file);
      if (stats?.isDirectory()) enter(file, stats);
      else if (stats !== undefined && files.length < maxFiles) files.push({ path: file, name, stats });
    }
    if (files.length >= maxFiles) break;
  }
  return { files, folders };
};

/** Changes with every file of these that is added, removed or written. */
export const fingerprintOf = (files: readonly PluginFile[]): string => {
  let bytes = 0;
  let newestMs = 0;
  let mixed = 0;
  for (const { name, stats } of files) {
    const { size, mtimeMs } = stats;
    bytes += size;
    newestMs = Math.max(newestMs, mtimeMs);
    for (const part of [size, Math.trunc(mtimeMs), Math.trunc((mtimeMs % 1) * 1e6), name.length])
      mixed = Math.imul(mixed ^ part, 0x01000193) >>> 0;
  }
  return `${files.length}.${bytes}.${newestMs}.${mixed}`;
};
