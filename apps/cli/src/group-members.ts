import type { CatalogueEntry } from './command.ts';

type Listed = Pick<CatalogueEntry, 'name' | 'summary'>;

/** The commands of a group as help lists them: ours, then those that plugins add to it. Nothing of theirs is loaded. */
export const membersOf = async (group: string, own: readonly Listed[]): Promise<readonly Listed[]> => {
  // The same module as for the help of all: what it knows of plugins is in a file with it.
  const { contributedCommands } = await import('./plugins/top-level-help.ts');
  const contributed = await contributedCommands();
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...contributed.filter(({ name }) => name.startsWith(`${group} `) && !names.has(name))];
};
