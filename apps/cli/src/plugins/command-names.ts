import type { CatalogueEntry } from '../command.ts';
import { commandGroups } from '../command-groups.ts';

/** Why a command that a plugin contributes can never be called, as a clause: `it is hidden by …`. Undefined where it can. */
export const nameFault = (name: string, own: readonly Pick<CatalogueEntry, 'name'>[]): string | undefined => {
  const words = name.split(' ');
  if (words.includes('') || words.some((word) => word.startsWith('-')))
    return 'nobody can type it: each of its words must be there, and begin with no dash';
  if (words[0] === 'help') return 'it is hidden by "hotpath help"';
  const starts = words.map((_, index) => words.slice(0, index + 1).join(' '));
  const hiding = own.find((entry) => starts.includes(entry.name))?.name;
  if (hiding !== undefined) return `it is hidden by "hotpath ${hiding}"`;
  return commandGroups.some((group) => group.name === name) ? `it is hidden by the group "hotpath ${name}"` : undefined;
};
