import { failed } from '../doctor/check.ts';
import type { PluginCheck } from './examine-plugins.ts';
import type { Survey } from './survey.ts';

/** Makes the providers of the plugins that are loaded, or of one of them, and says which cannot be used. */
export const examineProviders = async (
  { plugins, providers }: Survey,
  name?: string,
): Promise<readonly PluginCheck[]> => {
  const { tryProviders } = await import('@hotpath/runtime');
  const faults = await tryProviders(plugins, providers);
  return faults.flatMap(({ plugin, message }) =>
    name === undefined || plugin === name
      ? [
          {
            ...failed('PLUGIN_PROVIDER_UNUSABLE', message, `hotpath plugins disable ${plugin}   leaves it out.`),
            plugin,
          },
        ]
      : [],
  );
};
