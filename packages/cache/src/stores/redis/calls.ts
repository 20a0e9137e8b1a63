import { CacheError, redisUnavailable } from '../../errors.ts';
import type { Breaker } from './breaker.ts';
import { sender } from './client.ts';
import type { Connection } from './connection.ts';
import { withDeadline } from './deadline.ts';
import { isUnknownScript, type Send } from './scripts.ts';

/** Sends commands for callers who would rather do without than wait. */
export interface Calls {
  /** Rejects with `CACHE_STORE_UNAVAILABLE` when Redis cannot be asked, fails or takes too long. */
  readonly send: Send;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

export const createCalls = (store: string, connection: Connection, breaker: Breaker, softTimeoutMs: number): Calls => {
  const unavailable = (cause: unknown): CacheError =>
    CacheError.isInstance(cause) ? cause : redisUnavailable(store, cause);
  let underWay = 0;
  let answeredAt = Number.NEGATIVE_INFINITY;
  const isMoving = (): boolean => performance.now() - answeredAt < softTimeoutMs;
  let onIdle: (() => void) | undefined;
  const late = (): Error => new Error(`no answer within ${softTimeoutMs} ms`);

  const attempt: Send = async (args) => {
    const starting = connection.starting();
    if (starting !== undefined) await starting;
    const link = connection.link();
    if (link === undefined) throw unavailable(connection.error());
    const permit = breaker.enter();
    if (permit === undefined) throw unavailable('it failed several times in a row');
    let isLate = false;
    try {
      const giveUp = (): Error => {
        isLate = true;
        return late();
      };
      const reply = await withDeadline(softTimeoutMs, sender(link)(args), giveUp, isMoving);
      answeredAt = performance.now();
      breaker.succeed(permit);
      return reply;
    } catch (error) {
      if (isUnknownScript(error)) {
        breaker.succeed(permit);
        throw error;
      }
      // A server that hangs, or a network that swallows, may keep a dead connection open for minutes.
      if (breaker.fail(permit) && isLate && connection.link() === link) connection.renew(error);
      throw unavailable(error);
    }
  };

  return {
    send: async (args) => {
      underWay += 1;
      connection.hold();
      try {
        return await attempt(args);
      } finally {
        connection.release();
        underWay -= 1;
        if (underWay === 0) onIdle?.();
      }
    },
    idle: () =>
      underWay === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            onIdle = resolve;
          }),
  };
};
