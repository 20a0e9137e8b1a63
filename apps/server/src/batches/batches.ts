import { createReadStream, type ReadStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import type { JsonObject } from '@hotpath/runtime';
import { agentOf } from '../agent.ts';
import { anthropicDialect } from './anthropic-dialect.ts';
import { type AskOptions, createAsk } from './ask-line.ts';
import { batchEnded, batchNotFound, batchRunning, fieldInvalid, tooManyBatches } from './errors.ts';
import { createFiles, type Files } from './files.ts';
import { createGate } from './gate.ts';
import { makeId } from './ids.ts';
import { type BatchLimits, withDefaults } from './limits.ts';
import { openaiDialect } from './openai-dialect.ts';
import { createPlace, shareFile, syncFolder } from './place.ts';
import { receiveRequests } from './receive-requests.ts';
import {
  type BatchRecord,
  type BatchStatus,
  type DialectName,
  hasEnded,
  noCounts,
  noUsage,
  type Owner,
} from './records.ts';
import { type LineRunOptions, waitFor } from './run-line.ts';
import { createRunner } from './runner.ts';
import { openBatchStore, type Page } from './store.ts';

export interface BatchesOptions extends AskOptions, Partial<Pick<LineRunOptions, 'wait' | 'random'>> {
  /** Where everything of files and batches is kept. Several processes may use one. */
  readonly folder: string;
  readonly limits?: BatchLimits | undefined;
  readonly newRequestId: () => string;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Told of what failed in the background. @default nobody */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface NewBatch {
  readonly inputFileId: string;
  readonly endpoint: string;
  readonly metadata: JsonObject | null;
  /** How long its output files are kept, milliseconds. */
  readonly keepMs?: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent?: string | undefined;
}

/** Files and batches of everybody. Methods throw, or reject with, a `BatchRefusal` for what cannot be. */
export interface Batches extends Files {
  /** Makes a batch of a file's lines. */
  addBatch(owner: Owner, batch: NewBatch): Promise<BatchRecord>;
  /** Makes a batch of the requests in a body. */
  addMessageBatch(owner: Owner, request: IncomingMessage, headers: NewBatch['headers']): Promise<BatchRecord>;
  batch(owner: Owner, dialect: DialectName, id: string): BatchRecord;
  batches(owner: Owner, dialect: DialectName, page: Page): readonly BatchRecord[];
  cancel(owner: Owner, dialect: DialectName, id: string): BatchRecord;
  /** How many batches of everybody are in each state, of those that have not ended. */
  running(): ReadonlyMap<BatchStatus, number>;
  /** The results of a message batch that has ended. */
  results(owner: Owner, id: string): Promise<{ readonly bytes: number; readonly stream: ReadStream }>;
  /** Removes a message batch that has ended. */
  deleteBatch(owner: Owner, id: string): Promise<void>;
  /** Looks for work at once: after a restart, and where time has passed that the clock alone knows of. */
  look(): void;
  /**
   * Stops working on batches: answers under way may come until `patience` is aborted. They go on at the next start. Files and
   * batches are still served until `idle`. @default idle at once
   */
  close(patience: AbortSignal, idle?: Promise<void>): Promise<void>;
}

const batchPaths: Readonly<Record<DialectName, string>> = {
  openai: '/v1/batches',
  anthropic: '/v1/messages/batches',
};

/** Beyond these, keys of batches that have ended are forgotten. */
const mostOwnKeys = 1000;

/** Throws `SERVER_BATCHES_STORAGE` and `SERVER_BATCHES_UNAVAILABLE`. */
export const openBatches = (options: BatchesOptions): Batches => {
  const { now = Date.now, onError = () => {}, wait = waitFor, random = Math.random, newRequestId } = options;
  const limits = withDefaults(options.limits ?? {});
  const place = createPlace(options.folder);
  const store = openBatchStore(place.database);
  const gate = createGate({
    liveOfOne: limits.concurrency,
    live: limits.totalConcurrency,
    lines: limits.linesInMemory,
    bytes: limits.bytesInMemory,
  });
  const dialectOf = ({ dialect }: BatchRecord) => (dialect === 'openai' ? openaiDialect : anthropicDialect);
  const ask = createAsk(options);
  // In memory alone: who asks for a batch after a restart comes with the key again.
  const ownKeys = new Map<string, Owner['credential']>();
  const credentialOf = ({ ownKey }: BatchRecord) => (ownKey ? ownKeys.get(ownKey.hash) : undefined);
  const learn = ({ ownKey }: BatchRecord, { credential }: Owner): void => {
    if (!ownKey || credential?.hash !== ownKey.hash || ownKeys.has(ownKey.hash)) return;
    if (ownKeys.size >= mostOwnKeys) {
      const needed = new Set(store.running().map((batch) => batch.ownKey?.hash));
      for (const hash of ownKeys.keys()) if (!needed.has(hash)) ownKeys.delete(hash);
    }
    ownKeys.set(ownKey.hash, credential);
    queueMicrotask(() => runner.look());
  };
  const runner = createRunner({
    store,
    place,
    gate,
    limits,
    dialectOf,
    credentialOf,
    ask,
    wait,
    random,
    newRequestId,
    now,
    onError,
  });
  runner.start();

  const ownBatch = (owner: Owner, dialect: DialectName, id: string): BatchRecord => {
    const batch = store.batch(id);
    if (batch?.owner !== owner.id || batch.dialect !== dialect) throw batchNotFound(id, batchPaths[dialect]);
    if (!hasEnded(batch)) learn(batch, owner);
    return batch;
  };

  const checkRoom = (owner: Owner): void => {
    if (store.countRunning(owner.id) >= limits.maxBatches) throw tooManyBatches(limits.maxBatches);
  };

  const newBatch = (
    owner: Owner,
    given: Pick<BatchRecord, 'id' | 'dialect' | 'endpoint' | 'headers'> & Partial<BatchRecord>,
  ): BatchRecord => {
    const at = now();
    return {
      owner: owner.id,
      status: 'validating',
      createdAt: at,
      expiresAt: at + limits.windowMs,
      keyId: owner.keyId,
      tenant: owner.tenant,
      ownKey: owner.credential ? { hash: owner.credential.hash } : null,
      inputFileId: null,
      metadata: null,
      keepMs: limits.keepMs,
      lines: 0,
      counts: noCounts,
      usage: noUsage,
      faults: [],
      outputFileId: null,
      errorFileId: null,
      inProgressAt: null,
      finalizingAt: null,
      cancellingAt: null,
      endedAt: null,
      ...given,
    };
  };

  /** Puts the input of a new batch where it works, and has it begun. */
  const begin = async (
    owner: Owner,
    batch: BatchRecord,
    bring: (path: string) => Promise<void>,
  ): Promise<BatchRecord> => {
    const input = place.input(batch.id);
    place.makeBatch(batch.id);
    try {
      await bring(input);
      await syncFolder(dirname(input));
      store.addBatch(batch);
      learn(batch, owner);
    } catch (error) {
      await place.removeBatch(batch.id);
      throw error;
    }
    // What the client is told is how it was made, however fast it is.
    queueMicrotask(runner.look);
    return batch;
  };

  return {
    ...createFiles({ store, place, limits, now }),
    async addBatch(owner, { inputFileId, endpoint, metadata, keepMs = limits.keepMs, headers, agent }) {
      const file = store.file(owner.id, inputFileId);
      if (file?.purpose !== 'batch') {
        throw fieldInvalid('input_file_id', 'names no file of yours that was uploaded with the purpose "batch".');
      }
      checkRoom(owner);
      const batch = newBatch(owner, {
        id: makeId('batch_'),
        dialect: 'openai',
        endpoint,
        headers,
        agent,
        inputFileId,
        metadata,
        keepMs,
      });
      return begin(owner, batch, (path) => shareFile(place.file(inputFileId), path));
    },
    async addMessageBatch(owner, request, headers) {
      try {
        checkRoom(owner);
      } catch (error) {
        request.resume();
        throw error;
      }
      const id = makeId('msgbatch_');
      const incoming = place.incoming(id);
      const lines = await receiveRequests(request, incoming, limits);
      const batch = newBatch(owner, {
        id,
        dialect: 'anthropic',
        endpoint: '/v1/messages',
        headers,
        agent: agentOf(request.headers),
        lines,
        status: 'in_progress',
        inProgressAt: now(),
      });
      return begin(owner, batch, (path) => rename(incoming, path));
    },
    batch: ownBatch,
    batches(owner, dialect, page) {
      const batches = store.batches(owner.id, dialect, page);
      const cursor = dialect === 'openai' ? 'after' : page.after === undefined ? 'before_id' : 'after_id';
      if (!batches) throw fieldInvalid(cursor, 'names no batch of yours.');
      return batches;
    },
    cancel(owner, dialect, id) {
      const batch = ownBatch(owner, dialect, id);
      if (hasEnded(batch)) throw batchEnded(batch);
      const changed = store.change(id, (its) =>
        // One that is putting its results together has nothing left to cancel, and one is cancelled once.
        hasEnded(its) || its.status === 'finalizing' || its.cancellingAt !== null
          ? undefined
          : { ...its, status: 'cancelling', cancellingAt: now() },
      );
      if (changed) queueMicrotask(runner.look);
      return changed ?? ownBatch(owner, dialect, id);
    },
    running() {
      const counts = new Map<BatchStatus, number>();
      for (const { status } of store.running()) counts.set(status, (counts.get(status) ?? 0) + 1);
      return counts;
    },
    async results(owner, id) {
      const batch = ownBatch(owner, 'anthropic', id);
      if (!hasEnded(batch))
        throw batchRunning(batch, 'has no results yet: its processing_status must be "ended" first.');
      const path = place.results(id);
      const status = await stat(path).catch(() => undefined);
      if (!status) throw batchNotFound(id, batchPaths.anthropic);
      return { bytes: status.size, stream: createReadStream(path) };
    },
    async deleteBatch(owner, id) {
      const batch = ownBatch(owner, 'anthropic', id);
      if (!hasEnded(batch)) throw batchRunning(batch, 'is not over. Cancel it first, and delete it when it has ended.');
      store.deleteBatch(id);
      await place.removeBatch(id);
    },
    look: runner.look,
    async close(patience, idle) {
      await Promise.all([runner.close(patience), idle]);
      store.close();
    },
  };
};
