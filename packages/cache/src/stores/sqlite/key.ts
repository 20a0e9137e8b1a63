import zlib from 'node:zlib';

// Older releases of Node lack it, and must be able to load this to say so.
const { crc32 } = zlib;

/** A key as SQLite can tell it from every other: UTF-8 text merges lone surrogates, so such a key is bound as bytes. */
export const rowKey = (key: string): string | Uint8Array =>
  key.isWellFormed() ? key : new Uint8Array(Buffer.from(key, 'utf16le'));

/** The key that `rowKey` made this of. */
export const keyOfRow = (bound: unknown): string =>
  bound instanceof Uint8Array ? Buffer.from(bound).toString('utf16le') : String(bound);

/** What the index holds in place of the key. Keys may share it. */
export const keyHash = (key: string): number => crc32(key);

const separator = '\u001f';

/** Tags as one text in which each is found with its borders; `null` for none. */
export const tagsText = (tags: readonly string[] | undefined): string | null =>
  tags === undefined || tags.length === 0 ? null : `${separator}${tags.join(separator)}${separator}`;

export const tagsOfText = (text: unknown): readonly string[] | undefined =>
  typeof text === 'string' ? text.slice(1, -1).split(separator) : undefined;
