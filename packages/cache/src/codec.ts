/** Turns values into bytes for the tiers that hold bytes, and back. Both directions may throw. */
export interface Codec<Value> {
  /** The bytes belong to the cache afterwards: do not change them, and do not hand out a part of a larger buffer. */
  encode(value: Value): Uint8Array;
  /** Must not keep or change `bytes`. Throwing means that the entry is damaged. */
  decode(bytes: Uint8Array): Value;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * JSON as UTF-8, the default codec. What JSON cannot carry does not survive a tier that holds bytes: a `Date` comes back
 * as a string, a `Map` as `{}`.
 */
export const jsonCodec: Codec<unknown> = {
  encode: (value) => {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`A ${typeof value} cannot be written as JSON.`);
    return encoder.encode(text);
  },
  decode: (bytes) => JSON.parse(decoder.decode(bytes)),
};
