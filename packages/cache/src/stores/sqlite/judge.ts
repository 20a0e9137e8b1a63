import { createScopes, type Scopes } from '../../scopes.ts';
import type { Invalidation } from '../../store.ts';

/** Tells which entries are invalid, by numbers that are this process's own: a new file begins where the old one ended. */
export interface Judge {
  /** Above the number of everything applied so far, of this process's own invalidations too. */
  version(): number;
  /** Of the last number that was given by the file. */
  readonly applied: number;
  /** Takes note of a local change of a key, and returns its number. */
  addKey(key: string): number;
  /** Invalidates here, before the file has numbered it. */
  add(invalidation: Invalidation): void;
  /** What others invalidated under this number. */
  apply(invalidation: Invalidation, version: number): void;
  /** All numbers up to this are known. */
  advance(version: number): void;
  /** What was `add`ed has been written under this number. */
  settle(invalidations: readonly Invalidation[], version: number): void;
  /** Whether an entry is invalid that has not been in the file yet. Of keys, who sets them decides: they count for other entries. */
  coversWaiting(key: string, version: number, tags: readonly string[] | undefined, isSet: boolean): boolean;
  /** Whether rows of this version have to be asked for at all. */
  doubtsRow(version: number): boolean;
  coversRow(key: string, version: number, tags: readonly string[] | undefined): boolean;
  /** Forgets what it knew of rows and takes this instead, in the order of versions. */
  learnRows(known: readonly { readonly invalidation: Invalidation; readonly version: number }[]): void;
  /** What was loaded by work that began before now is invalid: changes of keys that it should have heard of were lost. */
  distrust(): void;
}

/** Between two numbers of the file lie the numbers of what this process did since the first, but has not written. */
const step = 2 ** -20;
const mostSteps = 2 ** 20 - 1;

const mostKeys = 10_000;

/**
 * The latest numbers of keys, in two generations of which the older one is forgotten as a whole: taking the oldest key out
 * of one large map costs more than all else that a `set` does.
 */
const createKeyVersions = () => {
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  /** Nothing is known of numbers up to this. */
  let floor = 0;
  let youngest = 0;
  let youngestOld = 0;
  return {
    add: (key: string, version: number): void => {
      if (young.size >= mostKeys) {
        floor = Math.max(floor, youngestOld);
        youngestOld = youngest;
        old = young;
        young = new Map();
      }
      young.set(key, version);
      youngest = version;
    },
    forgetUpTo: (version: number): void => {
      floor = version;
    },
    isChangedSince: (key: string, version: number): boolean => {
      if (version >= youngest && version >= floor) return false;
      return version < floor || (young.get(key) ?? old.get(key) ?? 0) > version;
    },
  };
};

export const createJudge = (): Judge => {
  /** Keys count for what waits alone: a row is replaced together with the change that others hear of. */
  const keys = createKeyVersions();
  /** Tags and the like as what waits sees them: from the call on. */
  const names = createScopes();
  /** As rows see them: under the number in the file, which all processes share. */
  let rows = createScopes();
  /** Without a number yet: covers every row that matches, as those of others may have any version. */
  let unsettled: Scopes | undefined;
  let applied = 0;
  let steps = 0;

  const next = (): number => {
    if (steps <= mostSteps) steps += 1;
    return applied + Math.min(steps, mostSteps) * step;
  };

  return {
    // After a million local changes without one write, new work counts as begun before all of them.
    version: () => (steps > mostSteps ? applied : applied + steps * step),
    get applied() {
      return applied;
    },
    addKey: (key) => {
      const version = next();
      keys.add(key, version);
      return version;
    },
    add: (invalidation) => {
      names.add(invalidation, next());
      unsettled ??= createScopes();
      unsettled.add(invalidation);
    },
    apply: (invalidation, version) => {
      if (invalidation.kind === 'key') {
        keys.add(invalidation.name, version);
        return;
      }
      names.add(invalidation, version);
      rows.add(invalidation, version);
    },
    advance: (version) => {
      if (version <= applied) return;
      applied = version;
      steps = 0;
    },
    settle: (invalidations, version) => {
      for (const invalidation of invalidations) rows.add(invalidation, version);
      unsettled = undefined;
    },
    coversWaiting: (key, version, tags, isSet) =>
      (!isSet && keys.isChangedSince(key, version)) || names.covers(key, { version, tags }),
    doubtsRow: (version) => version < rows.version || unsettled !== undefined,
    coversRow: (key, version, tags) =>
      rows.covers(key, { version, tags }) || unsettled?.covers(key, { version: 0, tags }) === true,
    learnRows: (known) => {
      rows = createScopes();
      for (const { invalidation, version } of known) {
        rows.add(invalidation, version);
        if (version > applied) names.add(invalidation, version);
      }
    },
    distrust: () => {
      keys.forgetUpTo(next());
    },
  };
};
