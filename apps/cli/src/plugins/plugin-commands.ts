import type { FlagSpecs, Hotpath, PluginCommand, PluginInvocation, Plugins } from '@hotpath/runtime';
import { type CatalogueEntry, type Command, configFlag, type Invocation } from '../command.ts';
import type { CommandGroup } from '../command-groups.ts';
import { withoutOwn } from '../common-flags.ts';
import { type CliError, describeError, pluginCommandFailed, pluginUnused } from '../errors.ts';
import { note, writeOut } from '../terminal.ts';

/** Options that every command of a plugin has, unless it has one of that name itself. */
const sharedFlags = {
  config: configFlag,
  json: { type: 'boolean', description: 'Write results as JSON' },
} as const satisfies FlagSpecs;

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
    return (await command.run(invocation)) ?? 0;
  } finally {
    await (await opening?.catch(() => undefined))?.close();
    await held.close();
  }
};

/** Where it comes from, by its manifest. */
interface Origin {
  readonly name: string;
  readonly summary: string;
  readonly plugin: string;
}

/** What a plugin throws without a code of its own is said to be its failure. */
const named = async (plugin: string, name: string, work: Promise<number>): Promise<number> => {
  try {
    return await work;
  } catch (error) {
    throw describeError(error).code === 'UNKNOWN' ? pluginCommandFailed(plugin, name, error) : error;
  }
};

const asCommand = ({ name, summary, plugin }: Origin, command: PluginCommand, plugins: Plugins): Command => {
  const { argument, description, flags = {}, examples } = command;
  if (typeof command.run !== 'function' || !Array.isArray(examples))
    throw pluginCommandFailed(plugin, name, 'it has no "run", or no list of "examples"');
  return {
    name,
    summary,
    ...(argument !== undefined && { argument }),
    ...(description !== undefined && { description }),
    flags: { ...flags, ...withoutOwn(sharedFlags, flags) },
    examples,
    run: (invocation) => named(plugin, name, runPlugin(command, invocation, plugins)),
  };
};

export interface PluginCommands {
  /** One is loaded when it is called, or its help asked for. */
  readonly entries: readonly CatalogueEntry[];
  /** Why the words are no command, where they would be that of a plugin which is not used. */
  whyUnused(words: readonly string[]): Promise<CliError | undefined>;
}

/** The commands that plugins contribute, by their manifests. */
export const findPluginCommands = async (configFile: string | undefined): Promise<PluginCommands> => {
  const { findPlugins } = await import('@hotpath/runtime');
  const plugins = await findPlugins({ configFile });
  return {
    entries: plugins.contributions('commands').map(({ name, plugin, declaration }) => {
      const summary = declaration.summary ?? `A command of the plugin ${plugin}`;
      const load = async (): Promise<Command> =>
        asCommand({ name, summary, plugin }, await plugins.resolve('commands', name), plugins);
      return { name, summary, load };
    }),
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
