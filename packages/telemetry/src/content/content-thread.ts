import { type CalledThread, callThread } from '../thread/call-thread.ts';
import type { CapturedContent } from './captured.ts';
import type { ContentQuestions, ContentThreadData } from './messages.ts';

export interface ContentThreadOptions {
  readonly store: ContentThreadData['content'];
  /** How often what is too old is deleted, milliseconds. @default an hour */
  readonly pruneMs?: number | undefined;
  /** How long `close` waits, milliseconds: a pattern of somebody's own can go on for ever. @default 5000 */
  readonly closeMs?: number | undefined;
}

/** A store of content in a thread of its own: neither redacting nor writing nor searching takes the time of who answers requests. */
export type ContentThread = {
  /** Resolves when they are safe. Rejects with what the store throws. */
  add(captured: readonly CapturedContent[]): Promise<void>;
  /** Resolves when `before` and all that was sent is done, or after a while where that does not end. Idempotent. */
  close(before?: Promise<unknown>): Promise<void>;
} & {
  /** Rejects with what the store throws. */
  readonly [Question in keyof ContentQuestions]: (
    ...parameters: Parameters<ContentQuestions[Question]>
  ) => Promise<ReturnType<ContentQuestions[Question]>>;
};

/** A thread that could not be started says so whenever it is asked: nobody goes without the rest for want of it. */
const startThread = (workerData: ContentThreadData): CalledThread => {
  try {
    return callThread('The store of content', workerData);
  } catch (error) {
    return { call: () => Promise.reject(error), hasEnded: () => true, end: async () => {} };
  }
};

/** Starts the thread. What keeps it from opening the store is told by the first thing asked or sent. */
export const openContentThread = ({
  store,
  pruneMs = 3_600_000,
  closeMs = 5_000,
}: ContentThreadOptions): ContentThread => {
  const thread = startThread({ content: store, pruneMs });
  let closing: Promise<void> | undefined;
  return {
    add: (captured) => thread.call((id) => ({ type: 'add', id, captured })),
    search: (parameter) => thread.call((id) => ({ type: 'search', id, parameter })),
    get: (parameter) => thread.call((id) => ({ type: 'get', id, parameter })),
    delete: (parameter) => thread.call((id) => ({ type: 'delete', id, parameter })),
    count: () => thread.call((id) => ({ type: 'count', id })),
    close(before = Promise.resolve()) {
      closing ??= (async () => {
        const patience = new AbortController();
        const late = new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, closeMs);
          patience.signal.addEventListener('abort', () => clearTimeout(timer));
        });
        const close = async (): Promise<void> => {
          await before;
          await thread.call<void>((id) => ({ type: 'close', id }));
        };
        await Promise.race([close().catch(() => {}), late]);
        patience.abort();
        await thread.end();
      })();
      return closing;
    },
  };
};
