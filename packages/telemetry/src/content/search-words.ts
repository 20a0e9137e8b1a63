import { TelemetryError } from '../errors.ts';

const mostWords = 32;

/**
 * What people type as an expression of FTS5: each word must be there, words between quotation marks one after another, and a word that
 * ends in `*` begins so. Nothing of it is taken for an operator. Throws `TELEMETRY_QUERY_INVALID` where there is no word in it.
 */
export const searchWords = (typed: string): string => {
  const words = [...typed.matchAll(/"([^"]*)"?|[^\s"]+/g)]
    .map(({ 0: word, 1: phrase }) => ({ text: phrase ?? word, isStart: phrase === undefined && word.endsWith('*') }))
    // What has neither letters nor digits is no word to the index either.
    .filter(({ text }) => /[\p{L}\p{N}]/u.test(text));
  if (words.length === 0 || words.length > mostWords)
    throw new TelemetryError(
      'TELEMETRY_QUERY_INVALID',
      `"${typed}" cannot be searched for: give 1 to ${mostWords} words of letters or digits, such as invoice "per month" refund*.`,
    );
  return words.map(({ text, isStart }) => `"${text.replaceAll('\0', '')}"${isStart ? '*' : ''}`).join(' ');
};
