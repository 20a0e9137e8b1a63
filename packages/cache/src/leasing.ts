import { setTimeout as sleep } from 'node:timers/promises';
import type { Stamp } from './entry.ts';
import { longestTimerMs } from './flight.ts';
import type { LeaseTable, MaybePromise } from './store.ts';
import type { Tier } from './tier.ts';

/** The leases held for one load; end them when its value is written, when it failed, or when nobody wants it any more. */
export interface Lease {
  /** Safe to call twice. */
  release(): Promise<void>;
}

export interface Leasing<Found> {
  /** Whether any tier can lease at all. */
  readonly isUsed: boolean;
  /**
   * Waits for as long as another process loads the key. `reread` is asked after each wait, and once when the lease is there, since
   * another may have finished just before. The tokens are noted in `stamps`. Rejects with the signal's reason.
   */
  acquire(
    key: string,
    stamps: readonly Stamp[],
    signal: AbortSignal,
    reread: () => MaybePromise<Found | undefined>,
  ): Promise<{ readonly lease: Lease } | { readonly found: Found }>;
  /** Ends every wait, as if its time were over. */
  stop(): void;
}

const shortestPauseMs = 2;
const longestPauseMs = 25;
const longestRetryMs = 1_000;

/**
 * One load per key among all processes that share a tier. A lease saves work and guards nothing by itself: whoever cannot
 * ask loads without one, and the fence of a newer lease keeps an older value out. A holder that lives prolongs its lease,
 * one that died or stands still loses it, so that nobody waits for nothing.
 */
export const createLeasing = <Found>(tiers: readonly Tier[], leaseMs: number): Leasing<Found> => {
  const tables = tiers.flatMap((tier, index) => {
    const { leases } = tier.store;
    return leases === undefined || leaseMs === 0 ? [] : [{ tier, index, leases }];
  });

  const keepAlive = (tier: Tier, leases: LeaseTable, key: string, token: number): NodeJS.Timeout => {
    const renew = async (): Promise<void> => {
      try {
        if (!(await leases.extend(key, token, leaseMs))) clearInterval(timer);
      } catch (error) {
        tier.fault('lease', error);
      }
    };
    const timer = setInterval(() => void renew(), Math.min(leaseMs / 3, longestTimerMs));
    timer.unref();
    return timer;
  };

  let isStopped = false;
  /** A lease that stays behind would hold up everybody else until it ends by itself. */
  const giveBack = async (tier: Tier, leases: LeaseTable, key: string, token: number): Promise<void> => {
    const endsAt = performance.now() + leaseMs;
    for (let pauseMs = longestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestRetryMs)) {
      try {
        await leases.release(key, token);
        return;
      } catch (error) {
        tier.fault('lease', error);
        if (isStopped || performance.now() >= endsAt) return;
      }
      await sleep(pauseMs, undefined, { ref: false });
    }
  };

  return {
    isUsed: tables.length > 0,
    stop: () => {
      isStopped = true;
    },
    acquire: async (key, stamps, signal, reread) => {
      const releases: (() => Promise<void>)[] = [];
      const lease: Lease = {
        release: async () => {
          for (const release of releases.splice(0).reverse()) await release();
        },
      };
      try {
        for (const { tier, index, leases } of tables) {
          let pauseMs = shortestPauseMs;
          for (;;) {
            let token: number | undefined;
            try {
              token = await leases.acquire(key, leaseMs);
            } catch (error) {
              tier.fault('lease', error);
              break;
            }
            if (token !== undefined) {
              const held = token;
              const stamp = stamps[index];
              if (stamp !== undefined) stamp.fence = held;
              const timer = keepAlive(tier, leases, key, held);
              releases.push(() => {
                clearInterval(timer);
                return giveBack(tier, leases, key, held);
              });
              break;
            }
            if (isStopped) break;
            await sleep(pauseMs, undefined, { signal });
            pauseMs = Math.min(pauseMs * 2, longestPauseMs);
            const found = await reread();
            if (found !== undefined) {
              void lease.release();
              return { found };
            }
          }
        }
        signal.throwIfAborted();
        const found = await reread();
        signal.throwIfAborted();
        if (found === undefined) return { lease };
        void lease.release();
        return { found };
      } catch (error) {
        void lease.release();
        throw signal.aborted ? signal.reason : error;
      }
    },
  };
};
