import { TelemetryError } from '../errors.ts';
import { type CapturedContent, type RedactedContent, redactCaptured } from './captured.ts';
import { type ContentDeleted, type ContentDeletion, deleteEntries, erase, shrinkTo } from './delete-entries.ts';
import {
  type ContentEntry,
  type ContentOfRequest,
  type ContentQuery,
  type FoundContent,
  findEntries,
  readEntry,
} from './find-entries.ts';
import { openContentDatabase } from './open-content.ts';
import { createContentRedact, type RedactOptions } from './redact.ts';

export interface ContentStoreOptions {
  /** Of the file. */
  readonly path: string;
  /** How long content is kept, milliseconds. @default 7 days */
  readonly keepMs?: number | undefined;
  /** The file grows no larger, bytes: the oldest goes first. @default 256 MiB */
  readonly maxBytes?: number | undefined;
  /** What is taken out before anything is written. @default keys, e-mail addresses and card numbers */
  readonly redact?: RedactOptions | undefined;
  /** How long to wait for other processes that write, milliseconds. @default 5000 */
  readonly busyMs?: number | undefined;
  /** Clock in epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Prompts and answers in a file of SQLite, which several processes may write to and read at once. */
export interface ContentStore {
  /** Redacts and writes them in one transaction: they are there after the process is killed. Throws what SQLite says. */
  add(captured: readonly CapturedContent[]): void;
  /** The newest first. Throws `TELEMETRY_QUERY_INVALID`. */
  search(query?: ContentQuery): readonly FoundContent[];
  /** By its own id, or by that of its request, of which it is the newest; or what was captured of one request. */
  get(asked: string | ContentOfRequest): ContentEntry | undefined;
  /** Throws `TELEMETRY_QUERY_INVALID` where nothing says what to delete. */
  delete(deletion: ContentDeletion): ContentDeleted;
  /** How many entries there are. */
  count(): number;
  /** Deletes what is too old or too much, and tells how many went. */
  prune(): number;
  /** Nothing comes after it. Idempotent. */
  close(): void;
}

const dayMs = 86_400_000;

/** Opens a store of content, and makes it where it is new. Throws `TELEMETRY_STORE_UNAVAILABLE`. */
export const openContentStore = (options: ContentStoreOptions): ContentStore => {
  const { path, keepMs = 7 * dayMs, maxBytes = 2 ** 28, busyMs = 5_000, now = Date.now } = options;
  const redact = createContentRedact(options.redact);
  const database = openContentDatabase(path, busyMs);
  const insert = database.prepare(
    `INSERT INTO entry (at, request_id, key, agent, protocol, provider, model, command, outcome, cache, prompt, prompt_cut, answer, answer_cut)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  let isClosed = false;
  /** Whether what was deleted is still in the log. */
  let isEraseDue = false;
  /** Once more at the next time where others are busy: nobody waits for them. */
  const eraseSoon = (): void => {
    database.exec('PRAGMA busy_timeout = 0');
    isEraseDue = !erase(database);
    database.exec(`PRAGMA busy_timeout = ${busyMs}`);
  };
  /** What was written is there, whether or not something older can go at once: another process may be writing. */
  const makeRoom = (): number => {
    try {
      return shrinkTo(database, maxBytes);
    } catch {
      return 0;
    }
  };
  const check = (): void => {
    if (isClosed) throw new TelemetryError('TELEMETRY_CLOSED', 'The store of content is closed.');
  };

  const write = (content: RedactedContent): void => {
    const {
      atMs,
      requestId = null,
      key,
      agent,
      protocol,
      provider,
      model,
      command,
      outcome,
      cache,
      ...texts
    } = content;
    const names = [key, agent, protocol, provider, model, command, outcome, cache];
    const { prompt, isPromptCut, answer, isAnswerCut } = texts;
    insert.run(Math.round(atMs), requestId, ...names, prompt, Number(isPromptCut), answer, Number(isAnswerCut));
  };

  return {
    add(captured) {
      check();
      // First, so that nobody else who writes waits for it.
      const redacted = captured.map((each) => redactCaptured(each, redact));
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const each of redacted) write(each);
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
      if (makeRoom() > 0 || isEraseDue) eraseSoon();
    },
    search(query = {}) {
      check();
      return findEntries(database, query);
    },
    get(asked) {
      check();
      return readEntry(database, asked);
    },
    delete(deletion) {
      check();
      const deleted = deleteEntries(database, deletion);
      isEraseDue = !erase(database);
      return { deleted, isErased: !isEraseDue };
    },
    count() {
      check();
      return Number(database.prepare('SELECT count(*) AS entries FROM entry').get()?.entries ?? 0);
    },
    prune() {
      check();
      const deleted = deleteEntries(database, { beforeMs: now() - keepMs }) + shrinkTo(database, maxBytes);
      // Also where nothing went: a process that has ended may have left something in the log.
      eraseSoon();
      return deleted;
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      database.close();
    },
  };
};
