import { createReadStream, type ReadStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import type { JsonObject } from '@hotpath/runtime';
import { anthropicDialect } from './anthropic-dialect.ts';
import { type AskOptions, createAsk } from './ask-line.ts';
import {
  batchEnded,
  batchNotFound,
  batchRunning,
  fieldInvalid,
  fileNotFound,
  tooManyBatches,
  tooManyFiles,
} from './errors.ts';
import { createGate } from './gate.ts';
import { makeId } from './ids.ts';
import { type BatchLimits, withDefaults } from './limits.ts';
import { openaiDialect } from './openai-dialect.ts';
import { createPlace, shareFile, syncFolder } from './place.ts';
import { receiveFile } from './receive-file.ts';
import { receiveRequests } from './receive-requests.ts';
import { type BatchRecord, type DialectName, type FileRecord, hasEnded, noCounts, noUsage } from './records.ts';
import { type LineRunOptions, waitFor } from './run-line.ts';
import { createRunner } from './runner.ts';
import { openBatchStore, type Page } from './store.ts';

/** Who made a file or a batch, and in whose name its lines are asked. */
export interface Owner {
  readonly id: string;
  /** The virtual key, by its id. */
  readonly keyId: string | null;
  /** Whose cached answers its lines may see. */
  readonly tenant: string;
}

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
}

/** Files and batches of everybody. Methods throw, or reject with, a `BatchRefusal` for what cannot be. */
export interface Batches {
  /** Takes the file of a form. `keepMs` and the purpose are read from its fields by `read`, which may refuse them. */
  addFile(
    owner: Owner,
    request: IncomingMessage,
    read: (fields: FileFields) => { keepMs?: number },
  ): Promise<FileRecord>;
  file(owner: Owner, id: string): FileRecord;
  files(owner: Owner, page: FilePage): readonly FileRecord[];
  /** The bytes of a file. */
  content(owner: Owner, id: string): { readonly file: FileRecord; readonly stream: ReadStream };
  deleteFile(owner: Owner, id: string): Promise<void>;
  /** Makes a batch of a file's lines. */
  addBatch(owner: Owner, batch: NewBatch): Promise<BatchRecord>;
  /** Makes a batch of the requests in a body. */
  addMessageBatch(owner: Owner, request: IncomingMessage, headers: NewBatch['headers']): Promise<BatchRecord>;
  batch(owner: Owner, dialect: DialectName, id: string): BatchRecord;
  batches(owner: Owner, dialect: DialectName, page: Page): readonly BatchRecord[];
  cancel(owner: Owner, dialect: DialectName, id: string): BatchRecord;
  /** The results of a message batch that has ended. */
  results(owner: Owner, id: string): Promise<{ readonly bytes: number; readonly stream: ReadStream }>;
  /** Removes a message batch that has ended. */
  deleteBatch(owner: Owner, id: string): Promise<void>;
  /** Looks for work at once: after a restart, and where time has passed that the clock alone knows of. */
  look(): void;
  /** Stops working on batches: answers under way may come until `patience` is aborted. They go on at the next start. */
  close(patience: AbortSignal): Promise<void>;
}

export type FileFields = Readonly<Record<string, string>>;
export type FilePage = Pick<Page, 'after' | 'limit'> & { readonly ascending: boolean; readonly purpose?: string };

export const batchPaths: Readonly<Record<DialectName, string>> = {
  openai: '/v1/batches',
  anthropic: '/v1/messages/batches',
};

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
  const runner = createRunner({
    store,
    place,
    gate,
    limits,
    dialectOf,
    ask,
    wait,
    random,
    newRequestId,
    now,
    onError,
  });
  runner.start();

  const ownFile = (owner: Owner, id: string): FileRecord => {
    const file = store.file(owner.id, id);
    if (!file || file.expiresAt <= now()) throw fileNotFound(id);
    return file;
  };

  const ownBatch = (owner: Owner, dialect: DialectName, id: string): BatchRecord => {
    const batch = store.batch(id);
    if (batch?.owner !== owner.id || batch.dialect !== dialect) throw batchNotFound(id, batchPaths[dialect]);
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
  const begin = async (batch: BatchRecord, bring: (path: string) => Promise<void>): Promise<BatchRecord> => {
    const input = place.input(batch.id);
    place.makeBatch(batch.id);
    try {
      await bring(input);
      await syncFolder(dirname(input));
      store.addBatch(batch);
    } catch (error) {
      await place.removeBatch(batch.id);
      throw error;
    }
    // What the client is told is how it was made, however fast it is.
    queueMicrotask(runner.look);
    return batch;
  };

  return {
    async addFile(owner, request, read) {
      const checkFiles = (): void => {
        if (store.countFiles(owner.id) >= limits.maxFiles) throw tooManyFiles(limits.maxFiles);
      };
      checkFiles();
      const id = makeId('file-');
      const incoming = place.incoming(id);
      const { filename, bytes, fields } = await receiveFile(request, { path: incoming, maxBytes: limits.maxFileBytes });
      try {
        const { keepMs = limits.keepMs } = read(fields);
        // Others may have come while this one was arriving.
        checkFiles();
        const at = now();
        const file: FileRecord = {
          id,
          owner: owner.id,
          filename,
          purpose: 'batch',
          bytes,
          createdAt: at,
          expiresAt: at + keepMs,
        };
        await rename(incoming, place.file(id));
        await syncFolder(dirname(place.file(id)));
        store.addFile(file);
        return file;
      } catch (error) {
        await Promise.all([incoming, place.file(id)].map((path) => rm(path, { force: true })));
        throw error;
      }
    },
    file: ownFile,
    files(owner, page) {
      const files = store.files(owner.id, page);
      if (!files) throw fieldInvalid('after', 'names no file of yours.');
      return files;
    },
    content(owner, id) {
      const file = ownFile(owner, id);
      return { file, stream: createReadStream(place.file(id)) };
    },
    async deleteFile(owner, id) {
      ownFile(owner, id);
      store.deleteFile(id);
      await rm(place.file(id), { force: true });
    },
    async addBatch(owner, { inputFileId, endpoint, metadata, keepMs = limits.keepMs, headers }) {
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
        inputFileId,
        metadata,
        keepMs,
      });
      return begin(batch, (path) => shareFile(place.file(inputFileId), path));
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
        lines,
        status: 'in_progress',
        inProgressAt: now(),
      });
      return begin(batch, (path) => rename(incoming, path));
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
    async close(patience) {
      await runner.close(patience);
      store.close();
    },
  };
};
