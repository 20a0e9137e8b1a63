import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { EconomyEvent } from '../events.ts';
import type { Provider } from '../provider.ts';
import { type BatchKind, createCollector } from './collector.ts';
import type { EconomyView } from './economy-view.ts';
import { createEntrance } from './entrance.ts';
import { type Job, type JobRequest, type Journal, openJournal } from './journal.ts';
import { loadSqlite } from './journal-file.ts';
import type { EconomySettings } from './options.ts';
import { createOwner, silenceMs } from './owner.ts';
import { createPoller, type PolledBatch } from './poller.ts';
import { createSubmitter, type SubmitterOptions } from './submitter.ts';
import { createWaitingRoom, type LaneWaiter } from './waiting-room.ts';

export interface LaneOptions {
  readonly settings: EconomySettings;
  readonly providers: readonly Provider[];
  /** An answer came, whoever waits for it: what it used is to be paid. */
  readonly onPaid: (job: Job, answer: string) => void;
  /** An answer came that nobody waits for. */
  readonly onUnattended: (job: Job, answer: string) => void;
  readonly report: (event: EconomyEvent) => void;
  readonly prepare?: SubmitterOptions['prepare'];
  /** For tests that look on. @default `openJournal` */
  readonly open?: typeof openJournal;
}

/** A request's place in the lane. */
export interface LanePlace {
  /** Nobody waits any more. What was submitted goes on; what was not is dropped. */
  leave(): void;
  /** The answer is wanted by then, epoch milliseconds: asked live in time. */
  hasten(deadlineAt: number): void;
}

/** Answers requests that can wait through their providers' batch APIs. */
export interface EconomyLane {
  /**
   * Takes a request, unless there is no batch API for it, its deadline is near, or the journal cannot be used. Nothing is told
   * before it has returned.
   */
  enter(request: JobRequest, waiter: LaneWaiter): LanePlace | undefined;
  /** Goes on with what was left behind, where there is a journal. */
  resume(): void;
  view(): EconomyView;
  /** Stops; what was submitted is gone on with by the next one. */
  close(): void;
}

/** What a closed-off provider is spared after it refused a batch, milliseconds. */
const refusedMs = 600_000;
/** How often other owners and old jobs are looked after. */
const beatMs = silenceMs / 3;
/** How often jobs in the hands of other processes are looked at while somebody waits. */
const watchMs = 2_000;
/** An answer that several may ask for stays for them so long after it was given. */
const lingerMs = 60_000;
const mostViewed = 100;

export function createEconomyLane(options: LaneOptions): EconomyLane {
  const { settings, providers, onPaid, onUnattended, report, prepare, open = openJournal } = options;
  const { clock, liveReserveMs, leastWaitMs, journalPath } = settings;
  const byId = new Map(providers.filter(({ batches }) => batches).map((provider) => [provider.id, provider]));
  const apiOf = (id: string) => byId.get(id)?.batches;
  const refusedUntil = new Map<string, number>();
  const stopping = new AbortController();
  const { signal } = stopping;
  const owner = createOwner();
  let journal: Journal | undefined;
  let brokenUntil = 0;
  let cancelBeat = (): void => {};
  let cancelWatch = (): void => {};

  const onError = (error: unknown): void => report({ type: 'fault', error });
  /** A fault of the journal never fails a request. */
  const guarded = <Value>(run: () => Value): Value | undefined => {
    try {
      return run();
    } catch (error) {
      onError(error);
      return undefined;
    }
  };

  const entrance = createEntrance();
  const room = createWaitingRoom(clock, (id, isLive) => guarded(() => abandon(id, isLive)));

  const collector = createCollector(settings, apiOf, (kind: BatchKind, jobs) => {
    guarded(() => submitter()?.submit(kind, jobs));
  });

  let submitting: ReturnType<typeof createSubmitter> | undefined;
  const submitter = () => {
    if (!journal) return undefined;
    submitting ??= createSubmitter({
      journal,
      settings,
      apiOf,
      signal,
      prepare,
      onError,
      onSubmitted({ id, provider }, batchId, isAdopted) {
        const requests = journal?.sizeOf(id) ?? 0;
        report({ type: isAdopted ? 'adopted' : 'submitted', provider, batchId, requests });
        poller.watch({ id, provider, batchId });
        cancelUnwanted({ id, provider, batchId });
      },
      onRefused({ id, provider }, error) {
        if (error !== undefined) refusedUntil.set(provider, clock.now() + refusedMs);
        report({ type: 'refused', provider, error });
        endWithout(id, 'the batch was refused');
      },
    });
    return submitting;
  };

  const poller = createPoller({
    settings,
    apiOf,
    signal,
    onError,
    onResults(results) {
      const answers = results.flatMap((result) =>
        result.outcome === 'answered' ? [{ id: result.customId, answer: result.body }] : [],
      );
      for (const job of journal?.answer(answers) ?? []) {
        onPaid(job, job.answer ?? '');
        settle(job);
      }
      for (const result of results) {
        if (result.outcome !== 'failed' || journal?.job(result.customId)?.state !== 'submitted') continue;
        journal.drop(result.customId);
        room.giveUp(result.customId, result.reason);
      }
    },
    onEnded({ id, provider, batchId }, reason) {
      report({ type: 'ended', provider, batchId, ...(reason !== undefined && { error: new Error(reason) }) });
      endWithout(id, reason ?? 'the batch ended without an answer to it');
    },
  });

  /** Hands an answer to those who wait for it, or on. */
  const settle = (job: Job): void => {
    const { id, answer = '' } = job;
    if (!room.has(id)) {
      onUnattended(job, answer);
      return;
    }
    room.answer(id, answer);
    if (job.shared) clock.after(lingerMs, () => guarded(() => journal?.drop(id)));
    else journal?.drop(id);
  };

  /** Those of its jobs that have no answer are asked live, where anybody still wants them. */
  const endWithout = (submission: string, reason: string): void => {
    const left = journal?.jobsOf(submission).filter(({ state }) => state !== 'done') ?? [];
    journal?.end(submission);
    for (const { id } of left) room.giveUp(id, reason);
  };

  const cancelUnwanted = (batch: PolledBatch): void => {
    if (!journal || journal.isWanted(batch.id)) return;
    poller.forget(batch.id);
    journal.end(batch.id);
    report({ type: 'cancelled', provider: batch.provider, batchId: batch.batchId });
    apiOf(batch.provider)
      ?.cancel(batch.batchId, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) onError(error);
      });
  };

  const abandon = (id: string, isLive: boolean): void => {
    const job = journal?.job(id);
    // What is in another process's hands is its own concern.
    if (!journal || !job || job.owner !== owner.id) return;
    if (job.state === 'queued') {
      collector.remove(id);
      journal.drop(id);
    } else if (isLive && job.state !== 'done') forgo(job);
  };

  const forgo = ({ id, submission }: Job): void => {
    journal?.live(id);
    const found = journal?.submissions().find((one) => one.id === submission);
    if (found?.batchId !== undefined) cancelUnwanted({ ...found, batchId: found.batchId });
  };

  /** Goes on with what is ours since a moment ago. */
  const takeUp = (): void => {
    if (!journal) return;
    for (const submission of journal.submissions()) {
      const { id, provider, state, batchId } = submission;
      if (!apiOf(provider)) continue;
      if (state === 'submitted' && batchId !== undefined) poller.watch({ id, provider, batchId });
      else submitter()?.recover(submission);
    }
    for (const job of journal.owned('queued')) collector.add(job);
  };

  const beat = (): void => {
    guarded(() => {
      if (!journal) return;
      const now = clock.now();
      for (const job of journal.expired(now)) {
        if (room.has(job.id)) continue;
        if (job.state === 'queued') collector.remove(job.id);
        if (job.state === 'queued' || job.state === 'done') journal.drop(job.id);
        else forgo(job);
      }
      const takes = ({ provider, scope }: { provider: string; scope: string }): boolean =>
        settings.resume && byId.has(provider) && (byId.get(provider)?.scope ?? '') === scope;
      if (journal.beat(now, takes) === 0) return;
      takeUp();
      // Its process may have ended before the answer was put where it belongs.
      for (const job of journal.owned('done')) if (!room.has(job.id)) onUnattended(job, job.answer ?? '');
    });
    cancelBeat = clock.after(beatMs, beat);
  };

  const opened = (): Journal | undefined => {
    if (journal || signal.aborted || clock.now() < brokenUntil) return journal;
    try {
      journal = open(journalPath, owner, onError);
    } catch (error) {
      // Told once, and not tried again for every request.
      brokenUntil = loadSqlite() ? clock.now() + refusedMs : Number.POSITIVE_INFINITY;
      onError(error);
      return undefined;
    }
    beat();
    return journal;
  };

  /** Jobs that another process moves on, until they are answered or ours. */
  const watchOthers = (): void => {
    cancelWatch();
    cancelWatch = clock.after(watchMs, () => {
      guarded(() => {
        for (const id of room.jobs()) {
          const job = journal?.job(id);
          if (!job || job.state === 'live') room.giveUp(id, 'the process that had collected it gave it up');
          else if (job.owner !== owner.id && job.state === 'done') settle(job);
        }
      });
      if (room.jobs().length > 0) watchOthers();
    });
  };

  /** A job that already asks for the same, if this one may have its answer. */
  const findJob = (request: JobRequest, store: Journal): Job | undefined => {
    for (const job of store.matching(request.fingerprint, request.shared)) {
      const isOurs = job.owner === owner.id || store.adopt(job.id, clock.now());
      // An answer for one goes to one who lost it: its asker left, or its process ended.
      if (job.shared || (isOurs && !room.has(job.id))) return isOurs ? { ...job, owner: owner.id } : job;
    }
    return undefined;
  };

  const take = (request: JobRequest, waiter: LaneWaiter): LanePlace | undefined => {
    const now = clock.now();
    const giveUpAt = request.deadlineAt - liveReserveMs;
    if (signal.aborted || giveUpAt <= now || !apiOf(request.provider)) return undefined;
    const isSpared = request.deadlineAt - now < leastWaitMs || (refusedUntil.get(request.provider) ?? 0) > now;
    if (isSpared && !journal && !existsSync(journalPath)) return undefined;
    const store = opened();
    if (!store) return undefined;
    const found = findJob(request, store);
    if (!found && isSpared) return undefined;
    const id = found?.id ?? randomUUID();
    if (found) store.extend(id, request.deadlineAt);
    else store.add(id, request, now);
    const place = room.enter(id, waiter, giveUpAt);
    if (found?.state === 'done') {
      queueMicrotask(() => {
        if (room.has(id)) guarded(() => settle(found));
      });
    } else if (!found) {
      collector.add({ ...request, id, bytes: Buffer.byteLength(request.body) });
    } else if (found.owner !== owner.id) watchOthers();
    else takeUp();
    return { leave: place.leave, hasten: (deadlineAt) => place.hasten(deadlineAt - liveReserveMs) };
  };

  const mayWait = ({ provider, deadlineAt }: JobRequest): boolean => {
    const now = clock.now();
    const isSpared = deadlineAt - now < leastWaitMs || (refusedUntil.get(provider) ?? 0) > now;
    return !isSpared && !signal.aborted && apiOf(provider) !== undefined && opened() !== undefined;
  };

  /** Keeps a place for a request that is taken in one of the next turns of the event loop. */
  const reserve = (request: JobRequest, waiter: LaneWaiter): LanePlace => {
    let { deadlineAt } = request;
    let place: LanePlace | undefined;
    const forget = entrance.queue(request.body.length, () => {
      place = guarded(() => take(request, waiter));
      if (!place) waiter.gaveUp('the lane does not take it');
      else if (deadlineAt < request.deadlineAt) place.hasten(deadlineAt);
    });
    return {
      leave() {
        forget();
        place?.leave();
      },
      hasten(earlier) {
        deadlineAt = Math.min(deadlineAt, earlier);
        place?.hasten(earlier);
      },
    };
  };

  return {
    enter(request, waiter) {
      // Thousands may come at once, as those of a file do, and each is looked for and written down.
      // One in a hurry is told at once where it is not taken.
      if (entrance.isFull() && mayWait(request)) return reserve(request, waiter);
      entrance.count(request.body.length);
      return guarded(() => take(request, waiter));
    },
    resume() {
      if (settings.resume && existsSync(journalPath)) opened();
    },
    view: () => ({ collecting: collector.groups(), batches: guarded(() => journal?.batches(mostViewed)) ?? [] }),
    close() {
      if (signal.aborted) return;
      stopping.abort();
      cancelBeat();
      cancelWatch();
      collector.close();
      entrance.close();
      room.close();
      owner.retire();
      const store = journal;
      journal = undefined;
      guarded(() => store?.close());
    },
  };
}
