import type { UsageLog } from '../../store.ts';
import { keyHash, keyOfRow, rowKey } from './key.ts';
import { type CacheDatabase, pageBytes } from './layout.ts';
import { transact } from './transaction.ts';

export interface PopularityOptions {
  readonly use: <Result>(work: (database: CacheDatabase) => Result, writes?: boolean) => Result;
  readonly now: () => number;
  /** So many bytes have come to the log of the file. */
  readonly onWritten: (bytes: number) => void;
}

export interface Popularity extends UsageLog {
  /** Writes what waits, at once. */
  flush(): void;
}

const halfLifeMs = 24 * 60 * 60_000;
const mostKeys = 10_000;
/** Trimmed a little further, so that not every record has to trim. */
const keysAfterTrim = 9_500;
const sliceMs = 0.3;
const mostAttempts = 20;

/** log2(2^one + 2^other), without the powers, which overflow. */
const addLogarithms = (one: number, other: number): number =>
  Math.max(one, other) + Math.log2(1 + 2 ** -Math.abs(one - other));

/**
 * How often keys were used, by forward decay (Cormode, Shkapenyuk, Srivastava, Xu: Forward Decay, ICDE 2009): a use counts
 * twice as much as one a half-life before, so that scores of different times compare as they are and old rows never need
 * to be touched. Scores are logarithms, in half-lives since the epoch.
 */
export const createPopularity = ({ use, now, onWritten }: PopularityOptions): Popularity => {
  let waiting = new Map<string, number>();
  let saving: Promise<void> | undefined;

  const trim = (database: CacheDatabase): void => {
    if (database.surplusScores.get(mostKeys) === undefined) return;
    const lowest = database.surplusScores.get(keysAfterTrim)?.score;
    if (lowest !== undefined) database.trimScores.run(lowest);
  };

  const save = (isPatient: boolean, budgetMs: number): void => {
    const written: string[] = [];
    use(
      (database) =>
        transact(database, isPatient, () => {
          const endsAt = performance.now() + budgetMs;
          for (const [key, score] of waiting) {
            const [hash, bound] = [keyHash(key), rowKey(key)];
            const before = database.score.get(hash, bound)?.score;
            database.setScore.run(hash, bound, before === undefined ? score : addLogarithms(Number(before), score));
            written.push(key);
            if (performance.now() >= endsAt) break;
          }
          if (written.length === waiting.size) trim(database);
        }),
      true,
    );
    onWritten(written.length * pageBytes);
    for (const key of written) waiting.delete(key);
  };

  const saveInBackground = async (): Promise<void> => {
    let attempts = 0;
    while (waiting.size > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      try {
        save(false, sliceMs);
        attempts = 0;
      } catch (error) {
        attempts += 1;
        if (attempts >= mostAttempts) {
          waiting = new Map();
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 2 * attempts).unref());
      }
    }
  };

  return {
    record: (uses) => {
      const landmark = now() / halfLifeMs;
      for (const [key, weight] of uses) {
        if (!(weight > 0 && weight < Number.POSITIVE_INFINITY)) continue;
        const score = landmark + Math.log2(weight);
        const before = waiting.get(key);
        waiting.set(key, before === undefined ? score : addLogarithms(before, score));
      }
      saving ??= saveInBackground().finally(() => {
        saving = undefined;
      });
      return saving;
    },
    top: (count) => {
      if (waiting.size > 0) save(true, Number.POSITIVE_INFINITY);
      return use((database) => database.mostUsed.all(count)).map(({ key }) => keyOfRow(key));
    },
    flush: () => {
      if (waiting.size > 0) save(true, Number.POSITIVE_INFINITY);
    },
  };
};
