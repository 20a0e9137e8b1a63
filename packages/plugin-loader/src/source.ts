import type { MaybePromise } from './definition.ts';

/** A manifest that a source came upon. */
export interface FoundPlugin {
  /** Absolute path of the plugin's folder. */
  readonly folder: string;
  /** Absolute path of the file that the manifest stands in, for messages. */
  readonly file: string;
  /** What stands there, unchecked; the error where it could not be read. */
  readonly manifest: unknown;
}

/** What a file holds, as far as the source wants to know. */
export type FileContent = { readonly value: unknown } | { readonly error: unknown };

export interface SourceContext {
  /**
   * What `pick` makes of a JSON file: answered from the index while size and times of the file stay the same, so `pick` must
   * depend on the file alone. `undefined` where there is no file. What it makes must survive JSON; `undefined` counts as nothing
   * of interest.
   */
  read(path: string, pick: (json: unknown) => unknown): FileContent | undefined;
}

/**
 * A place that plugins come from. The order of sources is their rank: of two plugins or contributions of the same name, the one
 * of the earlier source is used.
 */
export interface PluginSource {
  /** Says what it lists and where; the index is kept by it. */
  readonly id: string;
  /** Finds the manifests, in a stable order, without running any code of theirs. What is not there is not an error. */
  list(context: SourceContext): MaybePromise<readonly FoundPlugin[]>;
}
