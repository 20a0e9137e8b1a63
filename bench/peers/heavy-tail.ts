import { createHash } from 'node:crypto';
import { seededRandom } from '../harness/statistics.ts';

/** Latency of an upstream of which a few calls take much longer, whoever makes them. */
export interface HeavyTail {
  /** Half of the usual calls take no longer. */
  readonly medianMs: number;
  /** Spread of the usual calls: standard deviation of the logarithm. */
  readonly spread: number;
  /** Share of the calls that are slow. */
  readonly slowShare: number;
  /** How many times longer these take. */
  readonly slowTimes: number;
}

/** One call in thirty meets a busy machine, a queue or a lost packet: the kind of tail that a second call cures. */
export const usualHeavyTail: HeavyTail = { medianMs: 20, spread: 0.25, slowShare: 0.03, slowTimes: 20 };

/** How long the call of this name takes, milliseconds: always the same, and independent of all others. */
export const heavyTailMs = (name: string, tail: HeavyTail = usualHeavyTail): number => {
  const random = seededRandom(createHash('sha256').update(name).digest().readUInt32LE(0));
  const isSlow = random() < tail.slowShare;
  // Box and Muller's way from even to normal numbers.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return tail.medianMs * Math.exp(tail.spread * normal) * (isSlow ? tail.slowTimes : 1);
};
