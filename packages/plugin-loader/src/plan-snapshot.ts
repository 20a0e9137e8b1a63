import { PluginError, type PluginErrorCode } from './errors.ts';
import { chooseContributions, type DiscoveredPlugin, type Plan } from './plan.ts';

/** An error as data. Its cause is another one of the list, or what is left of an error of somebody else's. */
interface KeptError {
  readonly code: PluginErrorCode;
  readonly message: string;
  readonly plugin: string | undefined;
  readonly path: string | undefined;
  readonly field: string | undefined;
  readonly via: readonly string[] | undefined;
  readonly cause?: number | { readonly name: string; readonly message: string };
}

/** A plan as JSON has it. */
export interface PlanSnapshot {
  readonly plugins: readonly DiscoveredPlugin[];
  readonly levels: readonly (readonly string[])[];
  /** Each after its cause. */
  readonly errors: readonly KeptError[];
  /** Places in `errors`. */
  readonly unusable: readonly (readonly [name: string, error: number])[];
  readonly problems: readonly number[];
  readonly quarantined: readonly (readonly [name: string, why: string])[];
}

export const toSnapshot = ({ plugins, levels, unusable, problems, quarantined }: Plan): PlanSnapshot => {
  const errors: KeptError[] = [];
  const places = new Map<PluginError, number>();
  const place = (error: PluginError): number => {
    const known = places.get(error);
    if (known !== undefined) return known;
    const { code, message, plugin, path, field, via } = error;
    const kept = { code, message, plugin, path, field, via };
    const { cause } = error;
    if (PluginError.isInstance(cause)) errors.push({ ...kept, cause: place(cause) });
    else if (cause instanceof Error) errors.push({ ...kept, cause: { name: cause.name, message: cause.message } });
    else errors.push(kept);
    places.set(error, errors.length - 1);
    return errors.length - 1;
  };
  return {
    plugins: [...plugins.values()],
    levels,
    unusable: [...unusable].map(([name, error]) => [name, place(error)]),
    problems: problems.map(place),
    quarantined: [...quarantined],
    errors,
  };
};

export const fromSnapshot = (snapshot: PlanSnapshot): Plan => {
  const { levels, errors, unusable, problems, quarantined } = snapshot;
  const made: PluginError[] = [];
  for (const { code, message, cause, ...fields } of errors) {
    const given = typeof cause === 'object' ? Object.assign(new Error(cause.message), { name: cause.name }) : undefined;
    made.push(new PluginError(code, message, { ...fields, cause: typeof cause === 'number' ? made[cause] : given }));
  }
  const errorAt = (place: number): PluginError => made[place] as PluginError;
  const plugins = new Map<string, DiscoveredPlugin>();
  for (const plugin of snapshot.plugins) plugins.set(plugin.manifest.name, plugin);
  const out = new Map(unusable.map(([name, place]) => [name, errorAt(place)]));
  let contributions: Plan['contributions'] | undefined;
  return {
    plugins,
    levels,
    unusable: out,
    quarantined: new Map(quarantined),
    problems: problems.map(errorAt),
    // A start that uses no contribution does without.
    get contributions() {
      contributions ??= chooseContributions(snapshot.plugins.filter(({ manifest }) => !out.has(manifest.name)));
      return contributions;
    },
  };
};
