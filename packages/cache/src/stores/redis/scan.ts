import type { StoreUsage } from '../../store.ts';
import type { RedisNames } from './names.ts';
import { runScript, type Send, scanScript } from './scripts.ts';

export interface Scanner {
  keys(): AsyncGenerator<string>;
  count(): Promise<Pick<StoreUsage, 'entries' | 'bytes'>>;
  /** Removes in the background what the last clear covers, a little at a time. */
  sweep(): void;
  stop(): void;
}

/** Keys that the server looks at in one step: some 0.3 ms, during which it serves nobody else. */
const stepKeys = 250;
/** From here on `count` projects what it has seen on the whole database. */
const mostCounted = 10_000;
const pauseMs = 5;

interface Step {
  readonly cursor: string;
  readonly entries: number;
  readonly bytes: number;
  readonly names: readonly Buffer[];
}

export const createScanner = (names: RedisNames, send: Send, now: () => number): Scanner => {
  let sweeps = 0;
  let stopped = false;

  const step = async (cursor: string, isSweep: boolean): Promise<Step> => {
    const args = [cursor, names.entryPattern, `${stepKeys}`, `${now()}`, isSweep ? '1' : '0'];
    const reply = await runScript(send, scanScript, [names.sequence, names.keys, names.scopes], args);
    const [next, entries, bytes, ...found] = reply as [Buffer, number, number, ...Buffer[]];
    return { cursor: `${next}`, entries, bytes, names: found };
  };

  const sweepAll = async (sweep: number): Promise<void> => {
    let cursor = '0';
    do {
      ({ cursor } = await step(cursor, true));
      await new Promise((resolve) => {
        setTimeout(resolve, pauseMs).unref();
      });
    } while (cursor !== '0' && !stopped && sweep === sweeps);
  };

  return {
    keys: async function* () {
      const seen = new Set<string>();
      let cursor = '0';
      do {
        const found = await step(cursor, false);
        cursor = found.cursor;
        for (const name of found.names) {
          const key = names.keyOf(name);
          // SCAN may name a key twice while the table grows.
          if (!seen.has(key)) yield key;
          seen.add(key);
        }
      } while (cursor !== '0');
    },
    count: async () => {
      let cursor = '0';
      let [entries, bytes, steps] = [0, 0, 0];
      do {
        const found = await step(cursor, false);
        cursor = found.cursor;
        entries += found.entries;
        bytes += found.bytes;
        steps += 1;
      } while (cursor !== '0' && steps * stepKeys < mostCounted);
      if (cursor === '0') return { entries, bytes };
      const share = Number(await send(['DBSIZE'])) / (steps * stepKeys);
      return { entries: Math.round(entries * share), bytes: Math.round(bytes * share) };
    },
    sweep: () => {
      sweeps += 1;
      // What stays after a failure is covered all the same; it goes with its time, or with the next clear.
      void sweepAll(sweeps).catch(() => {});
    },
    stop: () => {
      stopped = true;
    },
  };
};
