import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { areUnchanged } from '@hotpath/plugin-loader/stamps';
import { configCandidates } from './config-files.ts';
import { findFolders } from './folders.ts';
import type { PluginCatalogue } from './plugins/catalogue.ts';
import { digestFile, readDigest } from './plugins/digest.ts';
import { isAnywhere, pluginPlaces } from './plugins/places.ts';

export type { PluginCatalogue } from './plugins/catalogue.ts';

/**
 * What an earlier start found out about the plugins here, in a few milliseconds: without a look at a configuration or a manifest.
 * `undefined` where nothing is known, or something has changed since: `findPlugins` finds out, and keeps it. Never throws.
 */
export const recallPlugins = (environment = process.env): PluginCatalogue | undefined => {
  const folders = findFolders({ environment });
  const projectFolder = resolve('.');
  const config = { folder: projectFolder, userFolder: folders.config, environment };
  const places = pluginPlaces({ folders, projectFolder });
  const digest = readDigest(digestFile(folders, places, config), projectFolder);
  if (digest !== undefined && areUnchanged(digest.configStamps)) return digest;
  const isNothing = !isAnywhere(places) && !configCandidates(config).some((file) => existsSync(file));
  return isNothing ? { contributions: [], boots: false, events: [], warnings: [] } : undefined;
};
