import type { EventStore } from './event-store.ts';

/** What may be asked of a store in its thread, and how it answers: with what can be sent between threads. */
export const questions = {
  prune: (store: EventStore): number => store.prune(),
} as const;
export type Questions = typeof questions;
