import { open } from 'node:fs/promises';
import { type AnswerLinesOptions, answerLines, type LineWork, type OpenBatch, readLineAt } from './answer-lines.ts';
import { checkLines } from './check-lines.ts';
import { checkRoom } from './check-room.ts';
import type { Dialect } from './dialect.ts';
import { type FinishOptions, finishBatch } from './finish-batch.ts';
import { createHold } from './hold.ts';
import { openJournal } from './journal.ts';
import type { Limits } from './limits.ts';
import { indexLines, type LineIndex } from './line-index.ts';
import { type BatchRecord, hasEnded, type LineFault } from './records.ts';
import type { Unwritten } from './unwritten.ts';

export interface BatchRunOptions extends FinishOptions, Omit<AnswerLinesOptions, 'hold' | 'onResult' | 'unwritten'> {
  readonly limits: Limits;
  readonly dialectOf: (batch: BatchRecord) => Dialect;
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
export const runBatch = (id: string, options: BatchRunOptions & { readonly unwritten: Unwritten }): BatchRun => {
  const { store, place, limits, now, unwritten } = options;
  const hold = createHold();
  let hasExpired = false;
  let isStopping = false;
  let lines: LineWork | undefined;

  const look = (batch: BatchRecord): void => {
    if (isStopping) return;
    if (batch.status === 'cancelling') hold.cancel();
    if (batch.status !== 'finalizing' && now() >= batch.expiresAt) {
      hasExpired = true;
      hold.leave();
    }
    lines?.look();
  };

  const fail = (faults: readonly LineFault[]): void => {
    store.change(id, (batch) => ({ ...batch, status: 'failed', faults, endedAt: now() }));
  };

  /** Of a batch that has not been looked through before. Undefined where it fails. */
  const validate = async ({ endpoint }: BatchRecord): Promise<LineIndex | undefined> => {
    const { maxLines, maxLineBytes } = limits;
    const checks = { endpoint, maxLines: maxLines.openai, maxLineBytes };
    const { index, faults } = await checkLines(place.input(id), checks);
    if (faults.length > 0) {
      fail(faults);
      return undefined;
    }
    store.change(id, (batch) => ({
      ...batch,
      ...(batch.status === 'validating' && { status: 'in_progress', inProgressAt: now() }),
      lines: index.count,
    }));
    return index;
  };

  const tellCounts = ({ journal: { counts, usage } }: OpenBatch): void => {
    try {
      store.change(id, (batch) => ({ ...batch, counts, usage }), { lasts: false });
    } catch {
      // Another process writes: the journal knows better, and is told the next time.
    }
  };

  const answer = async (its: OpenBatch): Promise<void> => {
    let toldAt = now();
    const onResult = (): void => {
      if (now() - toldAt < tellMs) return;
      toldAt = now();
      tellCounts(its);
    };
    lines = answerLines(its, { ...options, hold, onResult });
    await lines.done;
  };

  /** Of lines that nobody answered, and nobody will. */
  const giveUp = async (its: OpenBatch): Promise<void> => {
    const { index, journal, dialect } = its;
    const kind = hasExpired ? 'expired' : 'cancelled';
    const appended: Promise<void>[] = [];
    for (let line = 0; line < index.count; line++) {
      if (journal.has(line)) continue;
      const { customId } = await readLineAt(its, line);
      appended.push(journal.append({ line, kind, record: dialect.writeResult(customId, { kind }) }));
      if (appended.length >= 1000) await Promise.all(appended.splice(0));
    }
    await Promise.all(appended);
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
    const its: OpenBatch = { batch, dialect: options.dialectOf(batch), index, journal, input };
    try {
      await unwritten.write(id, journal);
      if (batch.status !== 'finalizing' && hold.state === 'wanted') await checkRoom(place.probe(id));
      // More may be done than was told before a crash.
      tellCounts(its);
      if (batch.status !== 'finalizing') await answer(its);
      tellCounts(its);
      if (isStopping) return;
      await giveUp(its);
      await finishBatch(its, options);
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
      lines?.look();
    },
  };
};
