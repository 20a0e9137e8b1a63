/** Plugins and what each needs, in the order that decides where dependencies do not. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

export interface DependencyOrder {
  /** Who may be loaded once all levels before are; every name of the graph that is not left out. */
  readonly levels: readonly (readonly string[])[];
  /** Of each plugin left out because it needs one that is not there: the names from it to the missing one. */
  readonly missing: ReadonlyMap<string, readonly string[]>;
  /** Of each plugin found in a circle: the names around it, its own first and last. */
  readonly cycles: ReadonlyMap<string, readonly string[]>;
  /** Of each other plugin left out: the names from it to the one because of which it is. */
  readonly skipped: ReadonlyMap<string, readonly string[]>;
}

const dependantsOf = (graph: Dependencies): Map<string, string[]> => {
  const dependants = new Map<string, string[]>();
  for (const [name, needs] of graph) {
    for (const needed of new Set(needs)) {
      const known = dependants.get(needed);
      if (known === undefined) dependants.set(needed, [name]);
      else known.push(name);
    }
  }
  return dependants;
};

/** Walks along dependencies that `among` has, from its first name, until it meets a name again. */
const findCycle = (graph: Dependencies, among: ReadonlySet<string>): readonly string[] => {
  const at = new Map<string, number>();
  const walked: string[] = [];
  let name = among.values().next().value;
  while (name !== undefined) {
    const met = at.get(name);
    if (met !== undefined) return walked.slice(met);
    at.set(name, walked.length);
    walked.push(name);
    name = graph.get(name)?.find((needed) => among.has(needed));
  }
  return [];
};

/**
 * Orders plugins so that each comes after those it needs (Kahn's algorithm, by levels). Those of `unusable`, those that need what is
 * not there, those in circles and all that need any of these are left out, each with the whole path to the reason.
 */
export const orderDependencies = (graph: Dependencies, unusable: ReadonlySet<string> = new Set()): DependencyOrder => {
  const dependants = dependantsOf(graph);
  const missing = new Map<string, readonly string[]>();
  const cycles = new Map<string, readonly string[]>();
  const skipped = new Map<string, readonly string[]>();
  const isOut = (name: string): boolean =>
    unusable.has(name) || missing.has(name) || cycles.has(name) || skipped.has(name);

  /** Leaves out all that need one of these, nearest first, so that paths are the shortest. */
  const skipDependantsOf = (names: Iterable<string>): void => {
    const queue = [...names].map((name) => [name]);
    for (const path of queue) {
      for (const dependant of dependants.get(path[0] as string) ?? []) {
        if (isOut(dependant)) continue;
        const longer = [dependant, ...path];
        skipped.set(dependant, longer);
        queue.push(longer);
      }
    }
  };

  for (const [name, needs] of graph) {
    const absent = needs.find((needed) => !graph.has(needed));
    if (absent !== undefined && !unusable.has(name)) missing.set(name, [name, absent]);
  }
  skipDependantsOf([...[...graph.keys()].filter((name) => unusable.has(name)), ...missing.keys()]);

  const waiting = new Map<string, number>();
  for (const [name, needs] of graph) if (!isOut(name)) waiting.set(name, new Set(needs).size);
  const levels: string[][] = [];
  let level = [...waiting.keys()].filter((name) => waiting.get(name) === 0);
  while (level.length > 0) {
    levels.push(level);
    const next: string[] = [];
    for (const name of level) {
      waiting.delete(name);
      for (const dependant of dependants.get(name) ?? []) {
        const left = waiting.get(dependant);
        if (left === undefined) continue;
        waiting.set(dependant, left - 1);
        if (left === 1) next.push(dependant);
      }
    }
    level = next;
  }

  // Whoever still waits is in a circle or needs one that is.
  const stuck = new Set(waiting.keys());
  while (stuck.size > 0) {
    const cycle = findCycle(graph, stuck);
    for (const [index, name] of cycle.entries())
      cycles.set(name, [...cycle.slice(index), ...cycle.slice(0, index), name]);
    skipDependantsOf(cycle);
    for (const name of stuck) if (isOut(name)) stuck.delete(name);
  }
  return { levels, missing, cycles, skipped };
};

/** All that a plugin needs, directly or not, without itself. */
export const neededBy = (name: string, needsOf: (name: string) => readonly string[]): Set<string> => {
  const found = new Set<string>();
  const queue = [name];
  for (const each of queue) {
    for (const needed of needsOf(each)) {
      if (needed === name || found.has(needed)) continue;
      found.add(needed);
      queue.push(needed);
    }
  }
  return found;
};
