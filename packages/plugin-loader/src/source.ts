import type { MaybePromise } from './definition.ts';
import type { PluginError } from './errors.ts';
import type { PluginManifest } from './manifest.ts';

/** A manifest that a source came upon. */
export interface FoundPlugin {
  /** Absolute path of the plugin's folder. */
  readonly folder: string;
  /** Absolute path of the file that the manifest stands in, for messages. */
  readonly file: string;
  /** What stands there, checked by `read` or not at all yet; the error where it could not be read. */
  readonly manifest: unknown;
}

/** What a file holds, as far as the source wants to know. */
export type FileContent = { readonly value: PluginManifest | null | undefined } | { readonly error: PluginError };

export interface SourceContext {
  /**
   * The checked manifest that `pick` finds in a JSON file; `undefined` where there is no file. What `pick` makes `null` or `undefined` is
   * handed on as it is: two ways to say that the file holds none. Answered from the index while size and times of the file stay the
   * same, so `pick` must depend on the file alone, and be the same for each time that a file is read.
   */
  read(path: string, pick: (json: unknown) => unknown): FileContent | undefined;
  /** The names in a folder, sorted; none where there is no folder. Throws where it may not be read. */
  names(folder: string): readonly string[];
}

/**
 * A place that plugins come from. The order of sources is their rank: of two plugins or contributions of the same name, the one
 * of the earlier source is used.
 */
export interface PluginSource {
  /** Says what it lists and where; the index is kept by it. */
  readonly id: string;
  /**
   * All that `list` goes by besides `id` and what it asks its context for, as text; '' where that is nothing. While this and the files
   * asked for stay the same, the index answers for the source.
   * @default none: it is asked at every start
   */
  readonly basis?: string | undefined;
  /** Finds the manifests, in a stable order, without running any code of theirs. What is not there is not an error. */
  list(context: SourceContext): MaybePromise<readonly FoundPlugin[]>;
}
