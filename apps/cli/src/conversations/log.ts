import type { QueryMessage, QueryResult } from '@hotpath/runtime';
import type { Attachment } from '../ask/attachments.ts';
import { describeError } from '../errors.ts';
import { roundUsd } from '../figures.ts';
import { note, warn } from '../terminal.ts';
import type { Conversation, Turn, TurnState } from './conversation.ts';
import { isDamage, retireDamaged } from './database.ts';
import { conversationsPath, findConversation, openConversations, tellMoved } from './open.ts';
import type { ConversationStore } from './store.ts';

export interface LogOptions {
  readonly stateFolder: string;
  /** Whether anything is written. */
  readonly keeps: boolean;
  /** How long conversations are kept, milliseconds. */
  readonly keepMs: number | undefined;
  /** The id of a conversation to go on with, or the last one; else a new one is begun. */
  readonly wanted: { readonly id: string } | 'last' | 'new';
}

/** What one question leaves behind. Apart from `openLog`, nothing throws: an answer is worth more than its record. */
export interface ConversationLog {
  /** What is gone on with, or was begun by `asked`. */
  conversation(): Conversation | undefined;
  /** What was said in it so far, as messages; questions without an answer are left out. */
  history(): Promise<readonly QueryMessage[]>;
  asked(question: Question): void;
  answered(
    answer: string,
    state: Exclude<TurnState, 'asked'>,
    details: { readonly result?: QueryResult; readonly error?: unknown },
  ): Promise<void>;
  close(): Promise<void>;
}

export interface Question {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly model: string;
  readonly system: string | undefined;
  /** @default the first line of the question */
  readonly title: string | undefined;
}

const longestTitle = 80;

const titleOf = ({ title, text, attachments }: Question): string => {
  const line = (title ?? text).trim().split('\n')[0] ?? '';
  const chosen = line === '' ? (attachments[0]?.name ?? 'untitled') : line;
  return chosen.length <= longestTitle ? chosen : `${chosen.slice(0, longestTitle - 1)}…`;
};

const historyOf = async (store: ConversationStore, turns: readonly Turn[]): Promise<readonly QueryMessage[]> => {
  const { messageParts } = await import('../ask/message-parts.ts');
  return turns
    .filter(({ state, answer }) => answer !== '' && (state === 'whole' || state === 'cut'))
    .flatMap(({ question, attachments, answer }): readonly QueryMessage[] => {
      const files = attachments.flatMap(({ name, mediaType, hash }) => {
        const bytes = store.content(hash);
        return bytes === undefined ? [] : [{ name, mediaType, bytes }];
      });
      const content = files.length === 0 ? question : messageParts(files, question);
      return [{ role: 'user', content } as QueryMessage, { role: 'assistant', content: answer }];
    });
};

/** Opens what is kept of conversations. Throws where one was named that cannot be gone on with. */
export const openLog = ({ stateFolder, keeps, keepMs, wanted }: LogOptions): ConversationLog => {
  const path = conversationsPath(stateFolder);
  let store: ConversationStore | undefined;
  let conversation: Conversation | undefined;
  let turn: number | undefined;

  const giveUp = (error: unknown): void => {
    store = undefined;
    warn(`this is not kept: ${describeError(error).message}`);
  };

  const open = (): void => {
    store = openConversations(stateFolder, { creates: keeps });
    conversation =
      wanted === 'new' ? undefined : wanted === 'last' ? store?.last() : findConversation(store, wanted.id);
  };

  /** Damage that is met only now is dealt with as if it had been met at the beginning. */
  const attempt = (work: (store: ConversationStore) => void): void => {
    if (!store || !keeps) return;
    try {
      work(store);
      return;
    } catch (error) {
      if (!isDamage(error)) {
        giveUp(error);
        return;
      }
    }
    try {
      store.close();
      retireDamaged(path, { onMoved: tellMoved, now: Date.now });
      store = openConversations(stateFolder, { creates: true });
      conversation = undefined;
      turn = undefined;
      if (store) work(store);
    } catch (error) {
      giveUp(error);
    }
  };

  try {
    open();
  } catch (error) {
    if (wanted !== 'new') throw error;
    giveUp(error);
  }
  if (wanted === 'last' && !conversation) note('There is no conversation to go on with: this one is new.');

  return {
    conversation: () => conversation,
    history: async () => (store && conversation ? historyOf(store, store.turns(conversation.id)) : []),
    asked(question) {
      attempt((open) => {
        if (conversation) open.change(conversation.id, { title: question.title, system: question.system });
        else {
          if (keepMs !== undefined) {
            const old = open.olderThan(Date.now() - keepMs);
            if (old.length > 0) open.remove(old);
          }
          const { model, system } = question;
          conversation = open.start({ title: titleOf(question), model, ...(system !== undefined && { system }) });
        }
        turn = open.ask(conversation.id, question.text, question.attachments);
      });
    },
    async answered(answer, state, { result, error }) {
      attempt((open) => {
        if (turn === undefined) return;
        const costUsd = result?.costUsd ?? (error as { costUsd?: number } | undefined)?.costUsd;
        open.answer(turn, answer, state, {
          ...(result && {
            provider: result.provider,
            model: result.model,
            cache: result.cache,
            finishReason: result.finishReason,
            ...result.usage,
          }),
          ...(costUsd !== undefined && { costUsd: roundUsd(costUsd) }),
          ...(error !== undefined && { error: describeError(error).message }),
        });
      });
    },
    close: async () => store?.close(),
  };
};
