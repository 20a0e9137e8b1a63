export type { CapturedContent } from './content/captured.ts';
export {
  type ContentRecorder,
  type ContentRecorderOptions,
  createContentRecorder,
} from './content/content-recorder.ts';
export { type ContentStore, type ContentStoreOptions, openContentStore } from './content/content-store.ts';
export { type ContentThread, type ContentThreadOptions, openContentThread } from './content/content-thread.ts';
export type { ContentDeleted, ContentDeletion } from './content/delete-entries.ts';
export type {
  ContentEntry,
  ContentHead,
  ContentOfRequest,
  ContentQuery,
  FoundContent,
} from './content/find-entries.ts';
export type { ContentQuestions } from './content/messages.ts';
export type { PromptText } from './content/prompt-text.ts';
export { createContentRedact, type RedactOptions } from './content/redact.ts';
export type { Redact } from './content/redact-keys.ts';
export { type ContentSourceOptions, listenToContent } from './sources/content.ts';
