/** Whether versions are in ranges, by range, then by version; `null` where the range is none. */
export type Verdicts = Map<string, Map<string, boolean | null>>;

/** Versions and ranges that nothing is known about yet. */
export type VersionQuestions = [version: string, range: string][];

/** What is known; where nothing is, the question is noted and counts as answered with yes. */
export const verdictOf = (
  verdicts: Verdicts,
  version: string,
  range: string,
  questions: VersionQuestions,
): boolean | null => {
  if (range === '*') return true;
  const known = verdicts.get(range)?.get(version);
  if (known === undefined) questions.push([version, range]);
  return known === undefined ? true : known;
};

/** Answers questions as npm would. */
export const judgeVersions = async (verdicts: Verdicts, questions: VersionQuestions): Promise<void> => {
  // Loaded late: a start whose questions were all asked before does without.
  const { isValidRange, satisfies } = await import('verkit/range');
  for (const [version, range] of questions) {
    const ofRange = verdicts.get(range) ?? new Map<string, boolean | null>();
    verdicts.set(range, ofRange);
    ofRange.set(version, isValidRange(range) ? satisfies(version, range, { includePrerelease: true }) : null);
  }
};
