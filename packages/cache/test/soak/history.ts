import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { invalidations, type JournalLine, type Made } from '../children/journal.ts';

/** What one process did, and what was done to it; times in nanoseconds of the machine's monotonic clock. */
export interface Played {
  readonly by: string;
  /** Those of one machine share a file. */
  readonly machine: string;
  readonly lines: readonly JournalLine[];
  /** When it had ended. */
  readonly endedAt: number;
  /** When it stood still, from and to. */
  readonly stops: readonly (readonly [number, number])[];
}

export interface Verdict {
  readonly problems: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** From `until` on everybody on the machine knows that what was made before `from` is not to be used. */
interface Barrier {
  readonly from: number;
  readonly until: number;
  readonly by: string;
  readonly machine: string;
  readonly what: string;
  /** A value that takes the place of others; otherwise nothing. */
  readonly isSet: boolean;
  /** What others did before this instant was known. */
  readonly heard: number;
}

/** What may have changed a key, from when and until when. */
interface Change {
  readonly from: number;
  readonly until: number;
  readonly by: string;
  readonly isSet: boolean;
}

/** Answers in logarithmic time what the highest number is among all with a time before a given one. */
const highestBefore = (points: readonly (readonly [time: number, height: number])[]) => {
  const sorted = [...points].sort(([one], [other]) => one - other);
  let highest = Number.NEGATIVE_INFINITY;
  const heights = sorted.map(([, height]) => {
    highest = Math.max(highest, height);
    return highest;
  });
  return (time: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle]?.[0] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return heights[low - 1] ?? Number.NEGATIVE_INFINITY;
  };
};

const parse = (text: string): JournalLine[] =>
  text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as JournalLine];
    } catch {
      // The last line of a process that was killed.
      return [];
    }
  });

export const readJournals = (path: string): ReadonlyMap<string, readonly JournalLine[]> => {
  const prefix = `${basename(path)}.journal-`;
  return new Map(
    readdirSync(dirname(path))
      .filter((name) => name.startsWith(prefix))
      .map((name) => [name.slice(prefix.length), parse(readFileSync(join(dirname(path), name), 'utf8'))]),
  );
};

/** When a store failed last before a time. */
const faultsOf = (lines: readonly JournalLine[]) =>
  highestBefore(lines.flatMap((line) => (line.op === 'fault' ? [[line.at, line.at] as const] : [])));

interface Facts {
  readonly barriers: Map<string, Barrier[]>;
  readonly changes: Map<string, Change[]>;
  /** When each set was durable or lost for good, by process and number. */
  readonly done: Map<string, number>;
}

const idOf = ({ by, at }: Pick<Made, 'by' | 'at'>): string => `${by} ${at}`;
const never = Number.POSITIVE_INFINITY;
const nothing = Number.NEGATIVE_INFINITY;

const push = <Item>(to: Map<string, Item[]>, key: string, item: Item): void => {
  const list = to.get(key);
  if (list === undefined) to.set(key, [item]);
  else list.push(item);
};

const gather = (played: readonly Played[], count: (what: string) => void): Facts => {
  const facts: Facts = { barriers: new Map(), changes: new Map(), done: new Map() };
  for (const { by, machine, lines, endedAt } of played) {
    const faultBefore = faultsOf(lines);
    /** What was acknowledged although a store failed meanwhile is no proof. */
    const isSure = (from: number, to: number): boolean => to < never && faultBefore(to) < from;
    const flushes = lines.flatMap((line) => (line.op === 'flush' && line.isDurable ? [line] : []));
    /** When the first flush that began after a time had ended. */
    const flushed = (time: number): number =>
      flushes.reduce((first, { from, to }) => (from > time && to < first ? to : first), never);
    const ends = new Map(lines.flatMap((line) => (line.op === 'end' ? [[line.id, line.to]] : [])));
    for (const line of lines) {
      if (line.op === 'hang') count('hangs');
      if (line.op === 'fault') count('faults');
      if (line.op === 'set') {
        const to = flushed(line.to);
        const isAcknowledged = isSure(line.from, to);
        const until = isAcknowledged ? to : never;
        count(isAcknowledged ? 'sets acknowledged' : 'sets not acknowledged');
        facts.done.set(idOf({ by, at: line.from }), Math.min(until, endedAt));
        push(facts.changes, line.key, { from: line.heard, until: Math.min(until, endedAt), by, isSet: true });
        push(facts.barriers, line.key, { ...line, until, by, machine, what: 'set', isSet: true });
      }
      if (line.op === 'begin') {
        const to = ends.get(line.id) ?? never;
        const isAcknowledged = isSure(line.from, to);
        const until = isAcknowledged ? to : never;
        count(isAcknowledged ? 'invalidations acknowledged' : 'invalidations not acknowledged');
        for (const key of invalidations[line.name]?.covers ?? []) {
          push(facts.changes, key, { from: line.from, until: Math.min(until, endedAt), by, isSet: false });
          push(facts.barriers, key, { ...line, until, by, machine, heard: line.from, what: line.name, isSet: false });
        }
      }
    }
  }
  return facts;
};

const memo = <Answer>(make: (id: string) => Answer): ((id: string) => Answer) => {
  const made = new Map<string, Answer>();
  return (id) => {
    const known = made.get(id) ?? make(id);
    made.set(id, known);
    return known;
  };
};

/** What is outdone at a time: everything made before the number that these answer. */
const outdone = (barriers: readonly Barrier[]) => {
  /** As others see it who share the file, and as the process itself does. */
  const shown = (some: readonly Barrier[]) => highestBefore(some.map(({ from, until }) => [until, from]));
  const called = (some: readonly Barrier[]) => highestBefore(some.map(({ from }) => [from, from]));
  return {
    onMachine: memo((machine) => shown(barriers.filter((each) => each.machine === machine))),
    elsewhere: memo((machine) => shown(barriers.filter((each) => each.machine !== machine))),
    ofProcess: memo((by) => shown(barriers.filter((each) => each.by === by))),
    inProcess: memo((by) => called(barriers.filter((each) => each.by === by))),
  };
};

/**
 * Proves of every read that it answered nothing older than what had been set or invalidated before it, and that what was
 * acknowledged is there. `newsMs`: so long a process may take, while it runs, to hear what another machine did; those that
 * share a file have to know at once.
 */
export const checkHistory = (played: readonly Played[], { newsMs = 0 } = {}): Verdict => {
  const counts: Record<string, number> = {};
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const facts = gather(played, count);
  const newsTime = newsMs * 1e6;
  const machineOf = new Map(played.map(({ by, machine }) => [by, machine]));
  const problems: string[] = [];
  const milliseconds = (time: number): string => (time / 1e6).toFixed(3);

  for (const [key, candidates] of facts.barriers) {
    const changes = facts.changes.get(key) ?? [];
    const changedBefore = (some: readonly Change[]) => highestBefore(some.map(({ from, until }) => [from, until]));
    const byOthers = memo((by) => changedBefore(changes.filter((change) => change.by !== by)));
    // What another process did while a value was set and not yet written may come after it, and the value gives way.
    const barriers = candidates.filter(
      ({ isSet, by, heard, until }) => !isSet || byOthers(by)(until) + newsTime < heard,
    );
    const all = outdone(barriers);
    const sets = outdone(barriers.filter(({ isSet }) => isSet));
    const barrierAt = new Map(barriers.map((barrier) => [barrier.from, barrier]));
    const describe = (time: number): string => {
      const { what, by, until } = barrierAt.get(time) ?? {};
      return `"${what}" of ${by} from ${milliseconds(time)} to ${milliseconds(until ?? never)}`;
    };
    const invalidUntil = changedBefore(changes.filter(({ isSet }) => !isSet));
    for (const { by, machine, stops, lines } of played) {
      const faultBefore = faultsOf(lines);
      /** Up to when it has heard of other machines at a time. */
      const heardAt = (time: number): number => {
        const since = time - newsTime - 10e9;
        const stood = stops.map(([stop, go]) => Math.max(0, Math.min(go, time) - Math.max(stop, since)));
        return time - newsTime - stood.reduce((sum, each) => sum + each, 0);
      };
      for (const line of lines) {
        if (line.op !== 'read' || line.key !== key) continue;
        const { how, from, to, found } = line;
        const heard = heardAt(from);
        if (found === undefined) {
          count('reads of nothing');
          const told = Math.max(sets.onMachine(machine)(from), sets.elsewhere(machine)(heard));
          const own = sets.inProcess(by)(from);
          // What a store failed to take need not be there.
          const set = own > told && faultBefore(to) < own ? own : told;
          if (set === nothing) continue;
          count('reads of nothing judged');
          // In whatever order with the set, nobody may have invalidated it.
          if (invalidUntil(to) + newsTime >= (barrierAt.get(set)?.heard ?? set)) continue;
          problems.push(
            `${by} read no ${key} (${how}) from ${milliseconds(from)} to ${milliseconds(to)}: lost is ${describe(set)}`,
          );
          continue;
        }
        count(`reads of a ${found.how}`);
        const told = Math.max(all.onMachine(machine)(from), all.elsewhere(machine)(heard), all.inProcess(by)(from));
        const done = found.how === 'load' ? found.at : (facts.done.get(idOf(found)) ?? never);
        // What a process does is in order for itself, durable or not.
        const isOwn = found.by === by;
        const isNear = machineOf.get(found.by) === machine;
        const own = isOwn ? all.inProcess(by)(from) : isNear ? all.ofProcess(found.by)(from) : nothing;
        if (told > nothing) count('reads of a value judged');
        if (done >= told && found.at >= own) continue;
        problems.push(
          `${by} read an old ${key} (${how}) from ${milliseconds(from)} to ${milliseconds(to)}: a ${found.how} of ${found.by} at ${milliseconds(found.at)}, done at ${milliseconds(done)}; outdone by ${describe(Math.max(told, own))}`,
        );
      }
    }
  }
  return { problems, counts };
};
