import type { FileHandle } from 'node:fs/promises';
import { type Exchange, formats } from '@hotpath/runtime';
import type { Dialect, Outcome } from './dialect.ts';
import { streamInBatch } from './errors.ts';
import type { Gate } from './gate.ts';
import type { Hold } from './hold.ts';
import type { Journal } from './journal.ts';
import type { LineIndex } from './line-index.ts';
import type { BatchRecord } from './records.ts';
import { type LineRunOptions, runLine } from './run-line.ts';
import type { Unwritten } from './unwritten.ts';

/** What a batch at work has open. */
export interface OpenBatch {
  readonly batch: BatchRecord;
  readonly dialect: Dialect;
  readonly index: LineIndex;
  readonly journal: Journal;
  readonly input: FileHandle;
}

export interface AnswerLinesOptions extends LineRunOptions {
  readonly gate: Gate;
  readonly hold: Hold;
  readonly newRequestId: () => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The client's own key that a batch was made with, as long as it is known. */
  readonly credentialOf: (batch: BatchRecord) => Exchange['credential'];
  /** A result counts now. */
  readonly onResult: () => void;
  readonly unwritten: Pick<Unwritten, 'keep'>;
}

/** Lines being asked. */
export interface LineWork {
  /** When every line has a result, or was left. Rejects where the files cannot be used. */
  readonly done: Promise<void>;
  /** Looks whether there is more to begin, or nothing any more. */
  look(): void;
}

/**
 * What was not answered by then is waiting for others, whoever they are: no call of its own takes that long. It makes room for
 * the next ones, as what waits in the economy lane does.
 */
const longestCallMs = 900_000;

export const readLineAt = async ({ input, index, dialect }: OpenBatch, line: number) => {
  const bytes = Buffer.allocUnsafe(index.length(line));
  await input.read(bytes, 0, bytes.byteLength, index.offset(line));
  return dialect.readLine(bytes);
};

/** Asks the lines that have no result, as many at a time as the gate lets in, for as long as the hold wants them. */
export const answerLines = (open: OpenBatch, options: AnswerLinesOptions): LineWork => {
  const { batch, dialect, index, journal } = open;
  const { gate, hold, now, newRequestId, onResult } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const protocol = dialect.protocol(batch);
  const live = new Map<number, { readonly since: number; readonly park: () => void }>();
  let next = 0;
  let running = 0;
  let fault: unknown;

  const record = async (line: number, customId: string, outcome: Outcome): Promise<void> => {
    const usage = 'usage' in outcome ? outcome.usage : undefined;
    const written = dialect.writeResult(customId, outcome);
    const result = { line, kind: outcome.kind, record: written, ...(usage && { usage }) };
    try {
      await journal.append(result);
    } catch (error) {
      options.unwritten.keep(batch.id, result);
      throw error;
    }
    onResult();
  };

  const ask = async (line: number, park: () => void): Promise<void> => {
    const { customId, body } = await readLineAt(open, line);
    const requestId = newRequestId();
    if (body.stream === true) {
      const error = Buffer.from(JSON.stringify(formats[protocol].encodeError(streamInBatch)));
      await record(line, customId, { kind: 'errored', status: 400, requestId, body: error });
      return;
    }
    const { tenant, keyId, headers, agent, expiresAt } = batch;
    const credential = options.credentialOf(batch);
    const asked = { protocol, body, requestId, tenant, keyId, headers, deadlineAt: expiresAt };
    const exchange = { ...asked, ...(agent !== undefined && { agent }), ...(credential && { credential }) };
    const outcome = await runLine(exchange, hold, options, (lane) => {
      // One that comes back from the lane is asked although it has no place any more: its time is nearly over.
      if (lane === 'batch') park();
    });
    if (outcome) await record(line, customId, outcome);
  };

  const start = (line: number): void => {
    running += 1;
    const park = (): void => {
      if (live.delete(line)) pass.park();
    };
    live.set(line, { since: now(), park });
    ask(line, park)
      .catch((error: unknown) => {
        fault ??= error;
        // Answers on their way are paid for as well: they are waited for, and kept.
        hold.cancel();
      })
      .finally(() => {
        running -= 1;
        pass.leave(index.length(line), !live.delete(line));
        begin();
      });
  };

  const begin = (): void => {
    while (hold.state === 'wanted' && next < index.count) {
      if (!journal.has(next)) {
        if (!pass.tryEnter(index.length(next))) return;
        start(next);
      }
      next += 1;
    }
    if (running > 0) return;
    pass.close();
    if (fault === undefined) resolve();
    else reject(fault);
  };

  const pass = gate.open(() => begin());
  begin();
  return {
    done: promise,
    look() {
      const at = now();
      for (const { since, park } of live.values()) if (at - since >= longestCallMs) park();
      begin();
    },
  };
};
