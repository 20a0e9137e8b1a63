import type { CacheDatabase } from './layout.ts';

export interface EvictionOptions {
  readonly maxBytes: number;
  readonly now: () => number;
}

/** What makes room in the file, part of the transaction that needs it. */
export interface Eviction {
  readonly evictions: number;
  readonly expired: number;
  /** Somebody read this row: it stays for now. */
  noteRead(id: number): void;
  /** Removes rows until the file is within its bound. Returns how many. */
  makeRoom(database: CacheDatabase): number;
}

export const usedBytes = (database: CacheDatabase): number => Number(database.used.get()?.used ?? 0);

const mostExpiredAtOnce = 64;
/** Looking for expired rows costs as much as writing one. */
const expiryEvery = 4;
const mostRounds = 64;
/**
 * A round looks at runs of neighbours: the oldest, and some at random places, more often old than new. Neighbours share
 * pages, and only pages that are left nearly empty make room: single rows from everywhere would empty none.
 */
const runRows = 16;
const randomRuns = 2;
/** What leaves next by age counts as worth this many halvings less than what was just written. */
const ageHalvings = 10;
/** A row so many doublings above the typical one stays where its neighbours go. */
const outstanding = 3;
const alike = 0.5;
const mostLooks = 4;
const usualShare = 0.05;
const mostRead = 1_024;
const rowOverheadBytes = 64;

interface Candidate {
  readonly id: number;
  readonly score: number;
  readonly bytes: number;
}

const meanScore = (run: readonly Candidate[]): number =>
  run.reduce((sum, { score }) => sum + score, 0) / Math.max(1, run.length);

export const createEviction = ({ maxBytes, now }: EvictionOptions): Eviction => {
  let evictions = 0;
  let expired = 0;
  let calls = 0;
  /** The score of runs that were evicted before, new ones counting more. */
  let usual = Number.POSITIVE_INFINITY;
  let read = new Set<number>();
  let readBefore = new Set<number>();

  /** An index on worth would be one more page to log for each row: a sample finds cheap rows as well. */
  const sample = (database: CacheDatabase): Candidate[][] => {
    const ends = database.ids.get();
    const oldest = Number(ends?.oldest ?? 0);
    const span = Number(ends?.newest ?? 0) - oldest + 1;
    const runs: Candidate[][] = [];
    let after = oldest - 1;
    const starts = Array.from({ length: randomRuns }, () => oldest + Math.floor(span * Math.random() ** 2));
    for (const start of [oldest, ...starts.sort((one, other) => one - other)]) {
      const rows = database.sample.all(Math.max(start, after + 1), runRows);
      const run: Candidate[] = [];
      for (const row of rows) {
        const id = Number(row.id);
        after = id;
        if (read.has(id) || readBefore.has(id)) continue;
        const score = Math.log2(Number(row.worth ?? 1)) + (ageHalvings * (id - oldest)) / span;
        run.push({ id, score, bytes: Number(row.bytes) + rowOverheadBytes });
      }
      if (run.length > 0) runs.push(run);
    }
    return runs.sort((one, other) => meanScore(one) - meanScore(other));
  };

  /** Removes what is least worth keeping: the worst run, and others like it. */
  const evictSample = (database: CacheDatabase, surplusBytes: number): number => {
    let runs = sample(database);
    // All places may have been good ones: another look is cheaper than what would be lost.
    for (let looks = 1; looks < mostLooks && meanScore(runs[0] ?? []) > usual + outstanding; looks += 1) {
      runs = sample(database);
    }
    const typical = meanScore(runs[0] ?? []);
    usual = Number.isFinite(usual) ? usual + (typical - usual) * usualShare : typical;
    let left = surplusBytes;
    let removed = 0;
    for (const run of runs) {
      if (meanScore(run) > typical + alike) break;
      for (const { id, score, bytes } of run) {
        if (left <= 0) return removed;
        if (score > typical + outstanding) continue;
        removed += Number(database.removeId.run(id).changes);
        left -= bytes;
      }
    }
    return removed;
  };

  return {
    get evictions() {
      return evictions;
    },
    get expired() {
      return expired;
    },
    noteRead: (id) => {
      read.add(id);
      if (read.size < mostRead) return;
      readBefore = read;
      read = new Set();
    },
    makeRoom: (database) => {
      let total = 0;
      const removeExpired = (): number => {
        const removed = Number(database.removeExpired.run(now(), mostExpiredAtOnce).changes);
        expired += removed;
        total += removed;
        return removed;
      };
      calls += 1;
      if (calls % expiryEvery === 0) removeExpired();
      for (let round = 0; round < mostRounds; round += 1) {
        const surplusBytes = usedBytes(database) - maxBytes;
        if (surplusBytes <= 0) break;
        if (removeExpired() > 0) continue;
        // Where no sample helps any more, for one value as large as thousands, age alone decides.
        let removed = round < mostRounds / 2 ? evictSample(database, surplusBytes) : 0;
        if (removed === 0) removed = Number(database.removeOldest.run(runRows * 2 ** (round >> 3)).changes);
        if (removed === 0) break;
        evictions += removed;
        total += removed;
      }
      return total;
    },
  };
};
