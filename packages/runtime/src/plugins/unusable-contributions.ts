import type { ContributionKind, DeclaredContribution, PluginError, PluginInfo } from '@hotpath/plugin-loader';
import { providerTypes } from '../config.ts';
import { unused } from './catalogue.ts';
import type { HotpathPluginHost } from './open-plugins.ts';

/** What stands before the slash of models whose provider needs no plugin, whether it is set up here or not. */
const builtIn: ReadonlySet<string> = new Set([...providerTypes, 'ollama']);

/** Functions make them, and what those return has functions, which cannot be sent to another thread. */
const neverInWorker = ['providers', 'stores'] as const;

interface Fault {
  readonly kind: ContributionKind;
  readonly name: string;
  readonly error: PluginError;
}

const faultsOf = ({ manifest, file }: PluginInfo, Failure: typeof PluginError): readonly Fault[] => {
  const { name: plugin, worker, contributes } = manifest;
  return neverInWorker.flatMap((kind) =>
    (contributes[kind] ?? []).flatMap(({ name }) => {
      const about = { plugin, path: file };
      if (worker) {
        const message = `${kind} ${name} of ${plugin} is not used: functions make it, and these cannot be sent to a worker. Take "worker" out of ${file}.`;
        return [
          { kind, name, error: new Failure('PLUGIN_CONTRIBUTION_INVALID', message, { ...about, field: 'worker' }) },
        ];
      }
      if (kind !== 'providers' || !builtIn.has(name)) return [];
      const message = `${kind} ${name} of ${plugin} is not used: a provider that is built in has that name. Rename it in ${file}; "providers" of a configuration can give it any id.`;
      const fields = { ...about, field: `contributes.${kind}` };
      return [{ kind, name, error: new Failure('PLUGIN_CONTRIBUTION_CONFLICT', message, fields) }];
    }),
  );
};

/**
 * The same host without contributions that Hotpath cannot use although their manifests are in order: those of reserved names, and those
 * that cannot be in a worker. They are among its problems, and asking for one rejects with what is wrong.
 */
export const withoutUnusable = (host: HotpathPluginHost, Failure: typeof PluginError): HotpathPluginHost => {
  // Whoever compares problems finds the same ones.
  const found = new WeakMap<PluginInfo['manifest'], readonly Fault[]>();
  const faults = (): readonly Fault[] =>
    host.plugins().flatMap((plugin) => {
      if (unused.has(plugin.status)) return [];
      const known = found.get(plugin.manifest) ?? faultsOf(plugin, Failure);
      found.set(plugin.manifest, known);
      return known;
    });
  const faultIn = (known: readonly Fault[], { kind, name, plugin }: DeclaredContribution): PluginError | undefined =>
    known.find((fault) => fault.kind === kind && fault.name === name && fault.error.plugin === plugin)?.error;
  return {
    ...host,
    contributions: (kind) => {
      const known = faults();
      return host.contributions(kind).filter((declared) => faultIn(known, declared) === undefined);
    },
    problems: () => [...host.problems(), ...faults().map(({ error }) => error)],
    resolve: async (kind, name) => {
      const declared = host.contributions(kind).find((each) => each.name === name);
      const fault = declared && faultIn(faults(), declared);
      if (fault !== undefined) throw fault;
      return host.resolve(kind, name);
    },
  };
};
