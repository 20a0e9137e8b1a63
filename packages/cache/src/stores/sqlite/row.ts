import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CacheEntry } from '../../store.ts';
import { exactBytes } from '../exact-bytes.ts';

/** One entry as the file keeps it. */
export interface Row {
  readonly createdAt: number;
  /** `null` for never. */
  readonly expiresAt: number | null;
  readonly compressed: number;
  readonly checksum: number;
  readonly value: Uint8Array;
}

const compressFromBytes = 4 * 1024;

/** A key as SQLite can tell it from every other: UTF-8 text merges lone surrogates, so such a key is bound as bytes. */
export const rowKey = (key: string): string | Uint8Array =>
  key.isWellFormed() ? key : new Uint8Array(Buffer.from(key, 'utf16le'));

/** What the index holds in place of the key. Keys may share it. */
export const keyHash = (key: string): number => crc32(key);

/** Covers the key and the times too: a row found under the wrong key is as wrong as a flipped bit in the value. */
const checksumOf = (key: string, createdAt: number, expiresAt: number | null, compressed: number, value: Uint8Array) =>
  crc32(value, crc32(`${key}\n${createdAt}\n${expiresAt}\n${compressed}`));

export const packRow = (key: string, entry: CacheEntry<Uint8Array>): Row => {
  let { value } = entry;
  let compressed = 0;
  if (value.byteLength > compressFromBytes) {
    const smaller = zstdCompressSync(value);
    if (smaller.byteLength < value.byteLength) {
      value = exactBytes(smaller);
      compressed = 1;
    }
  }
  const { createdAt } = entry;
  const expiresAt = entry.expiresAt === Number.POSITIVE_INFINITY ? null : entry.expiresAt;
  return {
    createdAt,
    expiresAt,
    compressed,
    value,
    checksum: checksumOf(key, createdAt, expiresAt, compressed, value),
  };
};

/** The entry of a row, or `undefined` when the row is damaged. */
export const unpackRow = (key: string, row: Record<string, unknown>): CacheEntry<Uint8Array> | undefined => {
  const { created_at: createdAt, expires_at: expiresAt, compressed, checksum, value } = row;
  if (!(value instanceof Uint8Array) || typeof createdAt !== 'number') return undefined;
  if (expiresAt !== null && typeof expiresAt !== 'number') return undefined;
  if (checksum !== checksumOf(key, createdAt, expiresAt, Number(compressed), value)) return undefined;
  return {
    // What decompressing leaves is a view of a work buffer eight times as large.
    value: compressed === 1 ? exactBytes(zstdDecompressSync(value)) : value,
    createdAt,
    expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
  };
};
