import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { contentFlags, keyIdOf, withContent } from '../content/open-content.ts';
import { usageError } from '../errors.ts';
import { showEntries } from '../figures.ts';
import { note, warn, writeOut } from '../terminal.ts';

const name = 'content delete';

export const contentDelete = defineCommand({
  name,
  summary: 'Delete prompts and answers that were captured',
  description: `Overwrites in the file what is deleted. What fits each of the flags goes. Asks first; where there is nobody to ask it
wants --yes. Answers stay in the cache, from which "hotpath cache clear" removes them, and what was asked with "hotpath
ask" stays in the conversations.`,
  flags: {
    'older-than': { type: 'string', value: 'duration', description: 'What was asked longer ago, such as 30d or 12h' },
    key: { type: 'string', short: 'k', value: 'name|id', description: 'What came with this key' },
    id: { type: 'string', value: 'id', description: 'One entry, or the entries of one request' },
    all: { type: 'boolean', description: 'All of it' },
    yes: { type: 'boolean', short: 'y', description: 'Do not ask' },
    ...contentFlags,
  },
  examples: [
    'hotpath content delete --older-than 30d',
    'hotpath content delete --key laptop --yes',
    'hotpath content delete --id 17',
    'hotpath content delete --all',
  ],
  async run({ flags, signal }) {
    const { 'older-than': age, key, id, all } = flags;
    const { parseDuration } = await import('@hotpath/runtime');
    const ageMs = age === undefined || Number.isFinite(Number(age)) ? undefined : parseDuration(age);
    if (age !== undefined && ageMs === undefined)
      throw usageError(`--older-than must be a duration such as 30d or 12h, not "${age}".`, name);
    const given = [
      ...(age === undefined ? [] : [`--older-than ${age}`]),
      ...(key === undefined ? [] : [`--key ${key}`]),
      ...(id === undefined ? [] : [`--id ${id}`]),
    ];
    if (all === given.length > 0) throw usageError('Give --all, or any of --older-than, --key and --id.', name);
    const deletion = {
      ...(all && { all }),
      ...(ageMs !== undefined && { beforeMs: Date.now() - ageMs }),
      ...(key !== undefined && { key: await keyIdOf(key) }),
      ...(id !== undefined && { id }),
    };
    return withContent(flags, name, async ({ store }) => {
      const isSure =
        flags.yes ||
        store === undefined ||
        (await confirm({
          what: 'deleting prompts and answers',
          question: all
            ? `Delete all ${showEntries(store.count())} for good?`
            : `Delete what fits ${given.join(' ')} for good?`,
          command: `${name} ${all ? '--all' : given.join(' ')}`,
          signal,
        }));
      if (!isSure) {
        note('Nothing was deleted.');
        return 1;
      }
      const done = store?.delete(deletion) ?? { deleted: 0, isErased: true };
      await writeOut(
        flags.json ? `${JSON.stringify({ version: 1, ...done })}\n` : `Deleted ${showEntries(done.deleted)}.\n`,
      );
      if (!done.isErased)
        warn(
          'another process was reading: the text leaves the log of the file with what is next written or deleted there.',
        );
      return 0;
    });
  },
});
