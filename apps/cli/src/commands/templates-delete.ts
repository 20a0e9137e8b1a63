import { rmSync } from 'node:fs';
import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { usageError } from '../errors.ts';
import { findTemplate, templateFolders } from '../templates/find.ts';
import { note, writeOut } from '../terminal.ts';

const name = 'templates delete';

export const templatesDelete = defineCommand({
  name,
  summary: 'Remove a template',
  argument: '<name>',
  description: 'Asks first; where there is nobody to ask it wants --yes.',
  flags: {
    yes: { type: 'boolean', short: 'y', description: 'Do not ask' },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  examples: ['hotpath templates delete review', 'hotpath templates delete review --yes'],
  async run({ flags, positionals, signal }) {
    const [asked, ...others] = positionals;
    if (asked === undefined || others.length > 0) throw usageError('Name one template.', name);
    const { file } = findTemplate(await templateFolders(), asked);
    const isSure =
      flags.yes ||
      (await confirm({
        what: 'deleting a template',
        question: `Delete ${file}?`,
        command: `${name} ${asked}`,
        signal,
      }));
    if (!isSure) {
      note('Nothing was deleted.');
      return 1;
    }
    rmSync(file);
    await writeOut(flags.json ? `${JSON.stringify({ deleted: true, file })}\n` : `Deleted ${file}.\n`);
    return 0;
  },
});
