import { inputInvalid } from '../errors.ts';

const lineFeed = 10;

const countLineFeeds = (bytes: Uint8Array): number => {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
};

/** A mark at the beginning says that it is UTF-16. */
const isUtf16 = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);

/**
 * The text of bytes that must be UTF-8, without a byte order mark at the beginning. Throws `CLI_INPUT_INVALID` for anything
 * else: an answer about letters that were lost on the way is paid all the same.
 */
export const readText = async function* (name: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let isFirst = true;
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw inputInvalid(
        name,
        line,
        'it is not UTF-8, here or in what follows soon. Convert it first, such as with iconv.',
      );
    }
  };
  for await (const bytes of source) {
    if (isFirst && isUtf16(bytes)) {
      throw inputInvalid(name, 1, 'it is UTF-16. Convert it first: iconv -f UTF-16 -t UTF-8');
    }
    isFirst = false;
    const text = decode(bytes);
    line += countLineFeeds(bytes);
    if (text !== '') yield text;
  }
  const rest = decode();
  if (rest !== '') yield rest;
};
