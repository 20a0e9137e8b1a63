/** Stable codes of everything that `@hotpath/cache` throws or reports. */
export type CacheErrorCode =
  | 'CACHE_OPTION_INVALID'
  | 'CACHE_STORE_UNAVAILABLE'
  | 'CACHE_STORE_CLOSED'
  | 'CACHE_STORE_READ_ONLY'
  | 'CACHE_ENTRY_DAMAGED'
  | 'CACHE_FILE_DAMAGED'
  | 'CACHE_WRITE_FAILED'
  | 'CACHE_LOAD_TIMEOUT'
  | 'CACHE_KEY_MISSING'
  | 'CACHE_ENTRY_TOO_LARGE';

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

/** For what stores that keep bytes take from Node: zstd and a checksum. */
export const nodeTooOld = (): CacheError =>
  new CacheError(
    'CACHE_STORE_UNAVAILABLE',
    `Tiers on disk and in Redis need Node.js 22.18 or newer, and this is ${process.version}. Install a newer one, or leave these tiers out: those in memory work.`,
  );

export const storeClosed = (store: string): CacheError =>
  new CacheError('CACHE_STORE_CLOSED', `The store ${store} is closed. Create a new one.`, { store });

export const entryDamaged = (store: string, path?: string, cause?: unknown): CacheError =>
  new CacheError(
    'CACHE_ENTRY_DAMAGED',
    `An entry in the store ${store} is damaged and counts as a miss. Nothing needs doing; if it happens often, check the disk.`,
    { store, ...(path !== undefined && { path }), ...(cause !== undefined && { cause }) },
  );

export const fileDamaged = (store: string, path: string, movedTo: string, cause: unknown): CacheError =>
  new CacheError(
    'CACHE_FILE_DAMAGED',
    `The cache file ${path} is damaged (${reason(cause)}). It was moved to ${movedTo} and a new one is in use. Delete the moved file when you no longer need it.`,
    { store, path, cause },
  );

/** `entries` were given up. Deletions and invalidations never are: without entries, somebody waited for those alone. */
export const writeFailed = (store: string, path: string, entries: number, cause: unknown): CacheError => {
  const why = `could not be written to ${path} (${reason(cause)})`;
  const dropped = entries === 1 ? `1 entry ${why} and was dropped.` : `${entries} entries ${why} and were dropped.`;
  const waiting = `What was deleted or invalidated ${why}: other processes do not know of it until it is.`;
  return new CacheError(
    'CACHE_WRITE_FAILED',
    `${entries === 0 ? waiting : dropped} Check the free space and who else holds the file.`,
    { store, path, cause },
  );
};

const envelopeProblems = {
  truncated: 'it is cut short',
  formatUnknown: 'its format is unknown to this version',
  checksumWrong: 'its checksum does not match',
  valueUnreadable: 'its value does not decompress to the length it states',
  notEncrypted: 'it is not encrypted, and encryption is configured',
  encrypted: 'it is encrypted, and no encryption keys are configured',
  keyUnknown: 'it was encrypted under a key that is not in encryption.keys',
  notAuthentic: 'it was changed, belongs to another cache key, or was encrypted under another key with the same id',
} as const;

export type EnvelopeProblem = keyof typeof envelopeProblems;

/** Whole, and readable with other keys: it is no reason to drop it. */
const isKeyMissing = (problem: EnvelopeProblem): boolean => problem === 'keyUnknown' || problem === 'encrypted';

/** For the `cause` of `entryDamaged`: an envelope knows neither its store nor its path. */
export const envelopeDamaged = (problem: EnvelopeProblem, cause?: unknown): CacheError =>
  new CacheError(
    isKeyMissing(problem) ? 'CACHE_KEY_MISSING' : 'CACHE_ENTRY_DAMAGED',
    `A stored entry cannot be read: ${envelopeProblems[problem]}. ${
      isKeyMissing(problem)
        ? 'Give that key too, or wait until such entries have expired'
        : 'Drop it and treat it as a miss'
    }.`,
    cause === undefined ? {} : { cause },
  );

export const loadTimeout = (timeoutMs: number): CacheError =>
  new CacheError(
    'CACHE_LOAD_TIMEOUT',
    `The loader took longer than ${timeoutMs} ms and was aborted. Raise hardTimeoutMs, make the loader faster, or set graceMs so that a stale value can stand in.`,
  );

export const entryTooLarge = (store: string, bytes: number, maxBytes: number): CacheError =>
  new CacheError(
    'CACHE_ENTRY_TOO_LARGE',
    `An entry of ${bytes} bytes was not stored: the store ${store} holds ${maxBytes} at most. Raise maxBytes, or cache smaller values.`,
    { store },
  );

export const redisUnavailable = (store: string, cause: unknown): CacheError =>
  new CacheError(
    'CACHE_STORE_UNAVAILABLE',
    `Redis cannot be used (${reason(cause)}); the cache does without it meanwhile. Check that the server runs and can be reached with the given address and password.`,
    { store, cause },
  );

export const redisMissing = (store: string, cause: unknown): CacheError =>
  new CacheError(
    'CACHE_STORE_UNAVAILABLE',
    'The package redis is not installed. Install it (npm install redis), or leave this tier out.',
    { store, cause },
  );

export const storeReadOnly = (store: string, path: string): CacheError =>
  new CacheError(
    'CACHE_STORE_READ_ONLY',
    `The cache file ${path} may not be written to, so it only serves what it holds. Give this user the right to write to the file and its folder, or leave this tier out.`,
    { store, path },
  );

/** For those who only look: nothing is moved aside. */
export const fileUnreadable = (store: string, path: string, cause: unknown): CacheError =>
  new CacheError(
    'CACHE_STORE_UNAVAILABLE',
    `The cache file ${path} cannot be read (${reason(cause)}). Run as the user it belongs to, or choose a file that this user may read.`,
    { store, path, cause },
  );

export const pathNotFile = (store: string, path: string, isFolder: boolean): CacheError =>
  new CacheError(
    'CACHE_STORE_UNAVAILABLE',
    isFolder
      ? `The cache file ${path} is a folder. Choose the path of a file, one in this folder for example.`
      : `The cache file ${path} is something else than a file. Choose the path of a file.`,
    { store, path },
  );

export const fileFoundDamaged = (store: string, path: string, cause: unknown): CacheError =>
  new CacheError(
    'CACHE_FILE_DAMAGED',
    `The cache file ${path} is damaged (${reason(cause)}). Stop what uses it and delete it, or leave it to the next store that meets the damage and may move it aside.`,
    { store, path, cause },
  );

export const fileOfAnotherRelease = (store: string, path: string, layout: number, isOlder: boolean): CacheError =>
  new CacheError(
    'CACHE_STORE_UNAVAILABLE',
    `The cache file ${path} has the layout ${layout} of another release. ${
      isOlder
        ? 'Look into it with that release; the next store that opens it begins it anew'
        : 'Update to that release, or choose another path'
    }.`,
    { store, path },
  );
