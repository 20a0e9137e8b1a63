import { type FileHandle, open } from 'node:fs/promises';
import { formats } from '@hotpath/runtime';
import { checkLines } from './check-lines.ts';
import type { Dialect, Outcome } from './dialect.ts';
import { streamInBatch } from './errors.ts';
import type { Gate } from './gate.ts';
import { createHold } from './hold.ts';
import { makeId } from './ids.ts';
import { type Journal, openJournal } from './journal.ts';
import type { Limits } from './limits.ts';
import { indexLines, type LineIndex } from './line-index.ts';
import type { Place } from './place.ts';
import { type BatchRecord, type FileRecord, hasEnded, type LineFault } from './records.ts';
import { type LineRunOptions, runLine } from './run-line.ts';
import type { BatchStore } from './store.ts';
import { writeOutput } from './write-output.ts';

export interface BatchRunOptions extends LineRunOptions {
  readonly store: BatchStore;
  readonly place: Place;
  readonly gate: Gate;
  readonly limits: Limits;
  readonly dialectOf: (batch: BatchRecord) => Dialect;
  readonly newRequestId: () => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A batch at work. */
export interface BatchRun {
  /** When it has ended, or was stopped. Rejects where its files cannot be used: it can be begun again. */
  readonly done: Promise<void>;
  /** Looks whether its window is over, or somebody has cancelled it. */
  look(batch: BatchRecord): void;
  /** Leaves it as it is, for later: answers under way are waited for as long as `patience` is not aborted. */
  stop(patience: AbortSignal): void;
}

/** Counts are told that often while a batch runs, milliseconds. */
const tellMs = 500;

/** Takes a batch from wherever it is to its end. What counts is in its journal: it goes on from there after a crash. */
export const runBatch = (id: string, options: BatchRunOptions): BatchRun => {
  const { store, place, gate, limits, now, newRequestId } = options;
  const hold = createHold();
  let hasExpired = false;
  let isStopping = false;
  let wake = (): void => {};

  const change = (
    work: (batch: BatchRecord) => Partial<BatchRecord> | undefined,
    lasts = true,
  ): BatchRecord | undefined =>
    store.change(
      id,
      (batch) => {
        const changes = work(batch);
        return changes && { ...batch, ...changes };
      },
      { lasts },
    );

  const look = (batch: BatchRecord): void => {
    if (hasExpired || isStopping) return;
    if (batch.status === 'cancelling') hold.cancel();
    if (batch.status !== 'finalizing' && now() >= batch.expiresAt) {
      hasExpired = true;
      hold.leave();
    }
    wake();
  };

  const fail = (faults: readonly LineFault[]): void => {
    change(() => ({ status: 'failed', faults, endedAt: now() }));
  };

  /** Of a batch that has not been looked through before. Undefined where it fails. */
  const validate = async (batch: BatchRecord): Promise<LineIndex | undefined> => {
    const { maxLines, maxLineBytes } = limits;
    const checks = { endpoint: batch.endpoint, maxLines: maxLines.openai, maxLineBytes };
    const { index, faults } = await checkLines(place.input(id), checks);
    if (faults.length > 0) {
      fail(faults);
      return undefined;
    }
    change(({ status }) => ({
      ...(status === 'validating' && { status: 'in_progress', inProgressAt: now() }),
      lines: index.count,
    }));
    return index;
  };

  const tellCounts = (journal: Journal): void => {
    try {
      change(() => ({ counts: journal.counts, usage: journal.usage }), false);
    } catch {
      // Another process writes: the journal knows better, and is told the next time.
    }
  };

  /** Asks all lines that have no result. */
  const answer = (batch: BatchRecord, index: LineIndex, journal: Journal, input: FileHandle): Promise<void> =>
    new Promise((resolve, reject) => {
      const dialect = options.dialectOf(batch);
      const protocol = dialect.protocol(batch);
      let next = 0;
      let running = 0;
      let toldAt = now();
      let fault: unknown;

      const record = async (line: number, customId: string, outcome: Outcome): Promise<void> => {
        const usage = 'usage' in outcome ? outcome.usage : undefined;
        const written = dialect.writeResult(customId, outcome);
        await journal.append({ line, kind: outcome.kind, record: written, ...(usage && { usage }) });
        if (now() - toldAt < tellMs) return;
        toldAt = now();
        tellCounts(journal);
      };

      const ask = async (line: number, onLane: (lane: 'batch' | 'live') => void): Promise<void> => {
        const bytes = Buffer.allocUnsafe(index.length(line));
        await input.read(bytes, 0, bytes.byteLength, index.offset(line));
        const { customId, body } = dialect.readLine(bytes);
        const requestId = newRequestId();
        if (body.stream === true) {
          const error = Buffer.from(JSON.stringify(formats[protocol].encodeError(streamInBatch)));
          await record(line, customId, { kind: 'errored', status: 400, requestId, body: error });
          return;
        }
        const { tenant, keyId, headers, expiresAt } = batch;
        const exchange = { protocol, body, requestId, tenant, keyId, headers, deadlineAt: expiresAt };
        const outcome = await runLine(exchange, hold, options, onLane);
        if (outcome) await record(line, customId, outcome);
      };

      const start = (line: number): void => {
        const size = index.length(line);
        let isParked = false;
        running += 1;
        const onLane = (lane: 'batch' | 'live'): void => {
          // One that comes back from the lane is asked although it has no place any more: its time is nearly over.
          if (lane !== 'batch' || isParked) return;
          isParked = true;
          pass.park();
        };
        ask(line, onLane)
          .catch((error: unknown) => {
            fault ??= error;
            hold.leave();
          })
          .finally(() => {
            running -= 1;
            pass.leave(size, isParked);
            pump();
          });
      };

      const isOver = (): boolean => hold.state !== 'wanted' || isStopping;

      const pump = (): void => {
        while (!isOver() && next < index.count) {
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

      const pass = gate.open(() => pump());
      wake = pump;
      pump();
    });

  /** Of lines that nobody answered, and nobody will. */
  const giveUp = async (batch: BatchRecord, index: LineIndex, journal: Journal, input: FileHandle): Promise<void> => {
    const dialect = options.dialectOf(batch);
    const kind = hasExpired ? 'expired' : 'cancelled';
    const appended: Promise<void>[] = [];
    for (let line = 0; line < index.count; line++) {
      if (journal.has(line)) continue;
      const bytes = Buffer.allocUnsafe(index.length(line));
      await input.read(bytes, 0, bytes.byteLength, index.offset(line));
      const { customId } = dialect.readLine(bytes);
      appended.push(journal.append({ line, kind, record: dialect.writeResult(customId, { kind }) }));
      if (appended.length >= 1000) await Promise.all(appended.splice(0));
    }
    await Promise.all(appended);
  };

  const fileOf = (batch: BatchRecord, fileId: string, name: string, bytes: number): FileRecord => ({
    id: fileId,
    owner: batch.owner,
    filename: `${batch.id}_${name}.jsonl`,
    purpose: 'batch_output',
    bytes,
    createdAt: now(),
    expiresAt: now() + batch.keepMs,
  });

  const finish = async (batch: BatchRecord, journal: Journal): Promise<void> => {
    change(({ status, finalizingAt }) =>
      status === 'finalizing'
        ? undefined
        : { status: 'finalizing', finalizingAt: finalizingAt ?? now(), counts: journal.counts, usage: journal.usage },
    );
    const [outputId, errorId] = [makeId('file-'), makeId('file-')];
    const isOpenai = batch.dialect === 'openai';
    const paths = { output: isOpenai ? place.file(outputId) : place.results(id), error: place.file(errorId) };
    const sizes = await writeOutput(journal, batch.lines, (kind) =>
      isOpenai && kind !== 'succeeded' ? paths.error : paths.output,
    );
    const outputBytes = isOpenai ? sizes.get(paths.output) : undefined;
    const errorBytes = sizes.get(paths.error);
    const files = [
      ...(outputBytes === undefined ? [] : [fileOf(batch, outputId, 'output', outputBytes)]),
      ...(errorBytes === undefined ? [] : [fileOf(batch, errorId, 'error', errorBytes)]),
    ];
    const { counts, usage } = journal;
    store.change(
      id,
      (its) => ({
        ...its,
        status: counts.expired > 0 ? 'expired' : its.cancellingAt !== null ? 'cancelled' : 'completed',
        counts,
        usage,
        outputFileId: outputBytes === undefined ? null : outputId,
        errorFileId: errorBytes === undefined ? null : errorId,
        endedAt: now(),
      }),
      { files },
    );
  };

  const work = async (): Promise<void> => {
    const first = store.batch(id);
    if (!first || hasEnded(first)) return;
    const index = first.lines === 0 ? await validate(first) : await indexLines(place.input(id));
    const batch = store.batch(id);
    if (!index || !batch) return;
    look(batch);
    const journal = await openJournal(place.journal(id));
    const input = await open(place.input(id));
    try {
      // More may be done than was told before a crash.
      tellCounts(journal);
      if (batch.status !== 'finalizing') await answer(batch, index, journal, input);
      if (isStopping) {
        tellCounts(journal);
        return;
      }
      await giveUp(batch, index, journal, input);
      await finish(batch, journal);
    } finally {
      await Promise.all([journal.close(), input.close()]);
    }
  };

  return {
    done: work().catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      const message = 'What the batch needs is no longer on the disk of this server. Make it again.';
      fail([{ code: 'input_lost', message, line: null, param: 'input_file_id' }]);
    }),
    look,
    stop(patience) {
      isStopping = true;
      // Those that wait for hours are asked for again after the next start.
      hold.cancel();
      if (patience.aborted) hold.leave();
      else patience.addEventListener('abort', hold.leave);
      wake();
    },
  };
};
