import type { CatalogueEntry, Command } from '../command.ts';
import { nameFault } from './command-names.ts';
import { findPluginCommands } from './plugin-commands.ts';

/** Shells wait for completions when they start. */
const patienceMs = 1_000;

/** A command of which nothing is known but its manifest. */
const unloaded = ({ name, summary }: CatalogueEntry): Command => ({
  name,
  summary,
  flags: {},
  examples: [],
  run: async () => 1,
});

/** What a script can hold: two words are what completion scripts look at, and options are no place for shell code. */
const isPlain = ({ name }: CatalogueEntry): boolean => name.split(' ').length <= 2;
const plainFlags = (command: Command): Command => ({
  ...command,
  flags: Object.fromEntries(Object.entries(command.flags).filter(([name]) => /^[a-z0-9][\w-]*$/i.test(name))),
});

/** Resolves to the command as it is without being loaded where that takes too long or fails. */
const loadSoon = async (entry: CatalogueEntry): Promise<Command> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Command>((resolve) => {
    timer = setTimeout(() => resolve(unloaded(entry)), patienceMs);
  });
  try {
    return plainFlags(await Promise.race([entry.load(), late]));
  } catch {
    return unloaded(entry);
  } finally {
    clearTimeout(timer);
  }
};

/** Commands of plugins that can be called, with their options where the plugin can be loaded at once. A configuration at fault has none. */
export const completablePluginCommands = async (
  configFile: string | undefined,
  own: readonly CatalogueEntry[],
): Promise<readonly Command[]> => {
  try {
    const { entries } = await findPluginCommands(configFile);
    return await Promise.all(
      entries.filter((entry) => isPlain(entry) && nameFault(entry.name, own) === undefined).map(loadSoon),
    );
  } catch {
    return [];
  }
};
