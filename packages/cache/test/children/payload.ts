import type { CacheEntry } from '../../src/store.ts';

/** The only bytes that are right under this key; some are long enough to be compressed. */
export const payload = (key: string, serial: number): Uint8Array =>
  new Uint8Array(Buffer.from(`${key}=${serial};`.repeat(1 + ((serial * 37) % 600))));

export const payloadEntry = (key: string, serial: number): CacheEntry<Uint8Array> => ({
  value: payload(key, serial),
  createdAt: serial,
  expiresAt: Number.POSITIVE_INFINITY,
});

/** The serial of a payload, or `undefined` if a single byte is wrong. */
export const serialOf = (key: string, found: CacheEntry<Uint8Array>): number | undefined =>
  Buffer.compare(found.value, payload(key, found.createdAt)) === 0 ? found.createdAt : undefined;
