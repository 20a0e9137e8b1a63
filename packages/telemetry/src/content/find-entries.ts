import type { DatabaseSync } from 'node:sqlite';
import { TelemetryError } from '../errors.ts';
import { searchWords } from './search-words.ts';

export interface ContentQuery {
  /** Words that the prompt or the answer must have; see `searchWords`. @default any */
  readonly text?: string | undefined;
  /** Milliseconds since 1970. @default all */
  readonly fromMs?: number | undefined;
  /** Not itself within. @default all */
  readonly toMs?: number | undefined;
  /** By the names that events have, each one of several. @default all */
  readonly where?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Only what is older than this one, by its id. @default all */
  readonly before?: number | undefined;
  /** @default 50 */
  readonly limit?: number | undefined;
}

/** What is known of an entry beside its texts. */
export interface ContentHead {
  readonly id: number;
  /** When its answer ended, milliseconds since 1970. */
  readonly atMs: number;
  readonly requestId: string | null;
  readonly key: string;
  readonly agent: string;
  readonly protocol: string;
  readonly provider: string;
  readonly model: string;
  readonly command: string;
  readonly outcome: string;
  readonly cache: string;
}

export interface FoundContent extends ContentHead {
  /** Where it was found, in pieces: each second one is a word that was searched for. Without a search, the end of the prompt. */
  readonly snippet: readonly string[];
}

export interface ContentEntry extends ContentHead {
  readonly prompt: string;
  /** Whether there was more of it. */
  readonly isPromptCut: boolean;
  readonly answer: string;
  readonly isAnswerCut: boolean;
}

/** What was captured of a request: clients choose ids, so that several may have the same one. */
export interface ContentOfRequest {
  readonly requestId: string;
  /** When its answer ended, milliseconds since 1970: what was captured at another time is of another request. */
  readonly atMs: number;
}

const names = ['key', 'agent', 'protocol', 'provider', 'model', 'command', 'outcome', 'cache'] as const;
const columns = ['id', 'at', 'request_id', ...names].map((name) => `entry.${name}`).join(', ');
const snippetWords = 24;
const endCharacters = 200;
/** A request and what was captured of it are told one after the other, when its answer has ended. */
const apartMs = 5_000;

type Row = Readonly<Record<string, unknown>>;
type Parameter = string | number;

const headOf = (row: Row): ContentHead => ({
  id: row.id as number,
  atMs: row.at as number,
  requestId: row.request_id as string | null,
  ...(Object.fromEntries(names.map((name) => [name, row[name]])) as Record<(typeof names)[number], string>),
});

const conditionsOf = ({ text, fromMs, toMs, where = {}, before }: ContentQuery) => {
  const conditions: string[] = [];
  const parameters: Parameter[] = [];
  const add = (condition: string, ...values: readonly Parameter[]): void => {
    conditions.push(condition);
    parameters.push(...values);
  };
  if (text !== undefined) add('words MATCH ?', searchWords(text));
  if (fromMs !== undefined) add('entry.at >= ?', fromMs);
  if (toMs !== undefined) add('entry.at < ?', toMs);
  if (before !== undefined) add('entry.id < ?', before);
  for (const [name, values] of Object.entries(where)) {
    if (!names.some((known) => known === name))
      throw new TelemetryError('TELEMETRY_QUERY_INVALID', `Content has no "${name}". It has: ${names.join(', ')}.`);
    add(`entry.${name} IN (${values.map(() => '?').join(', ')})`, ...values);
  }
  return { where: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, parameters };
};

/** The newest first. Throws `TELEMETRY_QUERY_INVALID`. */
export const findEntries = (database: DatabaseSync, query: ContentQuery): readonly FoundContent[] => {
  const { where, parameters } = conditionsOf(query);
  const isSearch = query.text !== undefined;
  const snippet = isSearch
    ? `snippet(words, -1, char(2), char(2), '…', ${snippetWords})`
    : `substr(entry.prompt, -${endCharacters})`;
  const from = isSearch ? 'words JOIN entry ON entry.id = words.rowid' : 'entry';
  return database
    .prepare(
      `SELECT ${columns}, ${snippet} AS snippet FROM ${from} ${where} ORDER BY ${isSearch ? 'words.rowid' : 'entry.id'} DESC LIMIT ?`,
    )
    .all(...parameters, query.limit ?? 50)
    .map((row) => ({ ...headOf(row), snippet: String(row.snippet).split('\u0002') }));
};

const rowOf = (database: DatabaseSync, asked: string | ContentOfRequest): Row | undefined => {
  if (typeof asked !== 'string') {
    const { requestId, atMs } = asked;
    return database
      .prepare('SELECT * FROM entry WHERE request_id = ? AND abs(at - ?) <= ? ORDER BY abs(at - ?), id DESC LIMIT 1')
      .get(requestId, atMs, apartMs, atMs);
  }
  return (
    (/^\d{1,15}$/.test(asked) ? database.prepare('SELECT * FROM entry WHERE id = ?').get(Number(asked)) : undefined) ??
    database.prepare('SELECT * FROM entry WHERE request_id = ? ORDER BY id DESC LIMIT 1').get(asked)
  );
};

/** By its own id, or the newest of a request by the id of that; or what was captured of one request. */
export const readEntry = (database: DatabaseSync, asked: string | ContentOfRequest): ContentEntry | undefined => {
  const row = rowOf(database, asked);
  if (row === undefined) return undefined;
  return {
    ...headOf(row),
    prompt: String(row.prompt),
    isPromptCut: row.prompt_cut === 1,
    answer: String(row.answer),
    isAnswerCut: row.answer_cut === 1,
  };
};
