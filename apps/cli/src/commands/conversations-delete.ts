import { defineCommand } from '../command.ts';
import { confirm } from '../confirm.ts';
import { findConversation, withConversations } from '../conversations/open.ts';
import { usageError } from '../errors.ts';
import { showCount } from '../figures.ts';
import { note, writeOut } from '../terminal.ts';

const name = 'conversations delete';

export const conversationsDelete = defineCommand({
  name,
  summary: 'Remove conversations with what was attached to them',
  argument: '[id...]',
  description: `Overwrites in the file what is removed. Asks first; where there is nobody to ask it wants --yes. Answers stay in the cache, from
which "hotpath cache clear" removes them.`,
  flags: {
    all: { type: 'boolean', description: 'All of them' },
    'older-than': { type: 'string', value: 'duration', description: 'Those not asked in for so long, such as 90d' },
    yes: { type: 'boolean', short: 'y', description: 'Do not ask' },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  examples: [
    'hotpath conversations delete 7k2mx0ab',
    'hotpath conversations delete --older-than 90d --yes',
    'hotpath conversations delete --all',
  ],
  async run({ flags, positionals, signal }) {
    const { all, 'older-than': age } = flags;
    const { parseDuration } = await import('@hotpath/runtime');
    const ageMs = age === undefined || Number.isFinite(Number(age)) ? undefined : parseDuration(age);
    if (age !== undefined && ageMs === undefined)
      throw usageError(`--older-than must be a duration such as 90d or 12h, not "${age}".`, name);
    const ways = [positionals.length > 0, all, age !== undefined].filter(Boolean).length;
    if (ways !== 1) throw usageError('Name conversations, or give one of --all and --older-than.', name);
    return withConversations(async (store) => {
      const until = all ? Number.MAX_SAFE_INTEGER : Date.now() - (ageMs ?? 0);
      const ids =
        positionals.length > 0
          ? [...new Set(positionals.map((id) => findConversation(store, id).id))]
          : (store?.olderThan(until) ?? []);
      const count = `${showCount(ids.length)} ${ids.length === 1 ? 'conversation' : 'conversations'}`;
      const words = all ? '--all' : age === undefined ? ids.join(' ') : `--older-than ${age}`;
      const isSure =
        flags.yes ||
        ids.length === 0 ||
        (await confirm({
          what: 'deleting conversations',
          question: `Delete ${count} for good?`,
          command: `${name} ${words}`,
          signal,
        }));
      if (!isSure) {
        note('Nothing was deleted.');
        return 1;
      }
      const deleted = store?.remove(ids) ?? 0;
      await writeOut(flags.json ? `${JSON.stringify({ deleted, ids })}\n` : `Deleted ${count}.\n`);
      return 0;
    });
  },
});
