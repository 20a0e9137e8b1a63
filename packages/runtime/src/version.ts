declare const HOTPATH_RUNTIME_VERSION: string;

/** The version of this package, which the `host` ranges of plugins are held against. Run from its sources, it has none. */
export const version = typeof HOTPATH_RUNTIME_VERSION === 'string' ? HOTPATH_RUNTIME_VERSION : '0.0.0';
