import { createHash } from 'node:crypto';
import type { CacheEntry } from '@hotpath/runtime';

/** An entry with the key that it was set under. */
export interface KeptEntry {
  readonly key: string;
  readonly entry: CacheEntry<Uint8Array>;
}

/** The name of the file of a key. Not by its UTF-8, in which lone surrogates are all alike. */
export const fileNameOf = (key: string): string => createHash('sha256').update(key, 'utf16le').digest('hex');

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');

/** A line of JSON with everything but the value, and then its bytes as they are. */
export const encodeEntry = (key: string, { value, ...rest }: CacheEntry<Uint8Array>): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify({ key, digest: digestOf(value), ...rest })}\n`), value]);

/** Undefined for what is not whole: cut short, overwritten, or something else altogether. */
export const decodeEntry = (file: Buffer): KeptEntry | undefined => {
  const end = file.indexOf('\n');
  try {
    const { key, digest, expiresAt, ...rest } = JSON.parse(file.toString('utf8', 0, end)) as CacheEntry & {
      readonly key: unknown;
      readonly digest: unknown;
    };
    const value = file.subarray(end + 1);
    if (end === -1 || typeof key !== 'string' || digest !== digestOf(value)) return undefined;
    // JSON has no Infinity, which stands for never.
    return { key, entry: { ...rest, expiresAt: expiresAt ?? Number.POSITIVE_INFINITY, value } };
  } catch {
    return undefined;
  }
};
