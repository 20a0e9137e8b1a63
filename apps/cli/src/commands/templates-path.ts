import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { findTemplate, templateFolders } from '../templates/find.ts';
import { writeOut } from '../terminal.ts';

export const templatesPath = defineCommand({
  name: 'templates path',
  summary: 'Say where templates are kept, or where one is',
  argument: '[name]',
  flags: {
    project: { type: 'boolean', description: 'The folder of this project in place of your own' },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  examples: ['hotpath templates path', 'hotpath templates path review', 'ls "$(hotpath templates path --project)"'],
  async run({ flags, positionals }) {
    const [name, ...others] = positionals;
    if (others.length > 0) throw usageError('Name one template, or none.', 'templates path');
    const folders = await templateFolders();
    const path = name === undefined ? folders[flags.project ? 'project' : 'user'] : findTemplate(folders, name).file;
    await writeOut(flags.json ? `${JSON.stringify({ path })}\n` : `${path}\n`);
    return 0;
  },
});
