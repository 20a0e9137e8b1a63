import type { ResolvedConfig } from '../config.ts';
import { makeProvider } from './make-provider.ts';
import type { Plugins } from './open-plugins.ts';
import { findPluginProviders } from './providers.ts';
import { withTimeLimit } from './time-limit.ts';

/** Why a provider of a plugin cannot be used. */
export interface ProviderFault {
  readonly plugin: string;
  readonly message: string;
}

/**
 * Makes each provider of the plugins that are active as this configuration has it, and closes it; none is asked anything. Resolves to
 * what is wrong with them; never rejects.
 */
export const tryProviders = async (
  plugins: Plugins,
  configured: ResolvedConfig['providers'],
): Promise<readonly ProviderFault[]> => {
  const host = await plugins.host();
  const active = new Set(host.plugins().flatMap(({ manifest, status }) => (status === 'active' ? manifest.name : [])));
  const pluginOf = new Map(plugins.contributions('providers').map(({ name, plugin }) => [name, plugin]));
  const used = [
    ...Object.entries(configured),
    ...findPluginProviders(plugins, configured).map(({ id, config }) => [id, config] as const),
  ];
  const faults = used.map(async ([id, config]): Promise<readonly ProviderFault[]> => {
    if (config.type !== 'plugin') return [];
    const { name = id, settings = {} } = config;
    const plugin = pluginOf.get(name);
    if (plugin === undefined || !active.has(plugin)) return [];
    try {
      const provider = await makeProvider(plugins, { id, name, settings });
      const { deactivationMs } = plugins.timeouts;
      await withTimeLimit(provider.close(), deactivationMs, () => {
        throw new Error(
          `The provider "${name}" of the plugin ${plugin} took longer than ${deactivationMs} ms to close.`,
        );
      });
      return [];
    } catch (error) {
      return [{ plugin, message: error instanceof Error ? error.message : String(error) }];
    }
  });
  return (await Promise.all(faults)).flat();
};
