import { BatchError, reasonOf } from '../errors.ts';

/** `advice` says what to do about it. */
export const journalUnusable = (path: string, cause: unknown, advice: string, isRetryable = false): BatchError =>
  new BatchError('BATCH_JOURNAL_UNUSABLE', `The journal ${path} cannot be used: ${reasonOf(cause)}. ${advice}`, {
    path,
    cause,
    isRetryable,
  });
