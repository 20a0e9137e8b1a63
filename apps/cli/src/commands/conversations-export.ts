import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';
import type { Conversation } from '../conversations/conversation.ts';
import { findConversation, withConversations } from '../conversations/open.ts';
import type { ConversationStore } from '../conversations/store.ts';
import { usageError } from '../errors.ts';
import { openOutput } from '../output-file.ts';
import { note, writeOut } from '../terminal.ts';

const pageSize = 100;

function* everyConversation(store: ConversationStore | undefined): Generator<Conversation> {
  let after: Conversation | undefined;
  for (;;) {
    const page = store?.list({ limit: pageSize, after }) ?? [];
    yield* page;
    after = page.at(-1);
    if (page.length < pageSize) return;
  }
}

export const conversationsExport = defineCommand({
  name: 'conversations export',
  summary: 'Write conversations as lines of JSON',
  argument: '[id...]',
  description: 'One conversation a line, with its questions and answers; all of them where none is named.',
  flags: {
    output: {
      type: 'string',
      short: 'o',
      value: 'file',
      description: 'Write there, for you alone, in place of standard output',
    },
    contents: { type: 'boolean', description: 'With the bytes of what was attached, in base64' },
    json: { type: 'boolean', description: 'With --output: print one JSON object that sums it up' },
  },
  examples: [
    'hotpath conversations export --output conversations.ndjson',
    'hotpath conversations export 7k2mx0ab --contents | jq .turns[0].attachments',
  ],
  async run({ flags, positionals, signal }) {
    if (flags.json && flags.output === undefined)
      throw usageError(
        'Without --output, standard output is for the conversations, which are lines of JSON as they are. Leave out --json, or add --output FILE for a summary.',
        'conversations export',
      );
    return withConversations(async (store) => {
      const asked = positionals.map((id) => findConversation(store, id));
      const output = await openOutput(flags.output);
      let count = 0;
      try {
        for (const conversation of asked.length > 0 ? asked : everyConversation(store)) {
          if (signal.aborted) break;
          const turns = (store?.turns(conversation.id) ?? []).map((turn) => ({
            ...turn,
            attachments: turn.attachments.map((file) => ({
              ...file,
              ...(flags.contents && { content: store?.content(file.hash)?.toString('base64') ?? null }),
            })),
          }));
          const { updatedAt, createdAt, id, model, system, title } = conversation;
          await output.write(`${JSON.stringify({ id, title, model, system, createdAt, updatedAt, turns })}\n`);
          count += 1;
        }
        if (signal.aborted) {
          await output.discard();
          return 1;
        }
        await output.finish();
      } catch (error) {
        await output.discard();
        throw error;
      }
      if (flags.output === undefined) return 0;
      if (flags.json) await writeOut(`${JSON.stringify({ conversations: count, file: resolve(flags.output) })}\n`);
      else note(`Wrote ${count} to ${flags.output}.`);
      return 0;
    });
  },
});
