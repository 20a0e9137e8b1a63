import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { histogramBytes, type Unpacked, unpackBytes } from '../collector/histogram-bytes.ts';
import { type BucketLength, bucketLengths, seriesPerBucket, sumsTable } from './layout.ts';
import type { Piece } from './pieces.ts';
import { type Reading, readSums } from './read-rows.ts';
import { type Entry, plus, spreadAt, type Tally } from './tally.ts';

/** An entry of a tally. Its spreads are packed: there are many of them. */
interface HeldGroup extends Omit<Entry, 'sums'> {
  readonly count: number;
  readonly totals: Float64Array;
  readonly spreads: readonly (Uint8Array | undefined)[];
}

interface HeldPart {
  /** How many there were before it was read. */
  readonly events: number;
  /** By grouping. */
  readonly groups: readonly (readonly HeldGroup[])[];
}

/** How long the parts are that are held of each kind of sums. */
const partMs: Readonly<Record<BucketLength, number>> = { m5: bucketLengths.h1, h1: 24 * bucketLengths.h1 };

/** Groups that are held in all, and parts that they are in: some 15 MB. A week of the summary by model has about a thousand. */
const mostHeld = 20_000;
/** Questions that are known to have been asked. */
const mostAsked = 256;
/** Of a time without events. */
const nothingHeld: HeldPart = { events: 0, groups: [] };

/** A part without groups takes its room as well. */
const sizeOf = ({ groups }: HeldPart): number => groups.reduce((sum, each) => sum + each.length, 1);

const groupsOf = (tally: Tally): readonly HeldGroup[] =>
  tally.entries().map(({ key, atMs, sums: { count, totals, spreads } }) => ({
    key,
    atMs,
    count,
    totals,
    spreads: spreads.map((histogram) => histogram && histogramBytes(histogram)),
  }));

const addGroups = ({ isHighest }: Reading, tally: Tally, groups: readonly HeldGroup[]): void => {
  const unpacked: Unpacked = { length: 0, buckets: [], counts: [] };
  for (const { key, atMs, count, totals, spreads } of groups) {
    const sums = tally.findGroup(key, atMs);
    if (sums === undefined) continue;
    sums.count += count;
    for (const index of tally.sumsUp) {
      const value = totals[index] as number;
      if (!Number.isNaN(value))
        sums.totals[index] = plus(sums.totals[index] as number, value, isHighest[index] as boolean);
    }
    spreads.forEach((bytes, index) => {
      if (bytes !== undefined && unpackBytes(unpacked, bytes))
        spreadAt(sums, index).addAll(unpacked.buckets, unpacked.counts, unpacked.length);
    });
  }
};

/**
 * What was summed up of days and hours is held, for what is asked again and again, as by a dashboard: of a week, only what has changed
 * and what is left at its ends is read. Whatever is written has more events in it, which is how it is known to be read anew.
 */
export class HeldSums {
  readonly #database: DatabaseSync;
  /** By question, table and part; the one that was used last is the last. */
  readonly #held = new Map<string, HeldPart>();
  /** What was asked before: nothing is held for what is asked once, such as by a command. */
  readonly #asked = new Set<string>();
  readonly #mostHeld: number;
  #size = 0;

  constructor(database: DatabaseSync, most = mostHeld) {
    this.#database = database;
    this.#mostHeld = most;
  }

  /** Reads sums. `question`: all that tells from others what is summed up, but for the time. */
  read(reading: Reading, piece: Piece, question: string): void {
    const { tallies } = reading;
    const length = piece.table as BucketLength;
    const ms = partMs[length];
    const [first, last] = [Math.ceil(piece.fromMs / ms), Math.floor(piece.toMs / ms)];
    if (!this.#wasAsked(`${length} ${question}`) || first >= last) {
      readSums(reading, piece);
      return;
    }
    if (piece.fromMs < first * ms) readSums(reading, { ...piece, toMs: first * ms });
    const look = this.#database.prepare(
      `SELECT total(count) AS events FROM "${sumsTable(reading.kind, length)}" WHERE id >= ? AND id < ?`,
    );
    for (let part = first; part < last; part += 1) {
      const its = { ...piece, fromMs: part * ms, toMs: (part + 1) * ms };
      const { groups } = this.#partOf(reading, its, look, `${length} ${part} ${question}`);
      for (const [place, tally] of tallies.entries()) addGroups(reading, tally, groups[place] ?? []);
    }
    if (last * ms < piece.toMs) readSums(reading, { ...piece, fromMs: last * ms });
  }

  #wasAsked(question: string): boolean {
    if (this.#asked.has(question)) return true;
    if (this.#asked.size >= mostAsked) this.#asked.clear();
    this.#asked.add(question);
    return false;
  }

  #partOf(reading: Reading, piece: Piece, look: StatementSync, key: string): HeldPart {
    const [from, to] = [piece.fromMs, piece.toMs].map(
      (ms) => (ms / bucketLengths[piece.table as BucketLength]) * seriesPerBucket,
    );
    // Before it is read: what is written meanwhile is found by the next look.
    const events = Number(look.get(from as number, to as number)?.events);
    const held = this.#take(key);
    if (events === 0) return nothingHeld;
    if (held?.events === events) return this.#hold(key, held);
    const tallies = reading.tallies.map((tally) => tally.empty());
    readSums({ ...reading, tallies }, piece);
    return this.#hold(key, { events, groups: tallies.map(groupsOf) });
  }

  #take(key: string): HeldPart | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#held.delete(key);
    this.#size -= sizeOf(held);
    return held;
  }

  #hold(key: string, part: HeldPart): HeldPart {
    this.#held.set(key, part);
    this.#size += sizeOf(part);
    for (const oldest of this.#held.keys()) {
      if (this.#size <= this.#mostHeld) break;
      this.#take(oldest);
    }
    return part;
  }
}
