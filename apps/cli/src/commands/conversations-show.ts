import { defineCommand } from '../command.ts';
import { conversationMarkdown } from '../conversations/markdown.ts';
import { findConversation, withConversations } from '../conversations/open.ts';
import { CliError, usageError } from '../errors.ts';
import { writeOut } from '../terminal.ts';

export const conversationsShow = defineCommand({
  name: 'conversations show',
  summary: 'Show a conversation as Markdown',
  argument: '[id]',
  description: 'Without an id, the one asked in last. The beginning of an id is enough where no other has it.',
  flags: { json: { type: 'boolean', description: 'Print one JSON object' } },
  examples: ['hotpath conversations show', 'hotpath conversations show 7k2m > notes.md'],
  async run({ flags, positionals }) {
    const [id, ...others] = positionals;
    if (others.length > 0) throw usageError('Name one conversation.', 'conversations show');
    return withConversations(async (store) => {
      const conversation = id === undefined ? store?.last() : findConversation(store, id);
      if (!store || !conversation)
        throw new CliError('CLI_CONVERSATION_MISSING', 'there are no conversations yet. "hotpath ask" begins one.');
      const turns = store.turns(conversation.id);
      await writeOut(
        flags.json ? `${JSON.stringify({ ...conversation, turns })}\n` : conversationMarkdown(conversation, turns),
      );
      return 0;
    });
  },
});
