import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { cipherOverheadBytes, createCipher, type EncryptionOptions } from './cipher.ts';
import { envelopeDamaged, nodeTooOld, optionInvalid } from './errors.ts';
import type { CacheEntry } from './store.ts';

// Node before 22.15 lacks some of them, and must be able to load this to say so.
const { crc32, zstdCompressSync, zstdDecompressSync } = zlib;

export interface EnvelopeOptions {
  /** Values longer than this are compressed with zstd where that makes them smaller, bytes; `Infinity` for never. @default 4,096 */
  readonly compressFromBytes?: number | undefined;
  /** Encrypts entries, and refuses those that are not encrypted. @default none: encrypted entries are refused */
  readonly encryption?: EncryptionOptions | undefined;
}

/** Entries as bytes, for stores that keep bytes alone. */
export interface Envelope {
  /** The entry as bytes, in a buffer of exactly their length. */
  seal(key: string, entry: CacheEntry<Uint8Array>): Uint8Array;
  /** Like `seal`, but what it returns holds only until the next call, which may use the same memory again. */
  sealForNow(key: string, entry: CacheEntry<Uint8Array>): Uint8Array;
  /**
   * The entry of sealed bytes. Its value shares the buffer of `bytes` where that holds nothing else, which keeps the
   * header (some 70 bytes and the tags) in memory with it; otherwise the value has a buffer of its own. Throws
   * `CACHE_ENTRY_DAMAGED`: wrong checksum, wrong cache key, unknown format, unknown key id, failed authentication,
   * encrypted or not against the options, cut short.
   */
  open(key: string, bytes: Uint8Array): CacheEntry<Uint8Array>;
  /** Like `seal` of the entry as it is now, with values of `asyncFromBytes` and more compressed in the thread pool. */
  sealLater(key: string, entry: CacheEntry<Uint8Array>): Promise<Uint8Array>;
}

/** From this length on compressing a value holds up the thread, 0.1 ms and more: `sealLater` is for those, bytes. */
export const asyncFromBytes: number = 32 * 1024;

/*
 * Little-endian. Fields that are not given are 0, and their flag too.
 *
 *    0  u8   format
 *    1  u8   length of the key id, 0 where not encrypted
 *    2  u16  flags
 *    4  u32  length of the tags
 *    8  u32  length of the value before compression, 0 where not compressed
 *   12  f64  createdAt, expiresAt, staleAt, loadMs, costUsd, version, fence
 *   68       key id, ASCII
 *            tags, each its length (u32) and text
 *            value, compressed where that pays; where encrypted: nonce, ciphertext, authentication tag
 *            u32 crc32 of the cache key and all of the above; none where encrypted, as the tag covers the same
 */
const format = 1;
const headerBytes = 68;
const checksumBytes = 4;
const tagLengthBytes = 4;

const isCompressed = 1;
const isEncrypted = 2;
const hasStaleAt = 4;
const hasLoadMs = 8;
const hasCostUsd = 16;
const hasVersion = 32;
const hasFence = 64;
const hasTags = 128;
const hasAbsent = 256;
const isAbsent = 512;

/** Entries up to this size are sealed in memory that is used again, bytes: allocating it was a fifth of writing a row. */
const scratchBytes = 64 * 1024;
const allocateOwn = (length: number): Uint8Array => new Uint8Array(length);

/** Longer values are not compressed, so that whoever forges a small entry cannot have it fill the memory. */
const maxInflatedBytes = 64 * 1024 * 1024;
const zstdChunkBytes = 16 * 1024;

const compressLater = (value: Uint8Array): Promise<Uint8Array> => promisify(zlib.zstdCompress)(value);

/** Starts text that is not well-formed, which UTF-8 would merge with other such text; no UTF-8 has this byte. */
const utf16Mark = 0xff;

const textBytes = (text: string): Uint8Array =>
  text.isWellFormed() ? Buffer.from(text) : Buffer.concat([Uint8Array.of(utf16Mark), Buffer.from(text, 'utf16le')]);

const textOf = (bytes: Uint8Array): string => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer[0] === utf16Mark ? buffer.toString('utf16le', 1) : buffer.toString();
};

const keySum = (key: string): number => crc32(key.isWellFormed() ? key : textBytes(key));

const putUint32 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
};

const packTags = (texts: readonly Uint8Array[], bytes: Uint8Array, start: number): void => {
  let at = start;
  for (const text of texts) {
    putUint32(bytes, at, text.byteLength);
    bytes.set(text, at + tagLengthBytes);
    at += tagLengthBytes + text.byteLength;
  }
};

/** `view` goes on for `tagLengthBytes` after `end` at least. */
const unpackTags = (view: DataView, start: number, end: number): string[] => {
  const tags: string[] = [];
  for (let at = start; at < end; ) {
    const textAt = at + tagLengthBytes;
    at = textAt + view.getUint32(at, true);
    if (at > end) throw envelopeDamaged('truncated');
    tags.push(textOf(new Uint8Array(view.buffer, view.byteOffset + textAt, at - textAt)));
  }
  return tags;
};

/** The same bytes, pinning no larger buffer, and no `Buffer`: its `slice` would not copy. */
const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);

const inflate = (bytes: Uint8Array, valueBytes: number): Uint8Array => {
  if (valueBytes > maxInflatedBytes) throw envelopeDamaged('valueUnreadable');
  let value: Uint8Array;
  try {
    value = zstdDecompressSync(bytes, {
      maxOutputLength: Math.max(valueBytes, 1),
      // One chunk for all: joining many takes as long again as decompressing.
      chunkSize: Math.max(valueBytes, zstdChunkBytes),
    });
  } catch (cause) {
    throw envelopeDamaged('valueUnreadable', cause);
  }
  if (value.byteLength !== valueBytes) throw envelopeDamaged('valueUnreadable');
  return ownBytes(value);
};

/**
 * What encryption authenticates besides the value. The header tells its own length, so that no two pairs of header and
 * cache key are the same bytes.
 */
const associatedOf = (key: string, bytes: Uint8Array, payloadAt: number): Uint8Array =>
  Buffer.concat([bytes.subarray(0, payloadAt), textBytes(key)]);

/** Throws `CACHE_OPTION_INVALID` for options out of their range, `CACHE_STORE_UNAVAILABLE` on a Node that is too old. */
export const createEnvelope = (options: EnvelopeOptions = {}): Envelope => {
  if (!zlib.zstdCompress) throw nodeTooOld();
  const { compressFromBytes = 4 * 1024, encryption } = options;
  if (
    !(compressFromBytes >= 0 && (Number.isInteger(compressFromBytes) || compressFromBytes === Number.POSITIVE_INFINITY))
  ) {
    throw optionInvalid('compressFromBytes', compressFromBytes, 'a whole number of bytes, 0 or more, or Infinity');
  }
  const cipher = encryption === undefined ? undefined : createCipher(encryption);
  const keyIdBytes = cipher === undefined ? 0 : cipher.keyId.byteLength;
  const overheadBytes = cipher === undefined ? checksumBytes : cipherOverheadBytes;

  const isWorthCompressing = ({ byteLength }: Uint8Array): boolean =>
    byteLength > compressFromBytes && byteLength <= maxInflatedBytes;

  const pack = (
    key: string,
    entry: CacheEntry<Uint8Array>,
    compressed: Uint8Array | undefined,
    allocate: (length: number) => Uint8Array,
  ): Uint8Array => {
    const { value, staleAt, loadMs, costUsd, version, fence, tags, absent } = entry;
    const isSmaller = compressed !== undefined && compressed.byteLength < value.byteLength;
    const payload = isSmaller ? compressed : value;
    const tagTexts = tags?.map(textBytes);
    let tagsBytes = 0;
    if (tagTexts !== undefined) for (const text of tagTexts) tagsBytes += tagLengthBytes + text.byteLength;
    const tagsAt = headerBytes + keyIdBytes;
    const payloadAt = tagsAt + tagsBytes;
    const bytes = allocate(payloadAt + payload.byteLength + overheadBytes);
    const view = new DataView(bytes.buffer, 0, headerBytes);
    const flags =
      (isSmaller ? isCompressed : 0) |
      (cipher === undefined ? 0 : isEncrypted) |
      (staleAt === undefined ? 0 : hasStaleAt) |
      (loadMs === undefined ? 0 : hasLoadMs) |
      (costUsd === undefined ? 0 : hasCostUsd) |
      (version === undefined ? 0 : hasVersion) |
      (fence === undefined ? 0 : hasFence) |
      (tagTexts === undefined ? 0 : hasTags) |
      (absent === undefined ? 0 : hasAbsent) |
      (absent === true ? isAbsent : 0);
    view.setUint8(0, format);
    view.setUint8(1, keyIdBytes);
    view.setUint16(2, flags, true);
    view.setUint32(4, tagsBytes, true);
    view.setUint32(8, isSmaller ? value.byteLength : 0, true);
    view.setFloat64(12, entry.createdAt, true);
    view.setFloat64(20, entry.expiresAt, true);
    view.setFloat64(28, staleAt ?? 0, true);
    view.setFloat64(36, loadMs ?? 0, true);
    view.setFloat64(44, costUsd ?? 0, true);
    view.setFloat64(52, version ?? 0, true);
    view.setFloat64(60, fence ?? 0, true);
    if (tagTexts !== undefined) packTags(tagTexts, bytes, tagsAt);
    if (cipher === undefined) {
      bytes.set(payload, payloadAt);
      const checksumAt = bytes.byteLength - checksumBytes;
      putUint32(bytes, checksumAt, crc32(bytes.subarray(0, checksumAt), keySum(key)));
    } else {
      bytes.set(cipher.keyId, headerBytes);
      cipher.seal(associatedOf(key, bytes, payloadAt), payload, bytes.subarray(payloadAt));
    }
    return bytes;
  };

  const compressNow = (value: Uint8Array): Uint8Array | undefined =>
    isWorthCompressing(value) ? zstdCompressSync(value) : undefined;
  const seal = (key: string, entry: CacheEntry<Uint8Array>): Uint8Array =>
    pack(key, entry, compressNow(entry.value), allocateOwn);

  let scratch: Uint8Array | undefined;
  const allocateScratch = (length: number): Uint8Array => {
    if (length > scratchBytes) return allocateOwn(length);
    scratch ??= new Uint8Array(scratchBytes);
    return scratch.subarray(0, length);
  };

  return {
    seal,
    sealForNow: (key, entry) => pack(key, entry, compressNow(entry.value), allocateScratch),
    open: (key, bytes) => {
      if (bytes.byteLength < headerBytes) throw envelopeDamaged('truncated');
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (view.getUint8(0) !== format) throw envelopeDamaged('formatUnknown');
      const flags = view.getUint16(2, true);
      if (((flags & isEncrypted) !== 0) !== (cipher !== undefined)) {
        throw envelopeDamaged(cipher === undefined ? 'encrypted' : 'notEncrypted');
      }
      const payloadEnd = bytes.byteLength - overheadBytes;
      if (cipher === undefined) {
        const sum = crc32(bytes.subarray(0, payloadEnd), keySum(key));
        if (sum !== view.getUint32(payloadEnd, true)) throw envelopeDamaged('checksumWrong');
      }
      const tagsAt = headerBytes + view.getUint8(1);
      const payloadAt = tagsAt + view.getUint32(4, true);
      if (payloadAt > payloadEnd) throw envelopeDamaged('truncated');

      let payload: Uint8Array;
      if (cipher !== undefined) {
        const keyId = textOf(bytes.subarray(headerBytes, tagsAt));
        payload = cipher.open(keyId, associatedOf(key, bytes, payloadAt), bytes.subarray(payloadAt));
      } else payload = new Uint8Array(bytes.buffer, bytes.byteOffset + payloadAt, payloadEnd - payloadAt);

      let value: Uint8Array;
      if ((flags & isCompressed) !== 0) value = inflate(payload, view.getUint32(8, true));
      else if (cipher === undefined && bytes.byteLength === bytes.buffer.byteLength) value = payload;
      else value = ownBytes(payload);
      // Every field, in this order, so that V8 sees one hidden class in all entries.
      return {
        value,
        createdAt: view.getFloat64(12, true),
        expiresAt: view.getFloat64(20, true),
        staleAt: (flags & hasStaleAt) === 0 ? undefined : view.getFloat64(28, true),
        loadMs: (flags & hasLoadMs) === 0 ? undefined : view.getFloat64(36, true),
        costUsd: (flags & hasCostUsd) === 0 ? undefined : view.getFloat64(44, true),
        tags: (flags & hasTags) === 0 ? undefined : unpackTags(view, tagsAt, payloadAt),
        absent: (flags & hasAbsent) === 0 ? undefined : (flags & isAbsent) !== 0,
        fence: (flags & hasFence) === 0 ? undefined : view.getFloat64(60, true),
        version: (flags & hasVersion) === 0 ? undefined : view.getFloat64(52, true),
      };
    },
    sealLater: async (key, entry) => {
      const { value } = entry;
      if (value.byteLength < asyncFromBytes || !isWorthCompressing(value)) return seal(key, entry);
      const asItIs = { ...entry };
      return pack(key, asItIs, await compressLater(value), allocateOwn);
    },
  };
};
