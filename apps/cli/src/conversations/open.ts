import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { warn } from '../terminal.ts';
import type { Conversation } from './conversation.ts';
import { openConversationDatabase } from './database.ts';
import { type ConversationStore, createConversationStore } from './store.ts';

/** Where conversations are kept, in the user's state folder. */
export const conversationsPath = (stateFolder: string): string => join(stateFolder, 'conversations.sqlite');

/** Says where a damaged file went. */
export const tellMoved = (aside: string): void =>
  warn(
    `the file of conversations was damaged and is now ${aside}; a new one was begun. "sqlite3 … .recover" may save what is in it.`,
  );

/** Opens the file; undefined where there is none and none is to be made. */
export const openConversations = (
  stateFolder: string,
  { creates, now = Date.now }: { readonly creates: boolean; readonly now?: () => number },
): ConversationStore | undefined => {
  const path = conversationsPath(stateFolder);
  if (!creates && !existsSync(path)) return undefined;
  return createConversationStore(openConversationDatabase(path, { creates, now, onMoved: tellMoved }), now);
};

/** Looks into the conversations there are; `work` gets none where nothing has been kept yet. */
export const withConversations = async <Result>(
  work: (store: ConversationStore | undefined) => Promise<Result>,
): Promise<Result> => {
  const { findFolders } = await import('@hotpath/runtime');
  const store = openConversations(findFolders().state, { creates: false });
  try {
    return await work(store);
  } finally {
    store?.close();
  }
};

/** Throws `CLI_CONVERSATION_MISSING` for an id that none has, or several begin with. */
export const findConversation = (store: ConversationStore | undefined, id: string): Conversation => {
  const found = store?.find(id);
  if (found) return found;
  throw new CliError(
    'CLI_CONVERSATION_MISSING',
    `there is no conversation "${id}", or several begin so. "hotpath conversations list" shows them.`,
  );
};
