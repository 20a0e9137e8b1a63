/** A small value, as an application caches them. */
export interface Profile {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly active: boolean;
}

/** A new object each time, as a caller's would be. */
export const profileOf = (id: number): Profile => ({
  id,
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  roles: ['reader', 'writer'],
  active: true,
});

/**
 * Keys of entries `from` up to `to`, each a string of its own: who asks rarely holds the very string that was stored. Flat
 * and hashed, as a key is that came in with a request; a template leaves both to the first lookup.
 */
export const profileKeys = (from: number, to: number): string[] => {
  const texts = Array.from({ length: to - from }, (_, index) => `user:${from + index}:profile`);
  const bytes = Buffer.from(texts.join(''), 'latin1');
  let start = 0;
  const keys = texts.map(({ length }) => {
    start += length;
    return bytes.toString('latin1', start - length, start);
  });
  if (new Set(keys).size !== keys.length) throw new Error('Two keys are the same.');
  return keys;
};
