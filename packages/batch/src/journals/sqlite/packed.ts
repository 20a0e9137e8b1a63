import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Shorter texts are kept as they are: compressing them takes longer than writing them. */
const compressFrom = 4_096;
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** A text as it is kept: long ones compressed, where that makes them shorter. */
export const pack = (text: string): string | Uint8Array => {
  if (text.length < compressFrom) return text;
  const bytes = Buffer.from(text);
  const packed = zstdCompressSync(bytes, options);
  return packed.length < bytes.length ? packed : text;
};

export const unpack = (kept: unknown): string =>
  typeof kept === 'string' ? kept : zstdDecompressSync(kept as Uint8Array).toString();
