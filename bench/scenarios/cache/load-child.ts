import { answerParent, collectGarbage } from '../../harness/child.ts';
import { diskPeerOf } from '../../peers/cache/disk-peers.ts';
import { answerKey, answerSource } from './answers.ts';
import { withFolder } from './disk-folder.ts';
import { createTurnLengths } from './turn-lengths.ts';

export interface LoadJob {
  readonly peer: string;
  readonly setsPerSecond: number;
  readonly valueBytes: number;
  readonly warmMs: number;
  readonly windowMs: number;
}

export interface LoadResult {
  /** What an event that comes at any time waits for the turn under way: the 99.9th and 99.99th percentile. */
  readonly waitP999Ms: number;
  readonly waitP9999Ms: number;
  readonly longestMs: number;
  /** The 99.9th percentile of all turns, most of which do nothing. */
  readonly turnP999Ms: number;
  /** Share of the time spent in turns longer than 0.1 ms. */
  readonly busyShare: number;
  readonly sets: number;
}

/** Keys in use: most sets replace an entry after the first seconds, as in a cache that has been running. */
const keyCount = 20_000;
const busyTurnMs = 0.1;

const measureIn = async (folder: string, job: LoadJob): Promise<LoadResult> => {
  const { peer, setsPerSecond, valueBytes, warmMs, windowMs } = job;
  const cache = await diskPeerOf(peer).open(folder);
  const answerOf = answerSource(valueBytes);
  const keys = Array.from({ length: keyCount }, (_, id) => answerKey(id));
  let failed: unknown;
  const turns = createTurnLengths();
  let id = 0;

  /** Turns the loop as fast as it goes; each turn does the sets that are due, however late they are. */
  const run = (durationMs: number): Promise<number> =>
    new Promise((resolve) => {
      const started = performance.now();
      let last = started;
      let done = 0;
      const turn = (): void => {
        const at = performance.now();
        turns.add(at - last);
        last = at;
        if (at - started >= durationMs) {
          resolve(done);
          return;
        }
        for (const due = ((at - started) * setsPerSecond) / 1000; done < due; done += 1) {
          const key = keys[id % keyCount] ?? '';
          const writing = cache.write(key, answerOf(id));
          if (writing instanceof Promise) writing.catch((error: unknown) => (failed = error));
          id += 1;
        }
        setImmediate(turn);
      };
      setImmediate(turn);
    });

  await run(warmMs);
  await collectGarbage();
  turns.clear();
  const sets = await run(windowMs);
  const result = {
    waitP999Ms: turns.waitQuantile(0.999),
    waitP9999Ms: turns.waitQuantile(0.9999),
    longestMs: turns.longestMs(),
    turnP999Ms: turns.quantile(0.999),
    busyShare: turns.shareAbove(busyTurnMs),
    sets,
  };
  if (failed !== undefined) throw failed;
  await cache.close();
  return result;
};

await answerParent((job: LoadJob) => withFolder((folder) => measureIn(folder, job)));
