import { isBuiltin } from 'node:module';
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

// Windows drops a dot at the end of a folder's name.
const pattern = /^(?:@[a-z0-9~-](?:[a-z0-9._~-]*[a-z0-9_~-])?\/)?[a-z0-9](?:[a-z0-9._-]*[a-z0-9_-])?$/;
const reservedByWindows = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;

/** Why a name of the right letters can be none all the same, as a clause; undefined where it can. */
const whyTaken = (text: string, folder: string, contribution: string): string | undefined => {
  if (isBuiltin(text)) return 'it is a module of Node itself, which npm refuses';
  if (/^(?:node_modules|favicon\.ico)$/.test(folder)) return 'npm refuses it';
  if (reservedByWindows.test(folder)) return 'Windows keeps it for a device';
  return [folder, contribution].some((each) => each in {})
    ? 'every object of JavaScript has something of that name'
    : undefined;
};

/** Throws `CLI_USAGE` for what npm would not take, and for a command that would be hidden by one of `taken`. */
export const parsePluginName = (text: string, kind: string, taken: readonly string[]): PluginName => {
  if (!pattern.test(text) || text.length > 214) {
    throw usageError(
      `"${text}" cannot be the name of a plugin. Take lower-case letters, digits, "-", "_" and "." (not at the end), after a scope such as "@acme/" if you like.`,
      'plugins new',
    );
  }
  const folder = text.slice(text.indexOf('/') + 1);
  const contribution = folder.replace(/^hotpath-(?:plugin-)?(?=[a-z0-9])/, '');
  const why = whyTaken(text, folder, contribution);
  if (why !== undefined)
    throw usageError(`"${text}" cannot be the name of a plugin: ${why}. Choose another.`, 'plugins new');
  if (kind === 'command' && taken.includes(contribution)) {
    throw usageError(`"hotpath ${contribution}" is a command of Hotpath itself. Choose another name.`, 'plugins new');
  }
  return { plugin: text, folder, contribution };
};
