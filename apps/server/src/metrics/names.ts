const longestName = 128;

/**
 * Keeps the number of different labels bounded: clients may make up any model's name, and each would be a series for ever.
 * The first `most` names stand for themselves, all later ones become `other`.
 */
export const createNames = (most: number): ((name: string) => string) => {
  const known = new Set<string>();
  return (name) => {
    const shown = name.length > longestName ? `${name.slice(0, longestName)}…` : name;
    if (known.has(shown)) return shown;
    if (known.size >= most) return 'other';
    known.add(shown);
    return shown;
  };
};
