import { defineCommand } from '../command.ts';
import { findConversation, withConversations } from '../conversations/open.ts';
import { showTime } from '../figures.ts';
import { oneLine } from '../plain-text.ts';
import { note, writeOut } from '../terminal.ts';

const idWidth = 10;
const timeWidth = 22;

/** A line of a terminal's width: the title gets what the others leave. */
const fit = (text: string, width: number): string => {
  const plain = oneLine(text);
  return plain.length <= width ? plain : `${plain.slice(0, Math.max(1, width - 1))}…`;
};

export const conversationsList = defineCommand({
  name: 'conversations list',
  summary: 'List the conversations, asked in last first',
  flags: {
    search: {
      type: 'string',
      short: 's',
      value: 'text',
      description: 'Those with this text in title, questions or answers',
    },
    limit: { type: 'number', integer: true, between: [1, 10_000], description: 'How many at most (default: 20)' },
    after: { type: 'string', value: 'id', description: 'Go on after this one, as the end of a page says' },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  examples: [
    'hotpath conversations list',
    'hotpath conversations list --search "monad" --limit 5',
    "hotpath conversations list --json | jq -r '.conversations[].id'",
  ],
  async run({ flags }) {
    return withConversations(async (store) => {
      const { search, limit = 20 } = flags;
      const after = flags.after === undefined ? undefined : findConversation(store, flags.after);
      const found = store?.list({ search, limit: limit + 1, after }) ?? [];
      const conversations = found.slice(0, limit);
      const next = found.length > limit ? (conversations.at(-1)?.id ?? null) : null;
      if (flags.json) {
        await writeOut(`${JSON.stringify({ conversations, next })}\n`);
        return 0;
      }
      const columns = process.stdout.isTTY ? process.stdout.columns || 80 : 132;
      const lines = conversations.map(({ id, title, updatedAt, turns }) => {
        const head = `${id.padEnd(idWidth)}${showTime(updatedAt).padEnd(timeWidth)}${String(turns).padStart(3)}  `;
        return `${head}${fit(title, columns - head.length)}\n`;
      });
      await writeOut(lines.join(''));
      if (next !== null) note(`There are more: hotpath conversations list --after ${next}`);
      if (conversations.length === 0)
        note(search === undefined ? 'There are no conversations yet.' : 'No conversation has that text.');
      return 0;
    });
  },
});
