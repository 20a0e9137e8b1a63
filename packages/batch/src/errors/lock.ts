import { dirname } from 'node:path';
import { BatchError, reasonOf } from '../errors.ts';

export const locked = (path: string, held: string, holder: { run: string; pid: number } | undefined): BatchError =>
  new BatchError(
    'BATCH_LOCKED',
    holder === undefined
      ? `Another process is changing ${path}. Wait until it has ended.`
      : `The run ${holder.run} of process ${holder.pid} is changing ${held}${held === path ? '' : `, which overlaps with ${path}`}. Wait until it has ended, or end that process: what it holds is free at once.`,
    { path, run: holder?.run, isRetryable: true },
  );

export const lockUnusable = (path: string, cause: unknown, advice: string, isRetryable = false): BatchError =>
  new BatchError('BATCH_LOCK_UNUSABLE', `The locks in ${path} cannot be used: ${reasonOf(cause)}. ${advice}`, {
    path,
    cause,
    isRetryable,
  });

/** The disk of the folder that they are in is full. */
export const lockFull = (path: string, cause: unknown): BatchError =>
  new BatchError(
    'BATCH_LOCK_UNUSABLE',
    `There is no room left on the disk of ${dirname(path)}, where it is kept which folders are in use (${reasonOf(cause)}). Make room there, and run it again. Nothing was changed.`,
    { path, cause, isRetryable: true },
  );
