import { dirname } from 'node:path';
import { BatchError, reasonOf } from '../errors.ts';

/** `advice` says what to do about it. */
export const journalUnusable = (path: string, cause: unknown, advice: string, isRetryable = false): BatchError =>
  new BatchError('BATCH_JOURNAL_UNUSABLE', `The journal ${path} cannot be used: ${reasonOf(cause)}. ${advice}`, {
    path,
    cause,
    isRetryable,
  });

/** Its disk is full: also those know the folder who have never heard of a journal. */
export const journalFull = (path: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_JOURNAL_UNUSABLE',
    `There is no room left on the disk of ${dirname(path)}, where what runs do is written down (${reasonOf(cause)}). Make room there, and run it again. Nothing is changed that is not written down first.`,
    { path, cause, isRetryable: true },
  );
