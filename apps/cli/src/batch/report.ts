import type { ItemsEnd } from '@hotpath/runtime/items';
import { describeError } from '../errors.ts';
import { showCount, showDuration, showUsd } from '../figures.ts';
import { showProgress } from '../progress.ts';
import { note, warn, writeOut } from '../terminal.ts';
import { isFailed, type Outcome } from './outcome.ts';
import { describePlan, type Plan } from './plan.ts';
import type { Job } from './read-job.ts';
import type { Figures, Tally } from './tally.ts';

/** Tells the user of a run: on standard error for people, as lines of JSON on standard output for machines. */
export interface Report {
  reading(row: number): void;
  plan(plan: Plan, model: string): Promise<void>;
  /** Progress is shown from here on. */
  start(tally: Tally): void;
  row(row: number, outcome: Outcome): void;
  /** The first signal has come. */
  finishing(): void;
  /** Something can no longer be written or read, and so many calls are under way. */
  broken(underWay: number): void;
  warn(message: string): void;
  end(end: ItemsEnd, figures: Figures): Promise<void>;
  /** Removes what is shown; safe to call twice. */
  clear(): void;
}

/** Without a terminal, milliseconds. */
const filePauseMs = 10_000;
const tickMs = 200;

const clock = (): number => performance.now();

export const createReport = ({ output, isQuiet, isDryRun, json, deadlineMs }: Job): Report => {
  const progress = showProgress(isQuiet ? { write: () => {} } : process.stderr, clock, filePauseMs);
  const startedAt = clock();
  let timer: NodeJS.Timeout | undefined;
  let isFinishing = false;

  const emit = (event: object): Promise<void> => (json ? writeOut(`${JSON.stringify(event)}\n`) : Promise.resolve());
  const clear = (): void => {
    clearInterval(timer);
    progress.end();
  };

  const tellEnd = (
    end: ItemsEnd,
    { rows, answered, failed, left, costUsd, lostUsd, unpriced, cached, cut }: Figures,
  ): void => {
    const paid = unpriced > 0 && costUsd === 0 ? 'cost unknown' : showUsd(costUsd);
    note(
      [
        `${showCount(rows)} ${rows === 1 ? 'row' : 'rows'}: ${showCount(answered)} answered`,
        ...(failed > 0 ? [`${showCount(failed)} failed`] : []),
        ...(left > 0 ? [`${showCount(left)} left`] : []),
        ...(cached > 0 ? [`${showCount(cached)} from the cache`] : []),
        paid,
        showDuration(clock() - startedAt),
      ].join(' · '),
    );
    note(`answers are in ${output}`);
    if (cut > 0)
      warn(`${showCount(cut)} ${cut === 1 ? 'answer ends' : 'answers end'} at the limit of tokens (--max-tokens).`);
    if (failed > 0) warn(`${showCount(failed)} failed. To ask them again, run the same command with --retry-failed.`);
    if (lostUsd > 0) warn(`${showUsd(lostUsd)} of it brought no answer that is kept.`);
    if (end.kind === 'broken' && end.unkept > 0) {
      const { message } = describeError(end.keepError);
      const why = message === describeError(end.error).message ? '' : `: ${message}`;
      warn(`${showCount(end.unkept)} ${end.unkept === 1 ? 'answer' : 'answers'} could not be kept${why || '.'}`);
    }
    if (end.kind === 'out-of-money') warn('stopped at --max-cost. Run the same command with a higher one to go on.');
    if (end.kind === 'interrupted' && left > 0) warn('stopped. Run the same command again to go on.');
  };

  return {
    reading: (row) => progress.report(`${showCount(row)} rows read`),
    plan: async (plan, model) => {
      progress.end();
      const { columns: _, ...figures } = plan;
      const isDone = plan.toAsk === 0;
      const lane = deadlineMs === undefined ? '' : ' in batches at half price, where its provider has them';
      const text = describePlan(plan, { model, output, lane });
      if (json) await emit({ type: 'plan', ...figures, model, output });
      else if (isDryRun) await writeOut(`${text}\n`);
      else if (!isQuiet) note(isDone ? `${showCount(plan.rows)} rows, and nothing to ask` : text);
    },
    start: (tally) => {
      timer = setInterval(
        () => progress.report(isFinishing ? `${tally.line()} · ending`.slice(-79) : tally.line()),
        tickMs,
      );
      timer.unref();
    },
    row: (row, outcome) => {
      if (!json) return;
      const told = isFailed(outcome)
        ? { state: 'failed', error: outcome.error }
        : { state: 'answered', cache: outcome.cache, costUsd: outcome.costUsd };
      void emit({ type: 'row', row, ...told });
    },
    finishing: () => {
      isFinishing = true;
      progress.end();
      // Before there was a row there is nothing to finish.
      if (isQuiet || timer === undefined) return;
      note('Finishing the rows under way. Ctrl-C again stops at once.');
      if (deadlineMs !== undefined) note('What waits for a batch stays there: the same command finds it again.');
    },
    broken: (underWay) => {
      isFinishing = true;
      progress.end();
      if (underWay > 0)
        warn(`stopping: ${showCount(underWay)} ${underWay === 1 ? 'row is' : 'rows are'} under way, and paid.`);
    },
    warn: (message) => {
      progress.end();
      warn(message);
    },
    end: async (end, figures) => {
      clear();
      const broken = end.kind === 'broken' ? { unkept: end.unkept, error: describeError(end.error) } : {};
      await emit({ type: 'end', reason: end.kind, ...figures, ...broken, output });
      if (!isQuiet) tellEnd(end, figures);
    },
    clear,
  };
};
