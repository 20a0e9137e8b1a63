import { pathToFileURL } from 'node:url';
import type { Contributions } from './contributions.ts';
import type { PluginContext, PluginDefinition } from './definition.ts';
import { entryModuleOf } from './entry-module.ts';
import { exportInvalid } from './errors.ts';
import type { DiscoveredPlugin } from './plan.ts';
import { revisedUrl } from './refresh.ts';

/** A plugin's code, wherever it runs. */
export interface PluginModule {
  activate(context: PluginContext): Promise<Contributions | undefined>;
  deactivate(): Promise<void>;
  /** Ends what still runs of it, where that can be done. */
  discard(): void;
}

const isDefinition = (value: unknown): value is PluginDefinition =>
  typeof value === 'object' && value !== null && typeof (value as { activate?: unknown }).activate === 'function';

/** A definition as a module. */
const moduleOf = (definition: PluginDefinition): PluginModule => ({
  activate: async (context) => definition.activate(context),
  deactivate: async () => {
    await definition.deactivate?.();
  },
  discard: () => {},
});

/** The definition that a module exports. Throws `PLUGIN_EXPORT_INVALID` where it exports none. */
export const definitionOf = (exported: unknown, plugin: string, path: string): PluginDefinition => {
  const definition = (exported as { readonly default?: unknown }).default;
  if (!isDefinition(definition)) throw exportInvalid(plugin, path);
  return definition;
};

/** Imports a plugin into this thread; after a `revise` of its folder anew, with the files that it imports within that. */
export const importModule = async (plugin: DiscoveredPlugin): Promise<PluginModule> => {
  const path = entryModuleOf(plugin);
  const { href } = pathToFileURL(path);
  const exported: unknown = await import(revisedUrl(href, plugin.folder));
  return moduleOf(definitionOf(exported, plugin.manifest.name, path));
};
