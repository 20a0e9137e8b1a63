import type { Contributions, ContributionTypes } from './contributions.ts';

export type MaybePromise<Value> = Value | Promise<Value>;

/** What every plugin is told about itself and its host; a host adds its own (`context` of `createPluginHost`). */
export interface PluginContext {
  readonly name: string;
  readonly version: string;
  /** Absolute path of the plugin's folder. */
  readonly folder: string;
  readonly hostVersion: string;
  /** Aborts when the activation takes too long and when the plugin is deactivated. */
  readonly signal: AbortSignal;
}

export interface PluginDefinition<
  Context extends object = object,
  Types extends ContributionTypes = ContributionTypes,
> {
  /**
   * Called once, after the plugin's dependencies are active. Returns what the manifest declares under `contributes`, by kind
   * and name; nothing where it declares nothing. Throwing leaves the plugin out, with all that need it.
   */
  activate(context: PluginContext & Context): MaybePromise<Contributions<Types> | undefined>;
  /** Called once, before the plugins it depends on are deactivated. */
  deactivate?(): MaybePromise<undefined>;
}

/** Types a plugin: make it the default export of the module that the manifest's `main` names. */
export const definePlugin = <Context extends object = object, Types extends ContributionTypes = ContributionTypes>(
  definition: PluginDefinition<Context, Types>,
): PluginDefinition<Context, Types> => definition;
