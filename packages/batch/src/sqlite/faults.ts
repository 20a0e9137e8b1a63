const codeOf = (error: unknown): number => {
  const code = (error as { readonly errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code : 0;
};
/** Result codes have a primary one in their lowest byte. */
const primaryOf = (error: unknown): number => codeOf(error) & 0xff;

/** SQLITE_BUSY or SQLITE_LOCKED: somebody else writes. */
export const isBusy = (error: unknown): boolean => [5, 6].includes(primaryOf(error));

/** SQLITE_CANTOPEN or SQLITE_READONLY: the file, or one that is to be beside it. */
export const isUnopened = (error: unknown): boolean => [8, 14].includes(primaryOf(error));

/** SQLITE_CORRUPT or SQLITE_NOTADB. */
const isDamaged = (error: unknown): boolean => [11, 26].includes(primaryOf(error));

/**
 * SQLITE_FULL, or what the file system said where SQLite had no word for it. An index that cannot be mapped for want of room is
 * SQLITE_IOERR_SHMSIZE.
 */
export const isFullDisk = (error: unknown): boolean =>
  primaryOf(error) === 13 ||
  codeOf(error) === 4874 ||
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');

/**
 * SQLITE_IOERR_FSYNC or SQLITE_IOERR_DIR_FSYNC. The kernel may have dropped what it could not write, and says so once: a later
 * fsync that succeeds proves nothing of what was written before.
 */
export const isSyncFailed = (error: unknown): boolean => [1034, 1290].includes(codeOf(error));

export interface Advice {
  readonly text: string;
  /** Whether the same may succeed at another time. */
  readonly isRetryable: boolean;
}

/** What to do about a failure of SQLite. `onDamage` says what is lost with the file. */
export const adviceOn = (error: unknown, onDamage: string): Advice => {
  if (isBusy(error)) return { text: 'Another process is writing to it: try again.', isRetryable: true };
  if (isSyncFailed(error)) return { text: 'Check the disk, and start this process anew.', isRetryable: false };
  if (isDamaged(error)) return { text: `It is damaged. ${onDamage}`, isRetryable: false };
  return {
    text: 'See that it is a file of this release, and that you may write to it and to its folder.',
    isRetryable: false,
  };
};
