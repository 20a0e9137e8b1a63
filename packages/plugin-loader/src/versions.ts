/** Whether versions are in ranges, by `"version range"`; `null` where the range is none. */
export type Verdicts = Map<string, boolean | null>;

export const verdictOf = (verdicts: Verdicts, version: string, range: string): boolean | null | undefined =>
  range === '*' ? true : verdicts.get(`${version} ${range}`);

/** Adds the verdicts that are not known yet: on `[version, range]`, as npm sees them. */
export const judgeVersions = async (
  verdicts: Verdicts,
  questions: Iterable<readonly [version: string, range: string]>,
): Promise<void> => {
  const open = [...questions].filter(([version, range]) => verdictOf(verdicts, version, range) === undefined);
  if (open.length === 0) return;
  // Loaded late: a start whose questions were all asked before does without.
  const { isValidRange, satisfies } = await import('verkit/range');
  for (const [version, range] of open)
    verdicts.set(
      `${version} ${range}`,
      isValidRange(range) ? satisfies(version, range, { includePrerelease: true }) : null,
    );
};
