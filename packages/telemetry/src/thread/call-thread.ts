import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { TelemetryError, type TelemetryErrorCode } from '../errors.ts';
import type { FromThread } from './messages.ts';

/** A thread that answers each message by its id. */
export interface CalledThread {
  /** Sends what `make` makes, and resolves to the answer. Rejects with what the other end throws. */
  call<Answer>(make: (id: number) => unknown, transfer?: readonly ArrayBuffer[]): Promise<Answer>;
  /** Whether it is over, by its own doing or by a fault: each call rejects from here on. */
  hasEnded(): boolean;
  /** Ends it, whatever it does. */
  end(): Promise<void>;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

const script = new URL(
  import.meta.url.endsWith('.ts') ? '../event-store-worker.ts' : './event-store-worker.js',
  import.meta.url,
);

const isKnownCode = (code: string | undefined): code is TelemetryErrorCode => code?.startsWith('TELEMETRY_') ?? false;

/**
 * Starts the thread of a store with `workerData`; `what` begins a sentence. What keeps the thread from opening the store is told by
 * the first call. Throws `TELEMETRY_STORE_UNAVAILABLE` where its script is missing.
 */
export const callThread = (what: string, workerData: unknown): CalledThread => {
  if (script.protocol === 'file:' && !existsSync(script))
    throw new TelemetryError(
      'TELEMETRY_STORE_UNAVAILABLE',
      `${what} cannot have its thread: ${fileURLToPath(script)} is not there. Whoever bundles @hotpath/telemetry puts its event-store-worker.js beside the bundle.`,
    );
  const worker = new Worker(script, { workerData });
  // It is there for who records: it keeps no process alive.
  worker.unref();
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let ended: Error | undefined;

  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('error', (error: Error) => end(error));
  worker.on('exit', () => end(new TelemetryError('TELEMETRY_CLOSED', `${what} has ended its thread.`)));
  worker.on('message', ({ id, answer, error }: FromThread) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    if (error === undefined) asked?.resolve(answer);
    else if (isKnownCode(error.code)) asked?.reject(new TelemetryError(error.code, error.message));
    else asked?.reject(Object.assign(new Error(error.message), { code: error.code }));
  });

  return {
    call(make, transfer = []) {
      if (ended !== undefined) return Promise.reject(ended);
      last += 1;
      const id = last;
      return new Promise((resolve, reject) => {
        // Throws, and so rejects, where it cannot be sent.
        worker.postMessage(make(id), [...transfer]);
        waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
        // Until it has answered: what was acknowledged is what is on disk.
        worker.ref();
      });
    },
    hasEnded: () => ended !== undefined,
    async end() {
      await worker.terminate();
    },
  };
};
