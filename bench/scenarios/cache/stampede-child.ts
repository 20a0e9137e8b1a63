import { setTimeout as delay } from 'node:timers/promises';
import { answerParent } from '../../harness/child.ts';
import { median } from '../../harness/statistics.ts';
import { peerOf } from '../../peers/cache/peers.ts';
import { type Profile, profileKeys, profileOf } from './profiles.ts';

export interface StampedeJob {
  readonly peer: string;
  readonly callers: number;
  readonly stampedes: number;
  /** How long the loader takes. */
  readonly loadMs: number;
}

export interface StampedeResult {
  /** The most loaders that ran for one key. */
  readonly loads: number;
  /** From the first call until the last has its answer, median over the stampedes. */
  readonly elapsedMs: number;
  /** CPU of the process per caller, all stampedes together. */
  readonly cpuUs: number;
}

const warmStampedes = 5;

const measure = async ({ peer, callers, stampedes, loadMs }: StampedeJob): Promise<StampedeResult> => {
  let loads = 0;
  const load = async (): Promise<Profile> => {
    loads += 1;
    await delay(loadMs);
    return profileOf(1);
  };
  const cache = await peerOf(peer).create({ maxEntries: 1_000, load });
  // What remains to those whose library has no such call: look, load, keep.
  const getOrSet =
    cache.getOrSet ??
    (async (key: string) => {
      const found = await cache.get?.(key);
      if (found !== undefined) return found;
      const value = await load();
      await cache.set?.(key, value);
      return value;
    });

  const elapsed: number[] = [];
  let mostLoads = 0;
  let cpu = process.cpuUsage();
  for (const [index, key] of profileKeys(0, warmStampedes + stampedes).entries()) {
    if (index === warmStampedes) cpu = process.cpuUsage();
    loads = 0;
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: callers }, () => getOrSet(key)));
    if (index >= warmStampedes) elapsed.push(performance.now() - started);
    if (answers.some((answer) => (answer as Profile | undefined)?.id !== 1)) throw new Error('A caller got no value.');
    mostLoads = Math.max(mostLoads, loads);
  }
  const { user, system } = process.cpuUsage(cpu);
  return { loads: mostLoads, elapsedMs: median(elapsed), cpuUs: (user + system) / (stampedes * callers) };
};

await answerParent(measure);
