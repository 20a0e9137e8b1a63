import { type ContributionKind, contributionKinds, type DeclaredContribution } from './contributions.ts';
import { orderDependencies } from './dependency-graph.ts';
import {
  contributionConflict,
  dependencyCycle,
  dependencyMissing,
  dependencySkipped,
  dependencyVersion,
  fault,
  hostUnsupported,
  manifestInvalid,
  nameDuplicate,
  type PluginError,
  pluginDisabled,
  pluginQuarantined,
} from './errors.ts';
import type { PluginManifest } from './manifest.ts';
import { judgeVersions, type Verdicts, type VersionQuestions, verdictOf } from './versions.ts';

/** A plugin whose manifest was read and checked. */
export interface DiscoveredPlugin {
  readonly manifest: PluginManifest;
  /** Absolute path. */
  readonly folder: string;
  /** Where the manifest stands. */
  readonly file: string;
  /** `id` of the source. */
  readonly source: string;
}

/** What is known about all plugins before any of them is loaded. */
export interface Plan {
  /** The plugins by name, in the order of their sources. */
  readonly plugins: ReadonlyMap<string, DiscoveredPlugin>;
  /** Why a plugin of `plugins` cannot be loaded. */
  readonly unusable: ReadonlyMap<string, PluginError>;
  /** The names of all that can, each after those it needs. */
  readonly levels: readonly (readonly string[])[];
  /** The quarantines that it was made with: names and reasons. */
  readonly quarantined: ReadonlyMap<string, string>;
  readonly contributions: Readonly<Record<ContributionKind, ReadonlyMap<string, DeclaredContribution>>>;
  /** Everything found wrong, `unusable` included. */
  readonly problems: readonly PluginError[];
}

export interface PlanOptions {
  readonly hostVersion: string;
  readonly disabled: ReadonlySet<string>;
  /** Kept from earlier plans; what is missing is added. */
  readonly verdicts: Verdicts;
  /** Which plugins are skipped for what they did before, by name, and why. */
  readonly quarantined: (plugins: ReadonlyMap<string, DiscoveredPlugin>) => ReadonlyMap<string, string>;
}

type Unusable = Map<string, PluginError>;

const checkHost = (
  plugins: Iterable<DiscoveredPlugin>,
  quarantined: ReadonlyMap<string, string>,
  { hostVersion, disabled, verdicts }: PlanOptions,
  unusable: Unusable,
  questions: VersionQuestions,
): void => {
  for (const plugin of plugins) {
    const { manifest, file } = plugin;
    const { name, host } = manifest;
    const fits = verdictOf(verdicts, hostVersion, host, questions);
    if (fits === null)
      unusable.set(name, manifestInvalid(file, name, 'host', [fault('host', host, 'a range such as ">=0.1 <1"')]));
    else if (!fits) unusable.set(name, hostUnsupported(name, file, host, hostVersion));
    else if (disabled.has(name)) unusable.set(name, pluginDisabled(name));
    else {
      const why = quarantined.get(name);
      if (why !== undefined) unusable.set(name, pluginQuarantined(name, why));
    }
  }
};

const checkDependencyVersions = (
  plugins: ReadonlyMap<string, DiscoveredPlugin>,
  verdicts: Verdicts,
  unusable: Unusable,
  questions: VersionQuestions,
): void => {
  for (const { manifest, file } of plugins.values()) {
    const { name, dependencies } = manifest;
    for (const needed in dependencies) {
      const range = dependencies[needed] as string;
      const found = plugins.get(needed)?.manifest.version;
      if (found === undefined || unusable.has(name)) continue;
      const fits = verdictOf(verdicts, found, range, questions);
      const field = `dependencies.${needed}`;
      if (fits === null)
        unusable.set(name, manifestInvalid(file, name, field, [fault(field, range, 'a range such as "^1.2.0"')]));
      else if (!fits) unusable.set(name, dependencyVersion(name, needed, range, found));
    }
  }
};

/** What their versions, the host's and the user's wishes say about plugins; asked again once open questions are answered. */
const findUnusable = async (
  plugins: ReadonlyMap<string, DiscoveredPlugin>,
  quarantined: ReadonlyMap<string, string>,
  options: PlanOptions,
): Promise<Unusable> => {
  for (;;) {
    const unusable: Unusable = new Map();
    const questions: VersionQuestions = [];
    checkHost(plugins.values(), quarantined, options, unusable, questions);
    checkDependencyVersions(plugins, options.verdicts, unusable, questions);
    if (questions.length === 0) return unusable;
    await judgeVersions(options.verdicts, questions);
  }
};

/** Of each kind and name the first one's; the others are added to `problems`. */
export const chooseContributions = (
  plugins: Iterable<DiscoveredPlugin>,
  problems: PluginError[] = [],
): Plan['contributions'] => {
  const chosen = Object.fromEntries(
    contributionKinds.map((kind) => [kind, new Map<string, DeclaredContribution>()]),
  ) as Record<ContributionKind, Map<string, DeclaredContribution>>;
  for (const { manifest } of plugins) {
    for (const kind of Object.keys(manifest.contributes) as ContributionKind[]) {
      for (const declaration of manifest.contributes[kind] ?? []) {
        const winner = chosen[kind].get(declaration.name);
        if (winner === undefined)
          chosen[kind].set(declaration.name, { kind, name: declaration.name, plugin: manifest.name, declaration });
        else problems.push(contributionConflict(manifest.name, kind, declaration.name, winner.plugin));
      }
    }
  }
  return chosen;
};

/**
 * Decides which plugins are used and in which order, from their manifests alone. `found` is in the order of the sources: the earlier of
 * two plugins of one name, and of two contributions of one kind and name, is used, the later one reported. A plugin that cannot
 * be used contributes nothing.
 */
export const makePlan = async (found: readonly DiscoveredPlugin[], options: PlanOptions): Promise<Plan> => {
  const problems: PluginError[] = [];
  const plugins = new Map<string, DiscoveredPlugin>();
  for (const each of found) {
    const { name } = each.manifest;
    const winner = plugins.get(name);
    if (winner === undefined) plugins.set(name, each);
    // The same folder reached through two sources is one plugin.
    else if (winner.folder !== each.folder) problems.push(nameDuplicate(name, each.folder, winner.folder));
  }

  // Asked once: a plugin that is being loaded meanwhile may come into quarantine.
  const quarantined = options.quarantined(plugins);
  const unusable = await findUnusable(plugins, quarantined, options);
  const graph = new Map([...plugins].map(([name, { manifest }]) => [name, Object.keys(manifest.dependencies)]));
  const { levels, missing, cycles, skipped } = orderDependencies(graph, new Set(unusable.keys()));
  for (const [name, via] of missing) unusable.set(name, dependencyMissing(via));
  for (const [name, via] of cycles) unusable.set(name, dependencyCycle(via));
  for (const [name, via] of skipped) unusable.set(name, dependencySkipped(via, unusable.get(via.at(-1) as string)));

  const usable = [...plugins.values()].filter(({ manifest }) => !unusable.has(manifest.name));
  const contributions = chooseContributions(usable, problems);
  return { plugins, unusable, levels, quarantined, contributions, problems: [...problems, ...unusable.values()] };
};
