import { existsSync } from 'node:fs';
import type { Listen } from '@hotpath/telemetry';
import {
  type ContentStore,
  type ContentThread,
  createContentRecorder,
  listenToContent,
  openContentStore,
  openContentThread,
} from '@hotpath/telemetry/content';
import type { ResolvedTelemetry } from './telemetry-config.ts';

export interface OpenContentOptions {
  readonly config: ResolvedTelemetry;
  readonly command: string;
  readonly isLong: boolean;
  readonly onError: (error: unknown) => void;
  readonly listen: Listen;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Prompts and answers that were captured. */
export interface Content extends Pick<ContentThread, 'search' | 'get' | 'delete' | 'count'> {
  /** Whether more is captured in this process. */
  readonly isCapturing: boolean;
}

export interface OpenedContent {
  /** In a thread of its own; undefined in a process that ends soon. */
  readonly content: Content | undefined;
  /** Resolves when what was captured is written, or cannot be. Never rejects. */
  close(): Promise<void>;
}

/** A process that ends soon does not wait longer for others that write. */
const shortBusyMs = 1_000;

/** Opened with the first that is captured. */
const lateStore = (open: () => ContentStore) => {
  let store: ContentStore | undefined;
  return {
    add: async (captured: Parameters<ContentStore['add']>[0]): Promise<void> => {
      if (store !== undefined) {
        store.add(captured);
        return;
      }
      store = open();
      store.add(captured);
      try {
        store.prune();
      } catch {
        // Another process writes, or there is no room: the next command will do.
      }
    },
    close: async (before: Promise<unknown>): Promise<void> => {
      await before;
      store?.close();
    },
  };
};

/**
 * Captures prompts and answers where the configuration says so. Where it no longer does, a process that goes on for long still looks
 * after what was captured before: it is found, deleted, and goes when it is too old. Undefined where there is nothing of either.
 */
export const openContent = (given: OpenContentOptions): OpenedContent | undefined => {
  const { config, command, isLong, onError, listen, now } = given;
  const { enabled, ...options } = config.content;
  const isCapturing = config.enabled && enabled;
  if (!isCapturing && !(isLong && existsSync(options.path))) return undefined;
  const thread = isLong ? openContentThread({ store: options }) : undefined;
  const store = thread ?? lateStore(() => openContentStore({ ...options, busyMs: shortBusyMs }));
  const recorder = createContentRecorder({
    write: (captured) => store.add(captured),
    onError,
    ...(!isLong && { everyMs: 'never' }),
  });
  const stop = isCapturing ? listenToContent({ take: recorder.take, command, listen, now }) : () => {};
  return {
    content: thread && { ...thread, isCapturing },
    async close() {
      stop();
      const written = recorder.close();
      // It ends a thread that never answers, which is then told of as lost.
      await store.close(written);
      await written;
    },
  };
};
