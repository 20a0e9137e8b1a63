import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Folders } from '../folders.ts';

export interface PluginPlacesOptions {
  readonly folders: Folders;
  /** Where Hotpath was started: its `.hotpath/plugins` and its `node_modules` are looked through. */
  readonly projectFolder: string;
  /** What the configuration says of them. @default it names no folders */
  readonly settings?: { readonly folders: readonly string[] } | undefined;
  /** Folders whose `node_modules` are looked through last. @default the one that Hotpath itself is installed in */
  readonly packageRoots?: readonly string[] | undefined;
}

/** Where plugins are looked for, first the one that wins. */
export interface PluginPlaces {
  /** Those that the configuration names. */
  readonly named: readonly string[];
  /** `.hotpath/plugins` of the project. */
  readonly project: string;
  /** `plugins` in the user's configuration folder. */
  readonly user: string;
  /** Folders whose `node_modules` are looked through. */
  readonly packageRoots: readonly string[];
}

/** The folder whose `node_modules` holds this package, or the program that it was bundled into; none among its sources. */
const installedIn = (): readonly string[] => {
  const path = fileURLToPath(import.meta.url);
  const at = path.lastIndexOf(`${sep}node_modules${sep}`);
  return at === -1 ? [] : [path.slice(0, at)];
};

export const pluginPlaces = ({
  settings,
  folders,
  projectFolder,
  packageRoots = installedIn(),
}: PluginPlacesOptions): PluginPlaces => ({
  named: settings?.folders ?? [],
  project: join(projectFolder, '.hotpath', 'plugins'),
  user: join(folders.config, 'plugins'),
  packageRoots: [...new Set([projectFolder, ...packageRoots])],
});

/** The folders that are looked into, beside those that the configuration names. */
export const foldersOf = ({ project, user, packageRoots }: PluginPlaces): readonly string[] => [
  project,
  user,
  ...packageRoots.map((root) => join(root, 'node_modules')),
];

/** Whether there may be any, judged by the places alone. */
export const isAnywhere = (places: PluginPlaces): boolean =>
  places.named.length > 0 || foldersOf(places).some((folder) => existsSync(folder));
