import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type {
  Conversation,
  ConversationSummary,
  KeptAttachment,
  Turn,
  TurnFigures,
  TurnState,
} from './conversation.ts';
import { transact } from './database.ts';

export interface AttachedContent extends KeptAttachment {
  readonly bytes: Uint8Array;
}

export interface ListOptions {
  /** Text in a title, question or answer; capitals of ASCII do not matter. */
  readonly search?: string | undefined;
  readonly limit: number;
  /** The conversation after which to go on. */
  readonly after?: Conversation | undefined;
}

export interface ConversationStore {
  /** By its id or the beginning of it; undefined where there is none or several have it. */
  find(id: string): Conversation | undefined;
  /** The one asked in last. */
  last(): Conversation | undefined;
  /** Asked in last first. */
  list(options: ListOptions): readonly ConversationSummary[];
  turns(id: string): readonly Turn[];
  /** What was attached; undefined where it is gone. */
  content(hash: string): Buffer | undefined;
  start(details: Pick<Conversation, 'title' | 'model' | 'system'>): Conversation;
  change(id: string, details: { readonly title?: string | undefined; readonly system?: string | undefined }): void;
  /** Writes a question before it is asked; resolves to its turn's id. */
  ask(id: string, question: string, attachments: readonly AttachedContent[]): number;
  /** Writes what became of the answer. */
  answer(
    turn: number,
    answer: string,
    state: Exclude<TurnState, 'asked'>,
    details: TurnFigures & { readonly error?: string },
  ): void;
  /** Removes conversations with all that belongs to them, and overwrites it in the file. Returns how many there were. */
  remove(ids: readonly string[]): number;
  /** Ids of those last asked in before a time, epoch milliseconds. */
  olderThan(time: number): readonly string[];
  close(): void;
}

type Row = Readonly<Record<string, unknown>>;

const conversationOf = (row: Row): Conversation => ({
  id: row.id as string,
  title: row.title as string,
  model: row.model as string,
  ...(row.system !== null && { system: row.system as string }),
  createdAt: row.created_at as number,
  updatedAt: row.updated_at as number,
});

const turnOf = (row: Row, attachments: readonly KeptAttachment[]): Turn => ({
  id: row.id as number,
  askedAt: row.asked_at as number,
  question: row.question as string,
  attachments,
  state: row.state as TurnState,
  answer: row.answer as string,
  ...(row.answered_at !== null && { answeredAt: row.answered_at as number }),
  ...(row.error !== null && { error: row.error as string }),
  ...(JSON.parse(row.figures as string) as TurnFigures),
});

const attachmentOf = (row: Row): KeptAttachment => ({
  name: row.name as string,
  mediaType: row.media_type as string,
  size: row.size as number,
  hash: row.hash as string,
});

const letters = '0123456789abcdefghjkmnpqrstvwxyz';

/** 40 bits in Crockford's base 32: short enough to be typed. */
const newId = (): string => Array.from(randomBytes(8), (byte) => letters[byte % 32]).join('');

const quoted = (text: string): string => text.replace(/[\\%_]/g, (sign) => `\\${sign}`);

const orphans = 'DELETE FROM contents WHERE hash NOT IN (SELECT hash FROM attachments)';

/** The conversations in an open file; statements are prepared where they are used. In all a plain `?`: Node 22 binds no numbered ones. */
export const createConversationStore = (connection: DatabaseSync, now: () => number): ConversationStore => {
  const one = (sql: string, ...values: (string | number)[]): Row | undefined => connection.prepare(sql).get(...values);
  const all = (sql: string, ...values: (string | number)[]): readonly Row[] => connection.prepare(sql).all(...values);
  const write = (sql: string, ...values: (string | number | null | Uint8Array)[]) =>
    connection.prepare(sql).run(...values);
  const found = (row: Row | undefined): Conversation | undefined => row && conversationOf(row);

  return {
    find(id) {
      const exact = one('SELECT * FROM conversations WHERE id = ?', id);
      if (exact) return conversationOf(exact);
      const [first, second] = all(`SELECT * FROM conversations WHERE id LIKE ? ESCAPE '\\' LIMIT 2`, `${quoted(id)}%`);
      return second ? undefined : found(first);
    },
    last: () => found(one('SELECT * FROM conversations ORDER BY updated_at DESC, id DESC LIMIT 1')),
    list({ search, limit, after }) {
      const conditions: string[] = [];
      const values: (string | number)[] = [];
      if (after) {
        conditions.push('(updated_at, id) < (?, ?)');
        values.push(after.updatedAt, after.id);
      }
      if (search !== undefined) {
        const pattern = `%${quoted(search)}%`;
        conditions.push(`(title LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM turns WHERE conversation_id = conversations.id
          AND (question LIKE ? ESCAPE '\\' OR answer LIKE ? ESCAPE '\\')))`);
        values.push(pattern, pattern, pattern);
      }
      const rows = all(
        `SELECT *, (SELECT count(*) FROM turns WHERE conversation_id = conversations.id) AS turns FROM conversations
         ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY updated_at DESC, id DESC LIMIT ?`,
        ...values,
        limit,
      );
      return rows.map((row) => ({ ...conversationOf(row), turns: row.turns as number }));
    },
    turns: (id) =>
      all('SELECT * FROM turns WHERE conversation_id = ? ORDER BY id', id).map((row) => {
        const files = all('SELECT * FROM attachments WHERE turn_id = ? ORDER BY position', row.id as number);
        return turnOf(row, files.map(attachmentOf));
      }),
    content(hash) {
      const row = one('SELECT bytes FROM contents WHERE hash = ?', hash);
      return row && Buffer.from(row.bytes as Uint8Array);
    },
    start({ title, model, system }) {
      const id = newId();
      const at = now();
      write('INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?)', id, title, model, system ?? null, at, at);
      return { id, title, model, ...(system !== undefined && { system }), createdAt: at, updatedAt: at };
    },
    change(id, { title, system }) {
      if (title !== undefined) write('UPDATE conversations SET title = ? WHERE id = ?', title, id);
      if (system !== undefined) write('UPDATE conversations SET system = ? WHERE id = ?', system, id);
    },
    ask: (id, question, attachments) =>
      transact(connection, () => {
        const { lastInsertRowid } = write(
          `INSERT INTO turns (conversation_id, asked_at, question, state, answer, figures) VALUES (?, ?, ?, 'asked', '', '{}')`,
          id,
          now(),
          question,
        );
        for (const [position, { name, mediaType, size, hash, bytes }] of attachments.entries()) {
          write('INSERT OR IGNORE INTO contents VALUES (?, ?)', hash, bytes);
          write(
            'INSERT INTO attachments (turn_id, position, hash, name, media_type, size) VALUES (?, ?, ?, ?, ?, ?)',
            Number(lastInsertRowid),
            position,
            hash,
            name,
            mediaType,
            size,
          );
        }
        write('UPDATE conversations SET updated_at = max(updated_at, ?) WHERE id = ?', now(), id);
        return Number(lastInsertRowid);
      }),
    answer(turn, answer, state, { error, ...figures }) {
      write(
        'UPDATE turns SET answer = ?, state = ?, error = ?, answered_at = ?, figures = ? WHERE id = ?',
        answer,
        state,
        error ?? null,
        now(),
        JSON.stringify(figures),
        turn,
      );
    },
    remove(ids) {
      const removed = transact(connection, () => {
        let count = 0;
        for (const id of ids) count += Number(write('DELETE FROM conversations WHERE id = ?', id).changes);
        connection.exec(orphans);
        return count;
      });
      // The log still has what was deleted. One who reads keeps it, and it goes with the next checkpoint.
      if (removed > 0) connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return removed;
    },
    olderThan: (time) =>
      all('SELECT id FROM conversations WHERE updated_at < ? ORDER BY updated_at', time).map(({ id }) => id as string),
    close: () => connection.close(),
  };
};
