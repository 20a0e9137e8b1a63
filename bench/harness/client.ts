import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { seededRandom } from './statistics.ts';

/** One exchange, milliseconds from its intended start. */
export interface Exchange {
  readonly firstTokenMs: number;
  readonly totalMs: number;
}

export interface ClientOptions {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body of the n-th request. */
  body(index: number): string;
  /** Sees the head of each answer. */
  head?(headers: Readonly<Record<string, string | readonly string[] | undefined>>): void;
  /** Whether a chunk holds a piece of the answer. @default all do */
  holdsToken?(chunk: Buffer): boolean;
  /** Throws when an answer is not what it should be. */
  check(status: number, bytes: number): void;
}

export interface Client {
  /** Sends as many requests as fit the time, at random moments that do not wait for answers (Poisson, seeded). */
  openLoop(options: {
    readonly perSecond: number;
    readonly seconds: number;
    readonly seed: number;
  }): Promise<Exchange[]>;
  /** Keeps so many exchanges open for the time. */
  closedLoop(options: { readonly connections: number; readonly seconds: number }): Promise<Exchange[]>;
  close(): Promise<void>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

// Timers count whole milliseconds and may fire early: the last one is waited for in turns of the event loop.
const until = async (due: number): Promise<void> => {
  const ahead = due - performance.now();
  if (ahead > 2) await delay(Math.floor(ahead) - 1);
  while (performance.now() < due) await turn();
};

/** A client over undici's dispatch: it costs little beside what it measures, and sees every chunk. */
export const createClient = (options: ClientOptions): Client => {
  const pool = new Pool(`http://127.0.0.1:${options.port}`, { connections: 256, pipelining: 1 });
  let index = 0;

  const exchange = (intendedAt: number): Promise<Exchange> =>
    new Promise((resolve, reject) => {
      let status = 0;
      let bytes = 0;
      let firstTokenMs = Number.NaN;
      pool.dispatch(
        {
          method: 'POST',
          path: options.path,
          headers: { 'content-type': 'application/json', ...options.headers },
          body: options.body(index++),
        },
        {
          onRequestStart() {},
          onResponseStart(_controller, statusCode, headers) {
            status = statusCode;
            options.head?.(headers);
          },
          onResponseData(_controller, chunk) {
            if (Number.isNaN(firstTokenMs) && (options.holdsToken?.(chunk) ?? true)) {
              firstTokenMs = performance.now() - intendedAt;
            }
            bytes += chunk.length;
          },
          onResponseEnd() {
            const totalMs = performance.now() - intendedAt;
            try {
              options.check(status, bytes);
              resolve({ firstTokenMs, totalMs });
            } catch (error) {
              reject(error);
            }
          },
          onResponseError(_controller, error) {
            reject(error);
          },
        },
      );
    });

  return {
    openLoop: async ({ perSecond, seconds, seed }) => {
      const random = seededRandom(seed);
      const pending: Promise<Exchange>[] = [];
      const started = performance.now();
      let due = started;
      for (;;) {
        due += (-Math.log(1 - random()) / perSecond) * 1000;
        if (due - started > seconds * 1000) break;
        await until(due);
        const one = exchange(due);
        // It is awaited below; a failure before that must not end the process.
        one.catch(() => {});
        pending.push(one);
      }
      return Promise.all(pending);
    },
    closedLoop: async ({ connections, seconds }) => {
      const until = performance.now() + seconds * 1000;
      const done: Exchange[] = [];
      const worker = async (): Promise<void> => {
        while (performance.now() < until) done.push(await exchange(performance.now()));
      };
      await Promise.all(Array.from({ length: connections }, worker));
      return done;
    },
    close: () => pool.close(),
  };
};
