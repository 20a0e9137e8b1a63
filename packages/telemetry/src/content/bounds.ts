import type { Redact } from './redact-keys.ts';

/** Characters that are kept of a prompt, and of an answer. */
export const mostCharacters = 262_144;
/**
 * A key that a cut goes through would not be known for one. So more is read than is kept: what was cut in two is within the rest, which
 * goes when the whole ones are out.
 */
export const marginCharacters = 4_096;

/** Redacts a text that goes on beyond its end. */
const redactCut = (text: string, redact: Redact): string => {
  const redacted = redact(text);
  return redacted.slice(0, Math.max(0, redacted.length - marginCharacters)).toWellFormed();
};

/** Redacts a text of which only the end is there. */
export const redactEnd = (text: string, redact: Redact): string => redact(text).slice(marginCharacters).toWellFormed();

/** Redacts a text, of which no more than `mostCharacters` are kept. */
export const redactBounded = (text: string, redact: Redact): { readonly text: string; readonly isCut: boolean } =>
  text.length <= mostCharacters
    ? { text: redact(text).toWellFormed(), isCut: false }
    : { text: redactCut(text.slice(0, mostCharacters + marginCharacters), redact), isCut: true };
