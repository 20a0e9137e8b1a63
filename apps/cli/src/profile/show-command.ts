const secret = /\b(?:sk|xai|hp|gsk|ghp|AIza)[-_][\w-]{8,}/g;
const mostCharacters = 80;

/** A command line for a page that may be handed on: without what looks like a key, and not endless. */
export const showCommand = (words: readonly string[]): string => {
  const text = words.join(' ').replace(secret, '***');
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text;
};
