import type { OpenLink, RedisLink } from './client.ts';
import { withDeadline } from './deadline.ts';

/** A connection that is made again whenever it is lost, for ever. It keeps the process alive only while it is held. */
export interface Connection {
  /** The client, while it can be used. */
  link(): RedisLink | undefined;
  /** Why there is none. */
  error(): unknown;
  /** Waits for the first attempt, a second at most; `undefined` once that is over. */
  starting(): Promise<void> | undefined;
  hold(): void;
  release(): void;
  /** Gives this connection up and makes another. */
  renew(cause: unknown): void;
  close(): void;
}

export interface ConnectionOptions {
  readonly open: OpenLink;
  /** Makes a new connection fit for use; while it runs `link` has none. */
  readonly prepare: (link: RedisLink) => Promise<unknown>;
  /** Called for each connection lost and each attempt that failed. */
  readonly onDown?: (error: unknown) => void;
}

const firstWaitMs = 1_000;
const attemptMs = 3_000;
const shortestPauseMs = 50;
const longestPauseMs = 2_000;

export const createConnection = ({ open, prepare, onDown }: ConnectionOptions): Connection => {
  let trying: RedisLink | undefined;
  let current: RedisLink | undefined;
  let lastError: unknown = new Error('not connected yet');
  let failures = 0;
  let holders = 0;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  let starting: Promise<void> | undefined;

  const failed = (error: unknown): void => {
    lastError = error;
    if (closed) return;
    onDown?.(error);
    // Half of the pause is drawn, so that replicas do not come back all at once.
    const pauseMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** failures) * (0.5 + Math.random() / 2);
    failures += 1;
    clearTimeout(retry);
    retry = setTimeout(() => void attempt(), pauseMs);
    retry.unref();
  };

  const drop = (link: RedisLink, error: unknown): void => {
    if (link !== trying && link !== current) return;
    trying = undefined;
    current = undefined;
    link.destroy();
    failed(error);
  };

  const attempt = async (): Promise<void> => {
    let link: RedisLink;
    try {
      link = await open();
    } catch (error) {
      failed(error);
      return;
    }
    if (closed) return;
    trying = link;
    link.on('error', (error) => drop(link, error));
    if (holders > 0) link.ref();
    else link.unref();
    try {
      const ready = link.connect().then(() => prepare(link));
      await withDeadline(attemptMs, ready, () => new Error(`no answer within ${attemptMs} ms`));
      if (link !== trying) return;
      trying = undefined;
      current = link;
      failures = 0;
    } catch (error) {
      drop(link, error);
    }
  };

  starting = withDeadline(firstWaitMs, attempt(), () => new Error('still connecting'))
    .catch(() => {})
    .finally(() => {
      starting = undefined;
    });

  return {
    link: () => current,
    error: () => lastError,
    starting: () => starting,
    hold: () => {
      holders += 1;
      if (holders === 1) (current ?? trying)?.ref();
    },
    release: () => {
      holders -= 1;
      if (holders === 0) (current ?? trying)?.unref();
    },
    renew: (cause) => {
      if (current !== undefined) drop(current, cause);
    },
    close: () => {
      closed = true;
      clearTimeout(retry);
      for (const link of [trying, current]) link?.destroy();
      trying = undefined;
      current = undefined;
      lastError = new Error('closed');
    },
  };
};
