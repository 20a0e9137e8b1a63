import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { type ResolvedConfig, withDefaults } from './config.ts';
import { findFolders } from './folders.ts';
import { loadConfig } from './load-config.ts';

export interface CacheSettingsOptions {
  /** A configuration file to use whatever else there is. */
  readonly configFile?: string | undefined;
  /** Where to look for a configuration file, and where relative paths start. @default the working folder */
  readonly folder?: string | undefined;
  /** Environment variables to read. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The cache as it is configured, without a look at providers. Throws `ConfigError`. */
export const findCacheSettings = async (options: CacheSettingsOptions = {}): Promise<ResolvedConfig['cache']> => {
  const { configFile: file, environment = process.env } = options;
  const folders = findFolders({ environment });
  const folder = resolve(options.folder ?? '.');
  const { config } = await loadConfig({ environment, folder, home: homedir(), userFolder: folders.config, file });
  return withDefaults(config, folders).cache;
};
