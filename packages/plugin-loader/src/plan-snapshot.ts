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
}

export const toSnapshot = ({ plugins, levels, unusable, problems }: Plan): PlanSnapshot => {
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
    errors,
  };
};

export const fromSnapshot = ({ plugins: found, levels, errors, unusable, problems }: PlanSnapshot): Plan => {
  const made: PluginError[] = [];
  for (const { code, message, cause, ...fields } of errors) {
    const given = typeof cause === 'object' ? Object.assign(new Error(cause.message), { name: cause.name }) : undefined;
    made.push(new PluginError(code, message, { ...fields, cause: typeof cause === 'number' ? made[cause] : given }));
  }
  const errorAt = (place: number): PluginError => made[place] as PluginError;
  const plugins = new Map<string, DiscoveredPlugin>();
  const out = new Map(unusable.map(([name, place]) => [name, errorAt(place)]));
  const usable: DiscoveredPlugin[] = [];
  for (const plugin of found) {
    const { name } = plugin.manifest;
    plugins.set(name, plugin);
    if (!out.has(name)) usable.push(plugin);
  }
  return {
    plugins,
    levels,
    unusable: out,
    problems: problems.map(errorAt),
    contributions: chooseContributions(usable),
  };
};
