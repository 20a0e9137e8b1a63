import type { FlagSpecs, Hotpath, PluginCommand, PluginInvocation, Plugins } from '@hotpath/runtime';
import { type CatalogueEntry, type Command, configFlag, type Invocation } from '../command.ts';
import type { CommandGroup } from '../command-groups.ts';
import { withoutOwn } from '../common-flags.ts';
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

const asCommand = (name: string, summary: string, command: PluginCommand, plugins: Plugins): Command => {
  const { argument, description, flags = {}, examples } = command;
  return {
    name,
    summary,
    ...(argument !== undefined && { argument }),
    ...(description !== undefined && { description }),
    flags: { ...flags, ...withoutOwn(sharedFlags, flags) },
    examples,
    run: (invocation) => runPlugin(command, invocation, plugins),
  };
};

/** The commands that plugins contribute, by their manifests: one is loaded when it is called, or its help asked for. */
export const findPluginCommands = async (configFile: string | undefined): Promise<readonly CatalogueEntry[]> => {
  const { findPlugins } = await import('@hotpath/runtime');
  const plugins = await findPlugins({ configFile });
  return plugins.contributions('commands').map(({ name, plugin, declaration }) => {
    const summary = declaration.summary ?? `A command of the plugin ${plugin}`;
    return {
      name,
      summary,
      load: async () => asCommand(name, summary, await plugins.resolve('commands', name), plugins),
    };
  });
};

/** First words that several of their commands share, as groups. */
export const pluginGroups = (entries: readonly CatalogueEntry[]): readonly CommandGroup[] => {
  const firsts = entries.flatMap(({ name }) => (name.includes(' ') ? [name.slice(0, name.indexOf(' '))] : []));
  return [...new Set(firsts)].map((name) => ({
    name,
    summary: 'Commands of plugins',
    examples: entries.flatMap((entry) => (entry.name.startsWith(`${name} `) ? [`hotpath ${entry.name} --help`] : [])),
  }));
};
