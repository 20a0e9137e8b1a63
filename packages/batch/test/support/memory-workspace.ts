import type { Conflict, Workspace } from '../../src/index.ts';

interface Change {
  readonly path: string;
  readonly value: string | undefined;
}

interface Intent {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Texts by name, in memory: a workspace with nothing to it. */
export const memoryWorkspace = (texts: Map<string, string> = new Map()): Workspace<Change> => {
  const put = (path: string, value: string | null): void => {
    if (value === null) texts.delete(path);
    else texts.set(path, value);
  };
  const changedSince = ({ path, after }: Intent): Conflict[] =>
    (texts.get(path) ?? null) === after ? [] : [{ path, reason: 'was changed since' }];
  const intentsOf = (intent: string): readonly Intent[] => JSON.parse(intent);
  return {
    name: 'memory',
    prepare: async (changes) =>
      JSON.stringify(
        changes.map(({ path, value }) => ({ path, before: texts.get(path) ?? null, after: value ?? null })),
      ),
    apply: async (intent) => {
      for (const { path, after } of intentsOf(intent)) put(path, after);
    },
    undo: async (intent) => {
      const conflicts: Conflict[] = [];
      for (const each of [...intentsOf(intent)].reverse()) {
        if ((texts.get(each.path) ?? null) === each.before) continue;
        const found = changedSince(each);
        if (found.length === 0) put(each.path, each.before);
        conflicts.push(...found);
      }
      return conflicts;
    },
    check: async (intents) => {
      const last = new Map(intents.flatMap(intentsOf).map((each) => [each.path, each]));
      return [...last.values()].flatMap(changedSince);
    },
    sync: async () => {},
    forget: async () => {},
  };
};
