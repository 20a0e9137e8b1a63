import { recallPlugins } from '@hotpath/runtime/plugin-digest';
import type { CatalogueEntry } from '../command.ts';
import { pluginSection } from './help-section.ts';

/** Finds out anew what no earlier start knew. Whatever is wrong there, the help is shown. */
const lookAnew = async (): Promise<Parameters<typeof pluginSection>[0]> => {
  try {
    const { findPlugins } = await import('@hotpath/runtime');
    const plugins = await findPlugins();
    return { contributions: plugins.contributions('commands') };
  } catch {
    return { contributions: [] };
  }
};

/** The commands of plugins, which are not loaded. Never rejects. */
export const contributedCommands = async (): Promise<Parameters<typeof pluginSection>[0]> =>
  recallPlugins() ?? lookAnew();

/** What plugins add to the help of all commands. Nothing of theirs is loaded, and mostly nothing of ours either. */
export const pluginHelp = async (own: readonly CatalogueEntry[]): Promise<string> =>
  pluginSection(await contributedCommands(), own);
