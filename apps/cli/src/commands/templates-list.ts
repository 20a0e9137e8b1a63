import { defineCommand } from '../command.ts';
import { describeError, type ErrorDescription } from '../errors.ts';
import { showTable } from '../figures.ts';
import { variablesOf } from '../templates/fill.ts';
import { listTemplates, readTemplate, templateFolders } from '../templates/find.ts';
import { complain, note, writeOut } from '../terminal.ts';

export const templatesList = defineCommand({
  name: 'templates list',
  summary: 'List the templates of this project and your own',
  description: 'Those in .hotpath/templates of the working folder go before those in your configuration folder.',
  flags: { json: { type: 'boolean', description: 'Print one JSON object' } },
  examples: ['hotpath templates list', "hotpath templates list --json | jq -r '.templates[].name'"],
  async run({ flags }) {
    const folders = await templateFolders();
    const problems: ErrorDescription[] = [];
    const templates = await Promise.all(
      listTemplates(folders).map(async (found) => {
        try {
          const template = await readTemplate(found);
          const { description = null, model = null } = template;
          return { ...found, description, model, variables: variablesOf(template), problem: null };
        } catch (error) {
          const problem = describeError(error);
          problems.push(problem);
          return { ...found, description: null, model: null, variables: [], problem: problem.message };
        }
      }),
    );
    if (flags.json) await writeOut(`${JSON.stringify({ folders, templates })}\n`);
    else {
      const rows = templates.map(({ name, source, description, variables }) => {
        const takes = variables.length === 0 ? '' : ` (${variables.join(', ')})`;
        return [name, `${source}${description === null ? '' : `: ${description.split('\n')[0]}`}${takes}`] as const;
      });
      await writeOut(showTable(rows));
      if (templates.length === 0) note('There are no templates yet. Write one: hotpath templates edit <name>');
    }
    for (const { code, message } of problems) complain(code, message);
    return problems.length > 0 ? 1 : 0;
  },
});
