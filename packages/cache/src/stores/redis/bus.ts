import type { InvalidationListener } from '../../store.ts';
import type { OpenLink } from './client.ts';
import { type Connection, createConnection } from './connection.ts';
import type { RedisLog } from './log.ts';

export interface BusOptions {
  readonly open: OpenLink;
  readonly channel: string;
  readonly log: RedisLog;
  readonly trustMs: number;
  /** Asks Redis for the number of the last invalidation. */
  readonly lastNumber: () => Promise<number | undefined>;
}

/** Hears what others invalidate, and makes sure that nothing was missed. */
export interface Bus {
  start(listener: InvalidationListener): void;
  /** Everything there is to hear was heard just now. */
  confirm(): void;
  stop(): void;
}

const longestBeatMs = 1_000;
/** A message this late is taken for lost. */
const graceMs = 50;

const pause = (durationMs: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, durationMs).unref();
  });

/**
 * Redis keeps no message for a subscriber that is away, and drops one that is too slow. So the numbers are compared about
 * once a second, over the connection for commands: that finds a lost message, also the last one, and goes on working
 * while the subscription does not.
 */
export const createBus = ({ open, channel, log, trustMs, lastNumber }: BusOptions): Bus => {
  let connection: Connection | undefined;
  let listener: InvalidationListener | undefined;
  let timer: NodeJS.Timeout | undefined;
  let heardAt = performance.now();
  let isUnheard = false;
  let isBeating = false;

  const tell = (unheard: boolean): void => {
    if (unheard === isUnheard) return;
    isUnheard = unheard;
    listener?.unheard(unheard);
  };
  const confirm = (): void => {
    heardAt = performance.now();
    tell(false);
  };

  const compare = async (): Promise<void> => {
    if (log.hasPostponed()) await log.resend();
    const last = await lastNumber();
    if (last === undefined) await log.reach();
    else if (last > log.version()) {
      await pause(graceMs);
      if (last > log.version()) {
        await log.reach(last);
        connection?.renew(new Error('a message was lost'));
      }
    }
  };

  const beat = async (): Promise<void> => {
    if (isBeating || timer === undefined) return;
    isBeating = true;
    try {
      await compare();
      confirm();
    } catch {
      if (performance.now() - heardAt >= trustMs) tell(true);
    } finally {
      isBeating = false;
    }
  };

  return {
    start: (to) => {
      listener = to;
      heardAt = performance.now();
      timer = setInterval(() => void beat(), Math.max(5, Math.min(longestBeatMs, trustMs / 2)));
      timer.unref();
      connection = createConnection({
        open,
        prepare: async (link) => {
          await link.subscribe(channel, log.hear);
          // What was published while nobody listened; where this fails the next beat makes up for it.
          await log.reach().catch(() => {});
        },
      });
    },
    confirm,
    stop: () => {
      clearInterval(timer);
      timer = undefined;
      connection?.close();
    },
  };
};
