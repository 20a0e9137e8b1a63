import type { Asked, AskRow } from './ask-row.ts';
import type { Estimator } from './cost.ts';
import type { Journal } from './journal.ts';
import type { OrderedFile } from './ordered-file.ts';
import { isFailed, type Outcome } from './outcome.ts';
import type { OutputLines } from './output-lines.ts';
import type { Question } from './question.ts';
import { createRowOrder } from './row-order.ts';

export interface RunOptions {
  readonly questions: AsyncIterable<Question>;
  readonly journal: Pick<Journal, 'entryOf' | 'asked' | 'settled' | 'paid' | 'unasked'>;
  readonly file: Pick<OrderedFile, 'write'>;
  readonly lines: OutputLines;
  readonly ask: AskRow;
  readonly estimator: Estimator;
  /** Calls at the same time; rows that wait for a batch do not count. */
  readonly concurrency: number;
  /** Rows read beyond the first that has no outcome yet. */
  readonly mostAhead: number;
  readonly retriesFailed: boolean;
  /** US dollars that may still be spent. @default no limit */
  readonly budgetUsd?: number | undefined;
  /** Begins nothing new, and gives up what waits for a batch: that is found again. */
  readonly finishing: AbortSignal;
  /** Gives up everything. */
  readonly stopping: AbortSignal;
  readonly onRow: (question: Question, outcome: Outcome, isKept: boolean) => void;
  /** Calls were given up that are billed all the same, US dollars. */
  readonly onPaid: (costUsd: number) => void;
  /** The journal, the file or the input is of no use any more, and so many calls are under way. */
  readonly onBroken: (underWay: number) => void;
}

/** How a run ended. `interrupted` only where something was left because of it. */
export type RunEnd =
  | { readonly kind: 'complete' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'out-of-money' }
  | { readonly kind: 'halted'; readonly code: string; readonly message: string }
  | {
      readonly kind: 'broken';
      readonly error: unknown;
      /** Answers that the journal could not take, and why: they were paid, and are asked for again. */
      readonly unkept: number;
      readonly keepError?: unknown;
    };

/** What waits for a row before it, in characters. */
const mostWaiting = 64 * 1024 * 1024;
/**
 * Asks the rows that have no outcome yet and writes all outcomes in order. A row counts when it is in the journal. Never rejects:
 * when the journal or the file cannot be written, nothing new is begun, and what is under way is paid already: it is waited for
 * and kept where that can still be.
 */
export const runRows = async (options: RunOptions): Promise<RunEnd> => {
  const { questions, journal, file, lines, ask, estimator, concurrency, mostAhead, retriesFailed } = options;
  const { budgetUsd = Number.POSITIVE_INFINITY, finishing, stopping, onRow, onPaid, onBroken } = options;
  const order = createRowOrder(file);
  const underWay = new Set<Promise<void>>();
  const parked = new Set<AbortController>();
  const active = new Set<AbortController>();
  let live = 0;
  let spentUsd = 0;
  let reservedUsd = 0;
  let end: RunEnd = { kind: 'complete' };
  let unkept = 0;
  let keepError: unknown;
  /** Aborts when nothing new is begun: what waits to be asked again, or for a batch, is given up. */
  const ending = new AbortController();
  let wakeLoop = (): void => {};
  /** Rows that no batch has taken, and that wait to be asked live. */
  const turnedAway: ((mayAsk: boolean) => void)[] = [];

  const isOver = (): boolean => finishing.aborted || end.kind !== 'complete';
  const wake = (): void => {
    while (turnedAway.length > 0 && (isOver() || live < concurrency)) {
      const mayAsk = !isOver();
      if (mayAsk) live += 1;
      turnedAway.shift()?.(mayAsk);
    }
    wakeLoop();
  };
  const leaveParked = (): void => {
    ending.abort();
    for (const controller of parked) controller.abort();
    wake();
  };
  const breakOff = (error: unknown): void => {
    if (end.kind === 'broken') return;
    end = { kind: 'broken', error, unkept };
    onBroken(underWay.size);
    leaveParked();
  };
  const leaveAll = (): void => {
    for (const controller of active) controller.abort();
    wake();
  };
  finishing.addEventListener('abort', leaveParked, { once: true });
  stopping.addEventListener('abort', leaveAll, { once: true });

  const until = async (isReady: () => boolean): Promise<void> => {
    while (!isOver() && !isReady()) {
      await new Promise<void>((resolve) => {
        wakeLoop = resolve;
      });
    }
  };
  const hasMemory = (row: number): boolean => row < order.next() + mostAhead && order.waitingLength() < mostWaiting;

  const start = (question: Question, id: number, reserveUsd: number, isAgain: boolean): void => {
    let isParked = false;
    let isTurnedAway = false;
    reservedUsd += reserveUsd;
    live += 1;

    const askOnce = async (isLive: boolean): Promise<Asked> => {
      const controller = new AbortController();
      active.add(controller);
      const onLane = (lane: 'batch' | 'live'): void => {
        if ((lane === 'batch') === isParked) return;
        isParked = lane === 'batch';
        live += isParked ? -1 : 1;
        if (isParked) parked.add(controller);
        else parked.delete(controller);
        // All of a batch that was refused come at once.
        isTurnedAway = !isParked && live > concurrency;
        if (isTurnedAway || (isParked && ending.signal.aborted)) controller.abort();
        wake();
      };
      const asked = await ask(question, {
        signal: controller.signal,
        impatient: ending.signal,
        onLane,
        isAgain,
        isLive,
      });
      active.delete(controller);
      parked.delete(controller);
      if (!isParked) live -= 1;
      return asked;
    };

    const pay = (costUsd: number | undefined): void => {
      if (costUsd === undefined) return;
      spentUsd += costUsd;
      onPaid(costUsd);
      journal.paid(id, costUsd);
    };

    const keep = (outcome: Outcome): void => {
      spentUsd += outcome.costUsd ?? 0;
      try {
        journal.settled(id, outcome);
      } catch (error) {
        unkept += 1;
        keepError ??= error;
        onPaid(outcome.costUsd ?? 0);
        throw error;
      }
      if (outcome.usage !== undefined) estimator.learn(outcome.usage.outputTokens);
      onRow(question, outcome, false);
      order.put(question.row, lines.line(question, outcome));
      order.flush();
    };

    const work = async (): Promise<void> => {
      let asked = await askOnce(false);
      if (asked.kind === 'aborted' && isTurnedAway) {
        pay(asked.paidUsd);
        const mayAsk = await new Promise<boolean>((resolve) => {
          turnedAway.push(resolve);
          wake();
        });
        asked = mayAsk ? await askOnce(true) : { kind: 'aborted' };
      }
      reservedUsd -= reserveUsd;
      if (asked.kind === 'settled') {
        keep(asked.outcome);
        return;
      }
      if (asked.kind === 'halted') {
        const { code, message } = asked;
        if (end.kind === 'complete') end = { kind: 'halted', code, message };
        leaveParked();
        if (asked.paidUsd === undefined) journal.unasked(id);
      }
      pay(asked.paidUsd);
    };
    const running: Promise<void> = work()
      .catch(breakOff)
      .finally(() => {
        underWay.delete(running);
        wake();
      });
    underWay.add(running);
  };

  try {
    if (lines.head !== '') file.write(lines.head);
    for await (const question of questions) {
      const { row } = question;
      await until(() => hasMemory(row));
      if (isOver()) break;
      const entry = journal.entryOf(question);
      const kept = entry?.state === 'answered' || !retriesFailed ? entry?.outcome : undefined;
      if (kept !== undefined) {
        order.put(row, lines.line(question, kept));
        onRow(question, kept, true);
        continue;
      }
      await until(() => live < concurrency);
      const { costUsd = 0 } = estimator.estimate(question);
      const fits = (): boolean => spentUsd + reservedUsd + costUsd <= budgetUsd;
      // What is under way may cost less than it could.
      await until(() => fits() || underWay.size === 0);
      if (isOver()) break;
      if (!fits()) {
        end = { kind: 'out-of-money' };
        break;
      }
      const isAgain = entry?.outcome !== undefined && isFailed(entry.outcome) && entry.outcome.cache !== undefined;
      start(question, journal.asked(question, entry), costUsd, isAgain);
    }
    order.flush();
  } catch (error) {
    breakOff(error);
  }
  await Promise.all(underWay);
  finishing.removeEventListener('abort', leaveParked);
  stopping.removeEventListener('abort', leaveAll);
  const over = end as RunEnd;
  if (over.kind === 'broken') return { ...over, unkept, keepError };
  return over.kind === 'complete' && finishing.aborted ? { kind: 'interrupted' } : over;
};
