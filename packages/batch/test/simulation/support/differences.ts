/** Where two records say different things, as text; keys in another order count too in what documents hold. */
export const differences = (
  found: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): readonly string[] => {
  const written = (value: unknown): string =>
    value === undefined
      ? 'nothing'
      : JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each));
  return [...new Set([...Object.keys(found), ...Object.keys(wanted)])]
    .sort()
    .filter((key) => written(found[key]) !== written(wanted[key]))
    .map((key) => `${key}: ${written(found[key])}, and not ${written(wanted[key])}`);
};
