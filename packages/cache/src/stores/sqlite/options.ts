import { resolve } from 'node:path';
import type { EncryptionOptions } from '../../cipher.ts';
import { type CacheError, optionInvalid } from '../../errors.ts';

export interface SqliteStoreOptions {
  /** The cache file. A folder that does not exist is created for this user alone (0700), and so is the file (0600). */
  readonly path: string;
  /**
   * Bound on the file, bytes, its write-ahead log not counted; at least 262,144. Expired entries go first, then those
   * that save least time or money per byte, by a sample, old ones before new ones; what this process has just read stays.
   * An entry larger than a quarter of it is refused. @default 1,073,741,824 (1 GiB)
   */
  readonly maxBytes?: number | undefined;
  /** The longest that a write waits in memory, milliseconds. A process that dies loses no more than that. @default 100 */
  readonly flushMs?: number | undefined;
  /** Values longer than this are compressed with zstd where that makes them smaller, bytes; `Infinity` for never. @default 4,096 */
  readonly compressFromBytes?: number | undefined;
  /**
   * Encrypts the values with AES-256-GCM, and drops entries that are not encrypted. Keys and tags of the cache stay
   * readable in the file: it is searched by them. What was encrypted with a key that is not among these is a miss, stays,
   * and counts as a fault. @default none: encrypted entries are such misses
   */
  readonly encryption?: EncryptionOptions | undefined;
  /**
   * What becomes of damage. `"move-aside"`: a damaged file is renamed and a new one begun, a damaged entry is dropped.
   * `"fail"`, for those who only look: both stay as they are, and a call that meets the damage of the file throws
   * `CACHE_FILE_DAMAGED`. @default "move-aside"
   */
  readonly damagePolicy?: 'move-aside' | 'fail' | undefined;
  /** Current time, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Told of damaged entries and files and of writes given up; the diagnostics channels tell the same. */
  readonly onError?: ((error: CacheError) => void) | undefined;
}

const leastBytes = 262_144;

/** The options with their defaults. Throws `CACHE_OPTION_INVALID` for one out of its range. */
export const readOptions = (options: SqliteStoreOptions) => {
  const { maxBytes = 1024 * 1024 * 1024, flushMs = 100, damagePolicy = 'move-aside' } = options;
  if (options.path === '') throw optionInvalid('path', '""', 'the path of a file');
  if (!(Number.isInteger(maxBytes) && maxBytes >= leastBytes)) {
    throw optionInvalid('maxBytes', maxBytes, `a whole number of bytes, ${leastBytes} or more`);
  }
  if (!(flushMs >= 0 && flushMs <= 60_000)) {
    throw optionInvalid('flushMs', flushMs, 'a number of milliseconds from 0 to 60,000');
  }
  if (damagePolicy !== 'move-aside' && damagePolicy !== 'fail') {
    throw optionInvalid('damagePolicy', damagePolicy, "'move-aside' or 'fail'");
  }
  return {
    path: resolve(options.path),
    maxBytes,
    flushMs,
    keepsDamaged: damagePolicy === 'fail',
    now: options.now ?? (() => Date.now()),
    compressFromBytes: options.compressFromBytes,
    encryption: options.encryption,
    onError: options.onError,
  };
};
