import { type PluginCatalogue, recallPlugins } from '@hotpath/runtime/plugin-digest';
import type { CatalogueEntry } from '../command.ts';
import { type ListedCommand, listedCommands, pluginSection } from './help-section.ts';

export { listedCommands };

/** Finds out anew what no earlier start knew. Whatever is wrong there, the help is shown. */
const lookAnew = async (): Promise<PluginCatalogue['contributions']> => {
  try {
    const { findPlugins } = await import('@hotpath/runtime');
    return (await findPlugins()).contributions('commands');
  } catch {
    return [];
  }
};

/** The commands of plugins, which are not loaded. Never rejects. */
export const contributedCommands = async (): Promise<readonly ListedCommand[]> =>
  listedCommands(recallPlugins()?.contributions ?? (await lookAnew()));

/** What plugins add to the help of all commands. Nothing of theirs is loaded, and mostly nothing of ours either. */
export const pluginHelp = async (own: readonly CatalogueEntry[]): Promise<string> =>
  pluginSection(await contributedCommands(), own);
