import type { CapturedContent } from './captured.ts';
import type { ContentStore, ContentStoreOptions } from './content-store.ts';

/** What the thread of a store of content is started with. */
export interface ContentThreadData {
  readonly content: Omit<ContentStoreOptions, 'now'>;
  /** How often what is too old is deleted, milliseconds. */
  readonly pruneMs: number;
}

/** What may be asked of a store in its thread. */
export type ContentQuestions = Pick<ContentStore, 'search' | 'get' | 'delete' | 'count'>;

export type ToContentThread = { readonly id: number } & (
  | { readonly type: 'add'; readonly captured: readonly CapturedContent[] }
  | { readonly type: keyof ContentQuestions; readonly parameter: unknown }
  | { readonly type: 'close' }
);
