import type { Plugins } from '@hotpath/runtime';
import type { PluginsView } from './contract.ts';

/** Every plugin that was found, what loading it took, and what is wrong with it. */
export const pluginsView = async (plugins: Pick<Plugins, 'host'>): Promise<PluginsView> => {
  const host = await plugins.host();
  const ledger = new Map(host.ledger().map((entry) => [entry.plugin, entry]));
  return {
    version: 1,
    plugins: host.plugins().map(({ manifest, status, error }) => {
      const taken = ledger.get(manifest.name);
      return {
        name: manifest.name,
        version: manifest.version,
        state: status,
        importMs: taken?.importMs ?? null,
        activationMs: taken?.activationMs ?? null,
        problem: error?.message ?? null,
      };
    }),
  };
};
