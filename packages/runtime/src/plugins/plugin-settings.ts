/** Whatever a configuration says to a plugin, or to one of its contributions, as it stands there. */
export type PluginSettings = Readonly<Record<string, unknown>>;
