import type { FlagSpecs, Hotpath, PluginCommand, PluginInvocation, Plugins } from '@hotpath/runtime';
import { type CatalogueEntry, type Command, configFlag, type Invocation } from '../command.ts';
import type { CommandGroup } from '../command-groups.ts';
import { withoutOwn } from '../common-flags.ts';
import { type CliError, describeError, pluginCommandFailed, pluginUnused } from '../errors.ts';
import { note, writeOut } from '../terminal.ts';
import { readFields } from './command-fields.ts';
import type { ListedCommand } from './help-section.ts';

/** Options that every command of a plugin has, unless it has one of that name itself. */
const sharedFlags = {
  config: configFlag,
  json: { type: 'boolean', description: 'Write results as JSON' },
} as const satisfies FlagSpecs;

/** What a command resolves to, as an exit code: others would end the process with a code that nobody meant, or with a stack. */
const exitCodeOf = (result: unknown): number => {
  if (result === undefined) return 0;
  if (typeof result === 'number' && Number.isInteger(result) && result >= 0 && result <= 255) return result;
  throw new Error(
    `its "run" resolved to ${typeof result === 'number' ? result : `a value of type ${typeof result}`}, not to an exit code from 0 to 255 or to nothing`,
  );
};

const runPlugin = async (
  command: PluginCommand,
  { flags, positionals, signal }: Invocation,
  plugins: Plugins,
): Promise<number> => {
  const { createHotpath, createSharedParts } = await import('@hotpath/runtime');
  // What it opens has the plugins that are loaded already.
  const parts = createSharedParts();
  const held = parts.holdPlugins(plugins);
  const configFile = typeof flags.config === 'string' ? flags.config : undefined;
  let opening: Promise<Hotpath> | undefined;
  const invocation: PluginInvocation = {
    flags,
    positionals,
    signal,
    json: flags.json === true,
    write: writeOut,
    note,
    hotpath: () => {
      opening ??= createHotpath(undefined, { configFile, parts, warmCache: false });
      return opening;
    },
  };
  try {
    return exitCodeOf(await command.run(invocation));
  } finally {
    await (await opening?.catch(() => undefined))?.close();
    await held.close();
  }
};

/** What a plugin throws without a code of its own is said to be its failure. */
const named = async (plugin: string, name: string, work: Promise<number>): Promise<number> => {
  try {
    return await work;
  } catch (error) {
    throw describeError(error).code === 'UNKNOWN' ? pluginCommandFailed(plugin, name, error) : error;
  }
};

const asCommand = ({ name, summary, plugin }: ListedCommand, command: PluginCommand, plugins: Plugins): Command => {
  try {
    const { flags = {}, ...fields } = readFields(command);
    return {
      ...fields,
      name,
      summary,
      flags: { ...flags, ...withoutOwn(sharedFlags, flags) },
      run: (invocation) => named(plugin, name, runPlugin(command, invocation, plugins)),
    };
  } catch (error) {
    throw pluginCommandFailed(plugin, name, error);
  }
};

export interface PluginCommands {
  /** One is loaded when it is called, or its help asked for. */
  readonly entries: readonly CatalogueEntry[];
  /** Why the words are no command, where they would be that of a plugin which is not used. */
  whyUnused(words: readonly string[]): Promise<CliError | undefined>;
  /** A sentence on plugins whose manifests cannot be read, so that nobody knows their commands; '' where there are none. */
  readonly faults: string;
}

/** The commands that plugins contribute, by their manifests. */
export const findPluginCommands = async (configFile: string | undefined): Promise<PluginCommands> => {
  const { findPlugins } = await import('@hotpath/runtime');
  const { listedCommands } = await import('./top-level-help.ts');
  const plugins = await findPlugins({ configFile });
  const faulty = plugins.warnings.filter(({ code }) => code === 'PLUGIN_MANIFEST_INVALID').length;
  return {
    entries: listedCommands(plugins.contributions('commands')).map((listed) => ({
      ...listed,
      load: async () => asCommand(listed, await plugins.resolve('commands', listed.name), plugins),
    })),
    faults:
      faulty === 0
        ? ''
        : ` ${faulty === 1 ? 'The manifest of a plugin has' : `The manifests of ${faulty} plugins have`} faults: see "hotpath plugins doctor".`,
    async whyUnused(words) {
      const typed = `${words.join(' ')} `;
      const unused = (await plugins.host())
        .plugins()
        .find(({ manifest, error }) =>
          error === undefined ? false : manifest.contributes.commands?.some(({ name }) => typed.startsWith(`${name} `)),
        );
      const { manifest, error } = unused ?? {};
      if (manifest === undefined || error === undefined) return undefined;
      return pluginUnused(manifest.name, `${error.message} "hotpath plugins info ${manifest.name}" tells more.`);
    },
  };
};

/** First words that their commands share, as groups, unless such a word is a command by itself. */
export const pluginGroups = (entries: readonly CatalogueEntry[]): readonly CommandGroup[] => {
  const names = new Set(entries.map(({ name }) => name));
  const firsts = entries.flatMap(({ name }) => {
    const first = name.slice(0, name.indexOf(' '));
    return name.includes(' ') && !names.has(first) ? [first] : [];
  });
  return [...new Set(firsts)].map((name) => ({
    name,
    summary: 'Commands of plugins',
    examples: entries.flatMap((entry) => (entry.name.startsWith(`${name} `) ? [`hotpath ${entry.name} --help`] : [])),
  }));
};
