import { usageError } from '../../errors.ts';

/** What a new plugin is called, in each of the places where it has a name. */
export interface PluginName {
  /** As npm names packages: `@acme/hotpath-deploy`. */
  readonly plugin: string;
  /** Of its folder: `hotpath-deploy`. */
  readonly folder: string;
  /** Of what it contributes, which is what users type: `deploy`. */
  readonly contribution: string;
}

const pattern = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._-]*$/;

/** Throws `CLI_USAGE` for what npm would not take, and for a command that would be hidden by one of `taken`. */
export const parsePluginName = (text: string, kind: string, taken: readonly string[]): PluginName => {
  if (!pattern.test(text) || text.length > 214) {
    throw usageError(
      `"${text}" cannot be the name of a plugin. Take lower-case letters, digits, "-", "_" and ".", after a scope such as "@acme/" if you like.`,
      'plugins new',
    );
  }
  const folder = text.slice(text.indexOf('/') + 1);
  const contribution = folder.replace(/^hotpath-(?:plugin-)?/, '') || folder;
  if (kind === 'command' && taken.includes(contribution)) {
    throw usageError(`"hotpath ${contribution}" is a command of Hotpath itself. Choose another name.`, 'plugins new');
  }
  return { plugin: text, folder, contribution };
};
