import type { Redact } from './redact-keys.ts';

/** What stands between the two halves of an address, also as addresses of the web and JSON write it. */
const between = /@|%40|\\u0040/gi;
/** Longest halves of an address (RFC 5321, 4.5.3.1). */
const [mostLocal, mostDomain] = [64, 255];

/** Characters by their codes; letters and digits of all scripts among them. */
const characters = (signs: string): ((code: number) => boolean) => {
  const known = Array.from({ length: 128 }, (_, code) => {
    const character = String.fromCharCode(code);
    return /[a-z0-9]/i.test(character) || signs.includes(character);
  });
  return (code) => (code < 128 ? known[code] === true : /[\p{L}\p{N}]/u.test(String.fromCharCode(code)));
};
const isInLocal = characters(".!#$%&'*+?^_{}~-");
const isInDomain = characters('.-');
const isPoint = (code: number): boolean => code === 45 || code === 46;

/** Where the domain that begins at a place ends; undefined where there is none. */
const domainEnd = (text: string, from: number): number | undefined => {
  const last = Math.min(text.length, from + mostDomain);
  let end = from;
  while (end < last && isInDomain(text.charCodeAt(end))) end += 1;
  while (end > from && isPoint(text.charCodeAt(end - 1))) end -= 1;
  const domain = text.slice(from, end);
  const point = domain.lastIndexOf('.');
  if (point <= 0 || isPoint(domain.charCodeAt(0))) return undefined;
  return /^\p{L}[\p{L}\p{N}-]*\p{L}$/u.test(domain.slice(point + 1)) ? end : undefined;
};

/**
 * Takes e-mail addresses out. It goes from one `@` to the next, and looks at what stands before and after each once: an expression for
 * the whole address would begin anew at each letter of a text that has none.
 */
export const redactEmails: Redact = (text) => {
  let redacted = '';
  let done = 0;
  for (const { 0: mark, index } of text.matchAll(between)) {
    if (index < done) continue;
    const end = domainEnd(text, index + mark.length);
    if (end === undefined) continue;
    const first = Math.max(done, index - mostLocal);
    let start = index;
    while (start > first && isInLocal(text.charCodeAt(start - 1))) start -= 1;
    // A quotation mark or bullet before an address is not part of it.
    while (start < index && ".'*".includes(text.charAt(start))) start += 1;
    if (start === index) continue;
    redacted += `${text.slice(done, start)}[e-mail]`;
    done = end;
  }
  return done === 0 ? text : redacted + text.slice(done);
};
