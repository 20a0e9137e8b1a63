/** What plugins can contribute, as named in a manifest. */
export const contributionKinds = [
  'commands',
  'providers',
  'stores',
  'contextSources',
  'agents',
  'rules',
  'prices',
  'exporters',
] as const;

export type ContributionKind = (typeof contributionKinds)[number];

/**
 * What a contribution of each kind is at run time. The loader asks only for an object or a function; a host narrows it:
 * `createPluginHost<Context, Types>`.
 */
export type ContributionTypes = Readonly<Record<ContributionKind, object>>;

/** What `activate` returns: by kind, then by the name that the manifest declares. */
export type Contributions<Types extends ContributionTypes = ContributionTypes> = {
  readonly [Kind in ContributionKind]?: Readonly<Record<string, Types[Kind]>>;
};

/** What a manifest says of a contribution. Fields that the loader does not know are kept for the host. */
export interface Declaration {
  /** Unique among its kind: what users write. */
  readonly name: string;
  /** One line for lists and help. */
  readonly summary?: string;
  readonly [field: string]: unknown;
}

/** A contribution as it can be shown without loading the plugin. */
export interface DeclaredContribution {
  readonly kind: ContributionKind;
  readonly name: string;
  /** The plugin it comes from. */
  readonly plugin: string;
  readonly declaration: Declaration;
}
