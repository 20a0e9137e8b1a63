import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { type ResolvedConfig, withDefaults } from '../config.ts';
import { findFolders } from '../folders.ts';
import { loadConfig } from '../load-config.ts';
import { openPlugins, type Plugins, type PluginsOptions } from './open-plugins.ts';

export interface FindPluginsOptions extends Pick<PluginsOptions, 'packageRoots'> {
  /** A configuration file to use whatever else there is. */
  readonly configFile?: string | undefined;
  /** Where to look for a configuration file, and where relative paths start. @default the working folder */
  readonly folder?: string | undefined;
  /** Environment variables to read. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface FoundConfig {
  readonly config: ResolvedConfig;
  /** What the plugins of this configuration are opened with. */
  readonly options: PluginsOptions;
}

/** The configuration and where its plugins are, without a look at providers. Throws `ConfigError`. */
export const findConfig = async (given: FindPluginsOptions = {}): Promise<FoundConfig> => {
  const { configFile, environment = process.env, packageRoots } = given;
  const folders = findFolders({ environment });
  const projectFolder = resolve(given.folder ?? '.');
  const places = { environment, folder: projectFolder, userFolder: folders.config, file: configFile };
  const loaded = await loadConfig({ ...places, home: homedir() });
  const config = withDefaults(loaded.config, folders);
  return {
    config,
    options: {
      settings: config.plugins,
      folders,
      projectFolder,
      configPlaces: places,
      configFile: loaded.file,
      packageRoots,
    },
  };
};

/** The plugins as they are configured, by their manifests. Throws `ConfigError`. */
export const findPlugins = async (options?: FindPluginsOptions): Promise<Plugins> =>
  openPlugins((await findConfig(options)).options);
