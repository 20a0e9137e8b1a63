import type { ContributionKind, PluginError, PluginInfo } from '@hotpath/plugin-loader';
import { providerTypes } from '../config.ts';
import { unused } from './catalogue.ts';
import type { HotpathPluginHost } from './open-plugins.ts';

/** What stands before the slash of models whose provider needs no plugin, whether it is set up here or not. */
const builtIn: ReadonlySet<string> = new Set([...providerTypes, 'ollama']);

/** Functions make them, and what those return has functions, which cannot be sent to another thread. */
const neverInWorker = ['providers', 'stores'] as const;

const faultsOf = (
  { manifest, file }: PluginInfo,
  Failure: typeof PluginError,
): readonly (readonly [kind: ContributionKind, name: string, error: PluginError])[] => {
  const { name: plugin, worker, contributes } = manifest;
  return neverInWorker.flatMap((kind) =>
    (contributes[kind] ?? []).flatMap(({ name }) => {
      const about = { plugin, path: file };
      if (worker) {
        const message = `${kind} ${name} of ${plugin} is not used: functions make it, and these cannot be sent to a worker. Take "worker" out of ${file}.`;
        return [[kind, name, new Failure('PLUGIN_CONTRIBUTION_INVALID', message, { ...about, field: 'worker' })]];
      }
      if (kind !== 'providers' || !builtIn.has(name)) return [];
      const message = `${kind} ${name} of ${plugin} is not used: a provider that is built in has that name. Rename it in ${file}; "providers" of a configuration can give it any id.`;
      const fields = { ...about, field: `contributes.${kind}` };
      return [[kind, name, new Failure('PLUGIN_CONTRIBUTION_CONFLICT', message, fields)]];
    }),
  );
};

/**
 * The same host without contributions that no manifest shows to be at fault by itself: names that are reserved, and what cannot be in a
 * worker. They are among its problems, and asking for one rejects with what is wrong.
 */
export const withoutUnusable = (host: HotpathPluginHost, Failure: typeof PluginError): HotpathPluginHost => {
  // Whoever compares problems finds the same ones.
  const found = new WeakMap<PluginInfo['manifest'], ReturnType<typeof faultsOf>>();
  const faults = (): ReturnType<typeof faultsOf> =>
    host.plugins().flatMap((plugin) => {
      if (unused.has(plugin.status)) return [];
      const known = found.get(plugin.manifest) ?? faultsOf(plugin, Failure);
      found.set(plugin.manifest, known);
      return known;
    });
  const faultIn = (kind: ContributionKind, name: string, plugin: string | undefined): PluginError | undefined =>
    faults().find(([ofKind, id, error]) => ofKind === kind && id === name && error.plugin === plugin)?.[2];
  return {
    ...host,
    contributions: (kind) =>
      host.contributions(kind).filter((each) => faultIn(each.kind, each.name, each.plugin) === undefined),
    problems: () => [...host.problems(), ...faults().map(([, , error]) => error)],
    resolve: async (kind, name) => {
      const winner = host.contributions(kind).find((each) => each.name === name);
      const fault = faultIn(kind, name, winner?.plugin);
      if (fault !== undefined) throw fault;
      return host.resolve(kind, name);
    },
  };
};
