import type { CatalogueEntry } from './command.ts';

type Listed = Pick<CatalogueEntry, 'name' | 'summary'>;

/** The commands of a group as help lists them: ours, then those that plugins add to it. Nothing of theirs is loaded. */
export const membersOf = async (group: string, own: readonly Listed[]): Promise<readonly Listed[]> => {
  // The same module as for the help of all: what it knows of plugins is in a file with it.
  const { contributedCommands } = await import('./plugins/top-level-help.ts');
  const { contributions } = await contributedCommands();
  const names = new Set(own.map(({ name }) => name));
  const added = contributions
    .filter(({ kind, name }) => kind === 'commands' && name.startsWith(`${group} `) && !names.has(name))
    .map(({ name, plugin, declaration }) => ({
      name,
      summary: declaration.summary ?? `A command of the plugin ${plugin}`,
    }));
  return [...own, ...added];
};
