/**
 * What lies under an entry's key: 34 bytes that the scripts read without the rest, then the sealed envelope. A tombstone
 * has no envelope. The numbers are not encrypted: whoever may write to Redis can take entries back to an older state, but
 * neither read nor change nor move them.
 */
const mark = 0xf7;
const isEntry = 0x45;
const isTombstone = 0x54;
export const recordHeaderBytes: number = 34;

export interface StoredRecord {
  readonly version: number;
  readonly envelope: Uint8Array;
}

/** `undefined`: a tombstone. `null`: not a record at all. */
export const readRecord = (bytes: Buffer): StoredRecord | undefined | null => {
  if (bytes.length < recordHeaderBytes || bytes[0] !== mark) return null;
  if (bytes[1] === isTombstone && bytes.length === recordHeaderBytes) return undefined;
  if (bytes[1] !== isEntry) return null;
  // Copied: the reply is a part of whatever else the socket delivered with it, which the entry would keep alive.
  return { version: bytes.readDoubleBE(10), envelope: new Uint8Array(bytes.subarray(recordHeaderBytes)) };
};

/** A number as the scripts store it. */
export const packNumber = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};
