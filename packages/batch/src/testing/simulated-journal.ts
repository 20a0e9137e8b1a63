import type { Durability, Journal, JournalEntry } from '../journal/journal.ts';
import { memoryJournal } from '../journal/memory.ts';
import { Crash } from './crash.ts';

export interface SimulatedCrash {
  /** The write at which the process dies, counted from 1. */
  readonly write: number;
  /** `before`: nothing of it is there. `after`: it is as sure as asked, and nobody was told. */
  readonly when: 'before' | 'after';
}

export interface SimulatedJournalOptions {
  readonly crash?: SimulatedCrash | undefined;
  /** Runs once at the end of the turn in which writes are gathered. @default queueMicrotask */
  readonly defer?: ((run: () => void) => void) | undefined;
}

export interface Restart {
  /** `lost`: what was relaxed may be gone. */
  readonly power: 'kept' | 'lost';
  /** From 0 to less than 1: says how much survives of what need not. */
  readonly random: () => number;
  readonly crash?: SimulatedCrash | undefined;
}

/** A journal on a disk of its own that can lose what a real one may lose, and nothing else. */
export interface SimulatedJournal extends Journal {
  /** How many calls of `write` there were. */
  readonly writes: number;
  /** The process dies now: all calls throw `Crash` from here on. */
  kill(): void;
  /**
   * What the next process finds. Killed, all that was resolved is there, and any beginning of what was pending; without power, all up
   * to the last `full` write that was resolved, and any beginning of what follows.
   */
  restart(options: Restart): SimulatedJournal;
}

type Change =
  | { readonly entries: readonly JournalEntry[]; readonly durability: Durability }
  | { readonly removed: string };

interface Group {
  isFull: boolean;
  readonly written: PromiseWithResolvers<void>;
}

const openOn = (
  disk: readonly Change[],
  { crash, defer = queueMicrotask }: SimulatedJournalOptions,
): SimulatedJournal => {
  const live = memoryJournal();
  const changes: Change[] = [];
  /** So many of the changes survive the process, and so many the power. */
  let resolved = 0;
  let sure = 0;
  let writes = 0;
  let death: Crash | undefined;
  let group: Group | undefined;

  const make = (change: Change): void => {
    changes.push(change);
    if ('removed' in change) live.remove(change.removed);
    else void live.write(change.entries, change.durability);
  };
  const settle = (isFull: boolean): void => {
    resolved = changes.length;
    if (isFull) sure = changes.length;
  };
  const die = (at: string): Crash => {
    death ??= new Crash(at);
    group?.written.promise.catch(() => {});
    group?.written.reject(death);
    group = undefined;
    return death;
  };
  const flush = (): void => {
    if (group === undefined) return;
    const { isFull, written } = group;
    group = undefined;
    settle(isFull);
    written.resolve();
  };
  const alive = <Value>(work: () => Value): Value => {
    if (death !== undefined) throw death;
    return work();
  };

  for (const change of disk) make(change);
  settle(true);
  return {
    get writes() {
      return writes;
    },
    write(entries, durability) {
      if (death !== undefined) return Promise.reject(death);
      writes += 1;
      const isLast = writes === crash?.write;
      if (isLast && crash?.when === 'before') return Promise.reject(die(`write ${writes}`));
      make({ entries, durability });
      if (isLast) {
        settle(durability === 'full');
        return Promise.reject(die(`write ${writes}`));
      }
      if (group === undefined) {
        const opened: Group = { isFull: false, written: Promise.withResolvers() };
        group = opened;
        // Of a group that was read, and is written therefore, nothing is left to do.
        defer(() => group === opened && flush());
      }
      group.isFull ||= durability === 'full';
      return group.written.promise;
    },
    load: (run) => alive(() => live.load(run)),
    has: (run) => alive(() => live.has(run)),
    runs: (filter) => alive(() => live.runs(filter)),
    durations: (name, step) => alive(() => live.durations(name, step)),
    remove: (removed) =>
      alive(() => {
        flush();
        make({ removed });
        settle(false);
      }),
    close: () => flush(),
    kill: () => void die('once'),
    restart({ power, random, crash: next }) {
      die('restart');
      const least = power === 'lost' ? sure : resolved;
      const kept = least + Math.floor(random() * (changes.length - least + 1));
      return openOn(changes.slice(0, kept), { crash: next, defer });
    },
  };
};

/** For tests of crashes: counts writes, dies at any of them, and says what would be left. */
export const simulatedJournal = (options: SimulatedJournalOptions = {}): SimulatedJournal => openOn([], options);
