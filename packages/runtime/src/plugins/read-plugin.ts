import type { PluginManifest } from '@hotpath/plugin-loader';
import { version } from '../version.ts';

/** The manifest of the plugin in a folder. Rejects with the `PluginError` that names all its faults, or says that it wants another host. */
export const readPlugin = async (folder: string): Promise<PluginManifest> => {
  const { configSource, createPluginHost } = await import('@hotpath/plugin-loader');
  await using host = createPluginHost({
    sources: [configSource([folder], { file: 'the command line' })],
    hostVersion: version,
  });
  const { problems } = await host.discover();
  // Whether what it needs is there is decided among all plugins.
  const [fault] = problems.filter(({ code }) => !code.startsWith('PLUGIN_DEPENDENCY_'));
  const [found] = host.plugins();
  if (fault !== undefined || found === undefined) throw fault ?? new Error(`There is no plugin in ${folder}.`);
  return found.manifest;
};
