import { CacheError } from '../../errors.ts';

const primaryCode = (error: unknown): number => {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code & 0xff : 0;
};

/** SQLITE_CORRUPT or SQLITE_NOTADB. */
export const isDamaged = (error: unknown): boolean => [11, 26].includes(primaryCode(error));

/** SQLITE_BUSY or SQLITE_LOCKED: somebody else writes. */
export const isBusy = (error: unknown): boolean => [5, 6].includes(primaryCode(error));

/** SQLITE_CANTOPEN. */
export const cannotOpen = (error: unknown): boolean => primaryCode(error) === 14;

/** SQLITE_READONLY, or known before it was tried. */
export const isReadOnly = (error: unknown): boolean =>
  primaryCode(error) === 8 || (CacheError.isInstance(error) && error.code === 'CACHE_STORE_READ_ONLY');
