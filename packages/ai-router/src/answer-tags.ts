/** Models that no provider has cannot get here, as only complete answers are stored; some providers take any name, though. */
const mostRemembered = 1_000;

/**
 * The tags under which a target's answers can be invalidated: `provider:<id>` and `model:<provider>/<model>`. One list for
 * all answers of a target: a cache keeps it with each of them.
 */
export function createAnswerTags(): (provider: string, model: string) => readonly string[] {
  const remembered = new Map<string, readonly string[]>();
  return (provider, model) => {
    const id = `${provider}/${model}`;
    const known = remembered.get(id);
    if (known) return known;
    const tags = Object.freeze([`provider:${provider}`, `model:${id}`]);
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(id, tags);
    return tags;
  };
}
