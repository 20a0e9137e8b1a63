import { readFileSync } from 'node:fs';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { variablesOf } from '../templates/fill.ts';
import { findTemplate, readTemplate, templateFolders } from '../templates/find.ts';
import { writeOut } from '../terminal.ts';

export const templatesShow = defineCommand({
  name: 'templates show',
  summary: 'Show one template as it is written',
  argument: '<name>',
  flags: { json: { type: 'boolean', description: 'Print one JSON object, with its variables' } },
  examples: ['hotpath templates show review', 'hotpath templates show review --json | jq .variables'],
  async run({ flags, positionals }) {
    const [name, ...others] = positionals;
    if (name === undefined || others.length > 0) throw usageError('Name one template.', 'templates show');
    const found = findTemplate(await templateFolders(), name);
    const template = await readTemplate(found);
    const { file, source } = found;
    await writeOut(
      flags.json
        ? `${JSON.stringify({ ...template, file, source, variables: variablesOf(template) })}\n`
        : `${readFileSync(file, 'utf8').trimEnd()}\n`,
    );
    return 0;
  },
});
