import { channels } from '../events.ts';
import type { CapturedContent } from './captured.ts';

export interface ContentRecorderOptions {
  /** Resolves when they are safe. They come one after another. */
  readonly write: (captured: readonly CapturedContent[]) => Promise<void>;
  /** What is captured waits so long for more, milliseconds; `never`: until it is closed, or is a lot. @default 1000 */
  readonly everyMs?: number | 'never' | undefined;
  /** Told why something is lost, the first time. @default nobody */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface ContentRecorder {
  take(captured: CapturedContent): void;
  /** Resolves when what was taken is written, or cannot be. Never rejects; idempotent. */
  close(): Promise<void>;
}

/** What waits at most, characters: what comes beyond it, as a disk is slow or gone, is lost. */
const mostWaiting = 32 * 1024 * 1024;
/** What goes at once, characters. */
const mostAtOnce = 1024 * 1024;

const sizeOf = ({ prompt, answer }: CapturedContent): number =>
  prompt.texts.reduce((sum, text) => sum + text.length, answer.length);

/** Hands what is captured to the store, a little at a time. What cannot be written is lost and counted; no request waits for it. */
export const createContentRecorder = (options: ContentRecorderOptions): ContentRecorder => {
  const { write, everyMs = 1_000, onError = () => {} } = options;
  let waiting: CapturedContent[] = [];
  let size = 0;
  let isTold = false;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let isClosed = false;

  const lose = (lost: number, error: unknown): void => {
    if (channels.fault.hasSubscribers) channels.fault.publish({ where: 'content', error, lost });
    if (!isTold) onError(error);
    isTold = true;
  };

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      size = 0;
      await write(batch).catch((error: unknown) => lose(batch.length, error));
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    return writing;
  };

  return {
    take(captured) {
      if (isClosed) return;
      const more = sizeOf(captured);
      if (size + more > mostWaiting) {
        lose(1, new Error('the file of content is written too slowly: what was asked meanwhile is not in it'));
        return;
      }
      waiting.push(captured);
      size += more;
      if (size >= mostAtOnce) void flush();
      else if (everyMs !== 'never') timer ??= setTimeout(flush, everyMs).unref();
    },
    async close() {
      isClosed = true;
      // What came while the last was being written has no flush of its own.
      while (waiting.length > 0 || writing !== undefined) await flush();
    },
  };
};
