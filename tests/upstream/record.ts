import type { IncomingHttpHeaders } from 'node:http';

/** One request as the upstream saw it. */
export interface RecordedRequest {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body byte for byte; empty until it has arrived whole. */
  body: Buffer;
  /** Number of the TCP connection it came on, counted from 1. */
  readonly connection: number;
  /** The fault it met, if any. */
  fault?: string;
  /** What the answer to it counts, where it is one. */
  usage?: { readonly inputTokens: number; readonly outputTokens: number };
  /** Whether the client went away before its answer had ended. Faults of our own do not count. */
  aborted: boolean;
  /** Milliseconds of `performance.now()`. */
  readonly openedAt: number;
  closedAt?: number;
}

export interface WaitOptions {
  /** @default 5000 */
  readonly timeoutMs?: number;
}

/** Keeps what happened and wakes those who wait for it. */
export interface Recorder {
  readonly requests: readonly RecordedRequest[];
  readonly active: number;
  add(request: RecordedRequest): void;
  /** To be called after every change. */
  changed(): void;
  waitFor(predicate: () => boolean, options?: WaitOptions): Promise<void>;
  reset(): void;
}

export const createRecorder = (): Recorder => {
  let requests: RecordedRequest[] = [];
  const waiting = new Set<() => void>();
  const active = (): number => requests.filter((request) => request.closedAt === undefined).length;
  const changed = (): void => {
    for (const check of waiting) check();
  };
  return {
    get requests() {
      return requests;
    },
    get active() {
      return active();
    },
    add: (request) => {
      requests.push(request);
      changed();
    },
    changed,
    waitFor: (predicate, options = {}) =>
      new Promise((resolve, reject) => {
        const { timeoutMs = 5000 } = options;
        const stop = (): void => {
          waiting.delete(check);
          clearTimeout(timer);
        };
        const timer = setTimeout(() => {
          stop();
          const seen = requests.map(
            (request) => `${request.method} ${request.path}${request.aborted ? ' (aborted)' : ''}`,
          );
          reject(
            new Error(
              `The upstream waited ${timeoutMs} ms in vain: ${active()} open, seen: ${seen.join(', ') || 'nothing'}.`,
            ),
          );
        }, timeoutMs);
        const check = (): void => {
          try {
            if (!predicate()) return;
            stop();
            resolve();
          } catch (error) {
            stop();
            reject(error);
          }
        };
        waiting.add(check);
        check();
      }),
    reset: () => {
      // Open requests stay known, so that `active` never forgets one.
      requests = requests.filter((request) => request.closedAt === undefined);
      changed();
    },
  };
};
