declare const HOTPATH_VERSION: string;

/** The version of this package. Run from its sources, it has none. */
export const version = typeof HOTPATH_VERSION === 'string' ? HOTPATH_VERSION : 'unbuilt';
