import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RouterError } from '../errors.ts';
import type { BatchApi, BatchRequest } from './batch-api.ts';
import type { BatchKind } from './collector.ts';
import type { Journal, QueuedBody, Submission } from './journal.ts';
import type { EconomySettings } from './options.ts';

export interface SubmitterOptions {
  readonly journal: Journal;
  readonly settings: EconomySettings;
  readonly apiOf: (provider: string) => BatchApi | undefined;
  readonly signal: AbortSignal;
  /** What is sent of it, under the same `customId`s. @default what was asked */
  readonly prepare?:
    | ((submission: Submission, asked: readonly QueuedBody[]) => Promise<readonly BatchRequest[]>)
    | undefined;
  /** The provider has it. */
  readonly onSubmitted: (submission: Submission, batchId: string, isAdopted: boolean) => void;
  /** It is surely not there, and is not going to be. */
  readonly onRefused: (submission: Submission, error: unknown) => void;
  readonly onError: (error: unknown) => void;
}

/** Brings submissions to their providers: each once, whatever becomes of the process and the connection. */
export interface Submitter {
  submit(kind: BatchKind, jobs: readonly string[]): void;
  /** Finds out whether one that was on its way has arrived, unless that is being done. */
  recover(submission: Submission): void;
}

/** A submission that was found nowhere is sent again so often. */
const mostResends = 3;

/**
 * It is written down that a submission goes out before it does. As long as nobody knows whether it arrived, it is looked for at
 * the provider; only one that was not there, and still is not after some time, is sent again.
 */
export function createSubmitter(options: SubmitterOptions): Submitter {
  const { journal, settings, apiOf, signal, prepare, onSubmitted, onRefused, onError } = options;
  const { clock, settleMs, pollMs, maxPollMs } = settings;
  /** Submissions that are taken care of, and how often each was sent again. */
  const active = new Map<string, number>();

  /** Runs something whose faults have no other place to go. */
  const attend = (run: () => Promise<void>): void => {
    run().catch((error: unknown) => {
      if (!signal.aborted) onError(error);
    });
  };

  const later = (ms: number, run: () => Promise<void>): void => {
    if (signal.aborted) return;
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', cancel);
      attend(run);
    });
    signal.addEventListener('abort', cancel, { once: true });
  };

  const arrived = (submission: Submission, batchId: string, isAdopted: boolean): void => {
    journal.submitted(submission.id, batchId);
    active.delete(submission.id);
    onSubmitted(submission, batchId, isAdopted);
  };

  const itemsOf = async (submission: Submission): Promise<readonly BatchRequest[]> => {
    const asked = journal.bodiesOf(submission.id);
    try {
      return (await prepare?.(submission, asked)) ?? asked;
    } catch (error) {
      // It may be of use, and is not needed.
      onError(error);
      return asked;
    }
  };

  const send = async (submission: Submission, api: BatchApi): Promise<void> => {
    const { id, protocol, headers } = submission;
    // Each step of it may take as long as others can wait: it is thousands of requests.
    await nextTurn();
    if (signal.aborted) return;
    try {
      const items = await itemsOf(submission);
      await nextTurn();
      if (signal.aborted) return;
      if (items.length === 0) {
        // All were asked live meanwhile.
        active.delete(id);
        onRefused(submission, undefined);
        return;
      }
      const batchId = await api.submit({ id, protocol, headers, items }, signal);
      if (!signal.aborted) arrived(submission, batchId, false);
    } catch (error) {
      if (signal.aborted) return;
      if (isRefusal(error)) {
        active.delete(id);
        onRefused(submission, error);
        return;
      }
      onError(error);
      later(pollMs, () => look(submission, api, pollMs));
    }
  };

  /** `missedAt`: when it was first not there. */
  const look = async (submission: Submission, api: BatchApi, waitMs: number, missedAt?: number): Promise<void> => {
    const { id, protocol, headers, sentAt } = submission;
    const jobs = journal.jobsOf(id);
    const again = (inMs: number, missed?: number): void =>
      later(inMs, () => look(submission, api, Math.min(waitMs * 1.5, maxPollMs), missed));
    const customIds = new Set(jobs.map((job) => job.id));
    const { isKnownBatch: isKnown } = journal;
    const found = await api
      .find({ id, protocol, headers, customIds, sentAt, isKnown }, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) onError(error);
        return undefined;
      });
    if (signal.aborted) return;
    if (found === undefined || found === 'unsure') {
      again(waitMs, missedAt);
    } else if (found !== 'none') {
      arrived(submission, found.batchId, true);
    } else if (missedAt === undefined) {
      again(settleMs, clock.now());
    } else {
      resend(submission, api);
    }
  };

  const resend = (submission: Submission, api: BatchApi): void => {
    const count = (active.get(submission.id) ?? 0) + 1;
    active.set(submission.id, count);
    // With another credential it may be there all the same, where we do not see it.
    const isOurs = api.account === submission.account && count <= mostResends;
    const sentAt = clock.now();
    const isWanted = journal.jobsOf(submission.id).some(({ state }) => state === 'submitting');
    if (isOurs && isWanted && journal.resubmit(submission.id, sentAt)) {
      attend(() => send({ ...submission, sentAt }, api));
      return;
    }
    active.delete(submission.id);
    onRefused(submission, undefined);
  };

  return {
    submit(kind, jobs) {
      const api = apiOf(kind.provider);
      if (!api) return;
      const about = { ...kind, id: randomUUID(), account: api.account, sentAt: clock.now() };
      const taken = journal.submit(about, jobs);
      if (taken.length === 0) return;
      active.set(about.id, 0);
      attend(() => send({ ...about, owner: '', state: 'submitting' }, api));
    },
    recover(submission) {
      const api = apiOf(submission.provider);
      if (!api || active.has(submission.id)) return;
      active.set(submission.id, 0);
      attend(() => look(submission, api, pollMs));
    },
  };
}

/** The provider has read it and said no. A timeout or conflict (408, 409) may come from somebody in between. */
const isRefusal = (error: unknown): boolean =>
  RouterError.isInstance(error) &&
  error.code === 'ROUTER_UPSTREAM_STATUS' &&
  error.status >= 400 &&
  error.status < 500 &&
  error.status !== 408 &&
  error.status !== 409;
