import type { Plugins } from '@hotpath/runtime';
import type { PluginsView } from './contract.ts';

const timeOf = (iso: string | undefined): number | null => (iso === undefined ? null : Date.parse(iso));

/** Every plugin that was found, what loading it took, and what is wrong with it. */
export const pluginsView = async (plugins: Pick<Plugins, 'host'>): Promise<PluginsView> => {
  const host = await plugins.host();
  const ledger = new Map(host.ledger().map((entry) => [entry.plugin, entry]));
  return {
    version: 1,
    plugins: host.plugins().map(({ manifest, folder, source, status, error, trouble }) => {
      const taken = ledger.get(manifest.name);
      return {
        name: manifest.name,
        version: manifest.version,
        state: status,
        importMs: taken?.importMs ?? null,
        activationMs: taken?.activationMs ?? null,
        problem: error?.message ?? null,
        about: manifest.description ?? null,
        folder,
        source,
        runsIn: manifest.worker ? 'thread' : 'process',
        activates: manifest.core ? ['core', ...manifest.activates] : manifest.activates,
        contributes: Object.entries(manifest.contributes).flatMap(([kind, declared]) =>
          declared.map(({ name }) => `${kind}: ${name}`),
        ),
        needs: Object.entries(manifest.dependencies).map(([name, range]) => `${name} ${range}`),
        host: manifest.host,
        trouble: trouble
          ? {
              build: trouble.build,
              crashes: trouble.crashes,
              failures: trouble.failures,
              lastCode: trouble.lastCode ?? null,
              quarantinedAt: timeOf(trouble.quarantinedAt),
            }
          : null,
      };
    }),
  };
};
