import type { Draft, JsonTextFailure } from './failure.ts';

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** The outermost object or array in a text with words around it; its end is open when the text was cut off. */
const bodyOf = (text: string): string | undefined => {
  const fence = /```(?:json[c5]?|javascript|js)?[ \t]*\n([\s\S]*?)(?:\n```|$)/i.exec(text);
  const inner = (fence?.[1] ?? text).replace(/^\ufeff/, '').trim();
  const start = inner.search(/[[{]/);
  if (start < 0) return undefined;
  const closing = inner[start] === '{' ? '}' : ']';
  const end = inner.lastIndexOf(closing);
  return end > start && !/[[{"]/.test(inner.slice(end + 1)) ? inner.slice(start, end + 1) : inner.slice(start);
};

/** JSON has no word for these: what a program meant by them is "no value". */
const withoutSpecials = (text: string): string =>
  text
    .replace(
      /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<![\w.])[+-]?(?:NaN|Infinity)\b/g,
      (_match, quoted) => quoted ?? 'null',
    )
    .replace(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<=[:[,]\s*)\+(?=[\d.])/g, (_match, quoted) => quoted ?? '');

const maxText = 4 * 1024 * 1024;

/** Mends JSON as models and tools write it: fences, words around it, trailing commas, comments, other quotes, a cut-off end. */
export const jsonText = async ({ text }: JsonTextFailure): Promise<readonly Draft[]> => {
  if (text.length > maxText) return [];
  const body = bodyOf(text);
  if (body === undefined) return [];
  const make = (mended: string, reason: string, confidence: number): readonly Draft[] =>
    mended === text || !/^\s*[[{]/.test(mended)
      ? []
      : [{ rule: 'json-text', change: { text: mended }, reason, confidence }];
  if (parses(body)) return make(body, 'what stands around the JSON is left out', 0.97);
  const { jsonrepair } = await import('jsonrepair');
  try {
    const mended = jsonrepair(withoutSpecials(body));
    const opened = (body.match(/[[{]/g) ?? []).length;
    const closed = (body.match(/[\]}]/g) ?? []).length;
    // What a cut-off answer lost cannot be brought back: somebody has to say that the rest will do.
    const cut = opened > closed;
    if (!parses(mended)) return [];
    return make(
      mended,
      cut ? 'the answer was cut off: what was there is kept' : 'the JSON is malformed',
      cut ? 0.6 : 0.92,
    );
  } catch {
    return [];
  }
};
