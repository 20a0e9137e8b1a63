/** The first byte of what SQLite says: `SQLITE_READONLY`, `SQLITE_CORRUPT`, `SQLITE_CANTOPEN`, `SQLITE_NOTADB`. */
const [readOnly, corrupt, cannotOpen, noDatabase] = [8, 11, 14, 26];

const primaryCode = (error: unknown): number => {
  const { errcode } = (error ?? {}) as { readonly errcode?: unknown };
  return typeof errcode === 'number' ? errcode % 256 : 0;
};

/** Whether a file is broken, or none of SQLite. */
export const isDamage = (error: unknown): boolean => [corrupt, noDatabase].includes(primaryCode(error));

/** Whether a file cannot be used as SQLite would write to it or beside it. */
export const isUnwritable = (error: unknown): boolean => [readOnly, cannotOpen].includes(primaryCode(error));

/** Nothing of a damaged file is made good by itself. */
export const adviceOnDamage = (path: string): string =>
  `Move ${path} away, with what stands beside it and ends in -wal and -shm: a new one is made.`;
