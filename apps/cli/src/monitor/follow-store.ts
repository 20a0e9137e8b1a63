import { existsSync, statSync } from 'node:fs';
import type { EventStore } from '@hotpath/runtime/analytics';
import { createFigureReader, type StoreFigures } from './store-figures.ts';

/** What is known of the store at a moment. */
export interface StoreState {
  /** Null while there is no file, or while it cannot be read. */
  readonly figures: StoreFigures | null;
  /** Why it cannot be read. */
  readonly storeProblem: string | null;
}

/** Follows the file of events, whoever writes to it. */
export interface StoreFollower {
  /** Never throws: what is wrong is told in the state. */
  look(nowMs: number, rangeMs: number): StoreState;
}

interface Opened {
  readonly store: EventStore;
  readonly inode: bigint;
  readonly read: (nowMs: number, rangeMs: number) => StoreFigures;
}

/** A file that is not there yet is waited for; one that was put in the place of another is read instead. */
export const followStore = async (path: string): Promise<StoreFollower> => {
  const analytics = await import('@hotpath/runtime/analytics');
  let opened: Opened | undefined;

  const close = (): void => {
    const { store } = opened ?? {};
    opened = undefined;
    store?.close().catch(() => {});
  };

  const open = (inode: bigint): Opened => {
    const store = analytics.openEventStore({ path, isReadOnly: true });
    return { store, inode, read: createFigureReader(analytics, store) };
  };

  return {
    look(nowMs, rangeMs) {
      try {
        if (!existsSync(path)) {
          close();
          return { figures: null, storeProblem: null };
        }
        const inode = statSync(path, { bigint: true }).ino;
        if (opened !== undefined && opened.inode !== inode) close();
        opened ??= open(inode);
        return { figures: opened.read(nowMs, rangeMs), storeProblem: null };
      } catch (error) {
        close();
        return { figures: null, storeProblem: error instanceof Error ? error.message : String(error) };
      }
    },
  };
};
