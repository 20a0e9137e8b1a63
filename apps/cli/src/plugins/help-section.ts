import type { PluginCatalogue } from '@hotpath/runtime/plugin-digest';
import type { CatalogueEntry } from '../command.ts';

// What `nameFault` of command-names.ts says with reasons: shared, it would be another file for the help to read.
const canBeCalled = (name: string, own: readonly Pick<CatalogueEntry, 'name'>[]): boolean =>
  /^(?!help( |$))[^ -][^ ]*( [^ -][^ ]*)*$/.test(name) &&
  own.every((entry) => !`${name} `.startsWith(`${entry.name} `) && !entry.name.startsWith(`${name} `));

/** The lines of plugins' commands in the help of all, after those of our own; those that ours hide are left out. */
export const pluginSection = (
  { contributions }: Pick<PluginCatalogue, 'contributions'>,
  own: readonly Pick<CatalogueEntry, 'name'>[],
): string => {
  const commands = contributions.filter(({ kind, name }) => kind === 'commands' && canBeCalled(name, own));
  if (commands.length === 0) return '';
  const width = Math.max(...[...own, ...commands].map(({ name }) => name.length)) + 2;
  const lines = commands.map(
    ({ name, plugin, declaration }) =>
      `  ${name.padEnd(width)}${declaration.summary ?? `A command of the plugin ${plugin}`}`,
  );
  return `\nCommands of plugins\n${lines.join('\n')}\n`;
};
