import { entryModuleOf } from './entry-module.ts';
import { type FileStamp, isSettled, stampOf, statOf } from './file-stamps.ts';
import type { DiscoveredPlugin } from './plan.ts';
import { fingerprintOf, listPluginFiles, type PluginFile } from './plugin-files.ts';

/** Which state of a plugin something is known of. */
export interface PluginBuild {
  /** Version and code. What a plugin writes into its own folder while it is loaded is no other code. */
  readonly code: string;
  /** Version and all files: data that a failure came of may have been mended. */
  readonly files: string;
}

const maxFiles = 1_000;

const isCode = ({ name }: PluginFile): boolean =>
  /\.(?:[cm]?[jt]s|node|wasm)$/.test(name) || name === 'package.json' || name === 'plugin.json';

interface Looked {
  readonly entry: readonly PluginFile[];
  readonly files: readonly PluginFile[];
  readonly folders: readonly Pick<PluginFile, 'path' | 'stats'>[];
}

const lookAt = (plugin: DiscoveredPlugin): Looked => {
  const path = entryModuleOf(plugin);
  const stats = statOf(path);
  // It may be where nobody else looks, such as in a hidden folder.
  const entry = stats === undefined ? [] : [{ path, name: 'main', stats }];
  try {
    return { entry, ...listPluginFiles(plugin.folder, maxFiles) };
  } catch {
    return { entry, files: [], folders: [] };
  }
};

export const buildOf = (plugin: DiscoveredPlugin): PluginBuild => {
  const { version } = plugin.manifest;
  const { entry, files } = lookAt(plugin);
  return {
    code: `${version} ${fingerprintOf([...entry, ...files.filter(isCode)])}`,
    files: `${version} ${fingerprintOf([...entry, ...files])}`,
  };
};

/** What a build rests on; `undefined` where some of it was changed only just before `now`, epoch ms. */
export const buildStamps = (plugin: DiscoveredPlugin, now: number): readonly FileStamp[] | undefined => {
  const { entry, files, folders } = lookAt(plugin);
  const seen = [...entry, ...folders, ...files];
  if (!seen.every(({ stats }) => isSettled(stats, now))) return undefined;
  const missing = entry.length === 0 ? [stampOf(entryModuleOf(plugin), undefined)] : [];
  return [...missing, ...seen.map(({ path, stats }) => stampOf(path, stats))];
};
