/** Stable codes of everything that `@hotpath/cache` throws or reports. */
export type CacheErrorCode =
  | 'CACHE_OPTION_INVALID'
  | 'CACHE_STORE_UNAVAILABLE'
  | 'CACHE_STORE_CLOSED'
  | 'CACHE_ENTRY_DAMAGED'
  | 'CACHE_FILE_DAMAGED'
  | 'CACHE_WRITE_FAILED';

export interface CacheErrorFields {
  /** Name of the store at fault. */
  readonly store?: string;
  /** The file concerned. */
  readonly path?: string;
  /** The option at fault. */
  readonly option?: string;
  readonly cause?: unknown;
}

const brand = Symbol.for('hotpath.cache.error');

/** Every failure of the cache. Recognise it by `code`, or by `CacheError.isInstance` across copies of the package. */
export class CacheError extends Error {
  override readonly name: string = 'CacheError';
  readonly code: CacheErrorCode;
  readonly store: string | undefined;
  readonly path: string | undefined;
  readonly option: string | undefined;
  readonly [brand] = true;

  constructor(code: CacheErrorCode, message: string, fields: CacheErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.store = fields.store;
    this.path = fields.path;
    this.option = fields.option;
  }

  static isInstance(error: unknown): error is CacheError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

export const optionInvalid = (option: string, value: unknown, expected: string): CacheError =>
  new CacheError('CACHE_OPTION_INVALID', `${option} is ${String(value)}: give ${expected}.`, { option });

export const storeUnavailable = (store: string, path: string, cause: unknown): CacheError =>
  new CacheError(
    'CACHE_STORE_UNAVAILABLE',
    `The cache file ${path} cannot be opened (${reason(cause)}). Choose another path, in a folder that this user may write to, or leave this tier out.`,
    { store, path, cause },
  );

export const sqliteMissing = (store: string, path: string): CacheError =>
  new CacheError(
    'CACHE_STORE_UNAVAILABLE',
    'This Node.js was built without SQLite. Run an official build of Node.js 22.18 or newer, or leave this tier out.',
    { store, path },
  );

export const storeClosed = (store: string): CacheError =>
  new CacheError('CACHE_STORE_CLOSED', `The store ${store} is closed. Create a new one.`, { store });

export const entryDamaged = (store: string, path?: string, cause?: unknown): CacheError =>
  new CacheError(
    'CACHE_ENTRY_DAMAGED',
    `A damaged entry in the store ${store} was dropped and counts as a miss. Nothing needs doing; if it happens often, check the disk.`,
    { store, ...(path !== undefined && { path }), ...(cause !== undefined && { cause }) },
  );

export const fileDamaged = (store: string, path: string, movedTo: string, cause: unknown): CacheError =>
  new CacheError(
    'CACHE_FILE_DAMAGED',
    `The cache file ${path} is damaged (${reason(cause)}). It was moved to ${movedTo} and a new one is in use. Delete the moved file when you no longer need it.`,
    { store, path, cause },
  );

export const writeFailed = (store: string, path: string, entries: number, cause: unknown): CacheError =>
  new CacheError(
    'CACHE_WRITE_FAILED',
    `${entries} entries could not be written to ${path} (${reason(cause)}) and were dropped. Check the free space and who else holds the file.`,
    { store, path, cause },
  );
