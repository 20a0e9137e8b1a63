/** What the providers take as images. */
const signatures: readonly (readonly [mediaType: string, test: (bytes: Uint8Array) => boolean])[] = [
  ['image/png', (bytes) => startsWith(bytes, '\x89PNG\r\n\x1a\n')],
  ['image/jpeg', (bytes) => startsWith(bytes, '\xff\xd8\xff')],
  ['image/gif', (bytes) => startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')],
  ['image/webp', (bytes) => startsWith(bytes, 'RIFF') && startsWith(bytes.subarray(8), 'WEBP')],
  ['application/pdf', (bytes) => startsWith(bytes, '%PDF-')],
];

const startsWith = (bytes: Uint8Array, signature: string): boolean =>
  bytes.length >= signature.length && [...signature].every((letter, index) => bytes[index] === letter.charCodeAt(0));

/**
 * What bytes are, by themselves and not by a name: PNG, JPEG, GIF, WebP, PDF or `text/plain`; undefined for anything else.
 * Text is UTF-8, or UTF-16 with its mark, without the character 0.
 */
export const mediaTypeOf = (bytes: Uint8Array): string | undefined =>
  signatures.find(([, test]) => test(bytes))?.[0] ?? (decodeText(bytes) === undefined ? undefined : 'text/plain');

/** Text of bytes, without a byte order mark; undefined where they are none. */
export const decodeText = (bytes: Uint8Array): string | undefined => {
  const encoding = startsWith(bytes, '\xff\xfe') ? 'utf-16le' : startsWith(bytes, '\xfe\xff') ? 'utf-16be' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
};
