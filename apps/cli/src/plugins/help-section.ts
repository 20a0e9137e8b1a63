import type { PluginCatalogue } from '@hotpath/runtime/plugin-digest';
import type { CatalogueEntry } from '../command.ts';

type Listed = Pick<CatalogueEntry, 'name' | 'summary'>;

/** A command as the manifest of its plugin declares it. */
export interface ListedCommand extends Listed {
  readonly plugin: string;
}

// What `oneLine` of plain-text.ts does, and `nameFault` of command-names.ts says with reasons: shared, each would be another file for
// the help to read.
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ');
const canBeCalled = (name: string, own: readonly Pick<Listed, 'name'>[]): boolean =>
  /^(?!help( |$))[^ -][^ ]*( [^ -][^ ]*)*$/.test(name) &&
  own.every((entry) => !`${name} `.startsWith(`${entry.name} `) && !entry.name.startsWith(`${name} `));

/** The commands among what plugins contribute, as help lists them. */
export const listedCommands = (contributions: PluginCatalogue['contributions']): readonly ListedCommand[] =>
  contributions.flatMap(({ kind, name, plugin, declaration: { summary } }) =>
    kind === 'commands' ? [{ name, plugin, summary: oneLine(summary ?? `A command of the plugin ${plugin}`) }] : [],
  );

/** The lines of plugins' commands in the help of all, after those of our own; those that ours hide are left out. */
export const pluginSection = (listed: readonly Listed[], own: readonly Pick<Listed, 'name'>[]): string => {
  const commands = listed.filter(({ name }) => canBeCalled(name, own));
  if (commands.length === 0) return '';
  const width = Math.max(...[...own, ...commands].map(({ name }) => name.length)) + 2;
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
  return `\nCommands of plugins\n${lines.join('\n')}\n`;
};
