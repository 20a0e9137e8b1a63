import { defineCommand } from '../command.ts';
import { contentFlags, withContent } from '../content/open-content.ts';
import { contentMissing, usageError } from '../errors.ts';
import { writeOut } from '../terminal.ts';

const name = 'content show';

export const contentShow = defineCommand({
  name,
  summary: 'Show one prompt with its answer',
  argument: '<id>',
  description:
    'The id is one of "hotpath content search", or that of a request, as the header x-hotpath-request-id of its answer tells it.',
  flags: contentFlags,
  examples: ['hotpath content show 17', 'hotpath content show 01kahk5m3q0000ab12cde --json'],
  async run({ flags, positionals }) {
    const [id, ...others] = positionals;
    if (id === undefined || others.length > 0)
      throw usageError('Name one id: "hotpath content search" lists them.', name);
    return withContent(flags, name, async ({ store }) => {
      const entry = store?.get(id);
      if (entry === undefined) throw contentMissing(id);
      const { renderEntry } = await import('../content/show-entries.ts');
      await writeOut(flags.json ? `${JSON.stringify({ version: 1, ...entry })}\n` : renderEntry(entry));
      return 0;
    });
  },
});
