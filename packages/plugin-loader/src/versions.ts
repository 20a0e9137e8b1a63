/** Whether a version is in a range, as npm sees it; `null` where the range is none. Answers are kept in `verdicts`. */
export const versionInRange = async (
  version: string,
  range: string,
  verdicts: Map<string, boolean | null>,
): Promise<boolean | null> => {
  if (range === '*') return true;
  const key = `${version} ${range}`;
  const known = verdicts.get(key);
  if (known !== undefined) return known;
  // Loaded late: a start whose questions were all asked before does without.
  const { isValidRange, satisfies } = await import('verkit/range');
  const verdict = isValidRange(range) ? satisfies(version, range, { includePrerelease: true }) : null;
  verdicts.set(key, verdict);
  return verdict;
};
