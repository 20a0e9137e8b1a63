import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { EventStore, Filter, Snapshot } from '@hotpath/runtime/analytics';
import { CliError, fileUnusable, usageError } from '../errors.ts';
import { readAgo, readTime } from './read-time.ts';

type Analytics = typeof import('@hotpath/runtime/analytics');
type Row = Readonly<Record<string, unknown>>;

export interface SideOptions {
  readonly analytics: Analytics;
  readonly store: EventStore;
  readonly where: Filter;
  readonly nowMs: number;
  readonly command: string;
}

/** `line` counts from 1. */
const unfit = (path: string, line: number, problem: string): CliError =>
  new CliError(
    'CLI_INPUT_INVALID',
    `${path}, line ${line}: ${problem}. Give a file of "hotpath analytics snapshot", or an export of requests.`,
  );

const firstLine = async (path: string): Promise<string> => {
  const stream = createReadStream(path, { encoding: 'utf8' });
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) return line;
    return '';
  } finally {
    stream.destroy();
  }
};

/** Lines of an export in JSON are events, but for those of the brackets, and commas at their beginning. */
async function* jsonRows(path: string): AsyncGenerator<Row> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    const json = text.trim().replace(/^,|,$/g, '');
    if (json === '' || json === '[' || json === ']' || json === '[]') continue;
    let value: unknown;
    try {
      value = JSON.parse(json.replace(/^\[/, ''));
    } catch {
      throw unfit(path, line, 'it is not valid JSON');
    }
    if (typeof value !== 'object' || value === null) throw unfit(path, line, 'it is no event');
    yield value as Row;
  }
}

async function* csvRows({ textOfCsvCell }: Analytics, path: string): AsyncGenerator<Row> {
  const { parse } = await import('csv-parse');
  yield* createReadStream(path).pipe(parse({ columns: true, bom: true, cast: textOfCsvCell }));
}

/** Whether a row has one of the values wanted of each name. */
const isWanted = (row: Row, where: Filter): boolean =>
  Object.entries(where).every(([name, values]) => values.includes(String(row[name])));

/** What those requests of an export come to that the filter lets through. */
const readEvents = async (
  { analytics: { SnapshotBuilder, snapshotSpreads }, where }: SideOptions,
  path: string,
  rows: AsyncIterable<Row>,
): Promise<Snapshot> => {
  const builder = new SnapshotBuilder();
  let [fromMs, toMs, line] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for await (const row of rows) {
    line += 1;
    const atMs = Date.parse(String(row.at));
    if (!Number.isFinite(atMs) || typeof row.outcome !== 'string' || !('first_token' in row))
      throw unfit(path, line, 'it is no request');
    if (!isWanted(row, where)) continue;
    fromMs = Math.min(fromMs, atMs);
    toMs = Math.max(toMs, atMs + 1);
    const figures: Record<string, number> = {};
    for (const [name, value] of Object.entries(row)) {
      const number =
        typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
      if (Number.isFinite(number)) figures[name] = number;
    }
    builder.count({ outcome: row.outcome, cache: String(row.cache) }, figures);
    for (const name of Object.keys(snapshotSpreads) as (keyof typeof snapshotSpreads)[])
      if (figures[name] !== undefined) builder.record(name, row.outcome, figures[name]);
  }
  if (line === 0) throw unfit(path, 1, 'there are no requests in it');
  return builder.build(fromMs < toMs ? { fromMs, toMs } : { fromMs: 0, toMs: 0 }, where);
};

/** A snapshot holds no single requests: its filter is the one that it was taken with. */
const isTakenWith = (taken: Snapshot, where: Filter): boolean =>
  Object.entries(where).every(([name, values]) => {
    const its = taken.where?.[name];
    return its !== undefined && [...its].sort().join('\n') === [...values].sort().join('\n');
  });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const readFileSide = async (options: SideOptions, path: string): Promise<Snapshot> => {
  try {
    const first = await firstLine(path);
    if (/^\uFEFF?at,/.test(first)) return await readEvents(options, path, csvRows(options.analytics, path));
    const isEvents = first.startsWith('[') || 'at' in Object(parsed(first));
    if (isEvents) return await readEvents(options, path, jsonRows(path));
    if (first === '') throw unfit(path, 1, 'there is nothing in it');
    const value = parsed(await readFile(path, 'utf8'));
    const problem = value === undefined ? 'it is not valid JSON' : options.analytics.snapshotProblem(value);
    if (problem !== undefined) throw unfit(path, 1, problem);
    const taken = value as Snapshot;
    if (!isTakenWith(taken, options.where))
      throw usageError(
        `${path} was not taken with these filters: leave them out, or take the snapshot with them.`,
        options.command,
      );
    return taken;
  } catch (error) {
    throw error instanceof CliError ? error : fileUnusable(path, error);
  }
};

/** One side of a comparison: a file, or a time in the store. Throws a usage error for what is neither. */
export const readSide = async (name: string, given: string, options: SideOptions): Promise<Snapshot> => {
  if (existsSync(given)) return readFileSide(options, given);
  const { analytics, store, where, nowMs, command } = options;
  const agoMs = readAgo(given);
  const [from = '', to] = agoMs === undefined ? given.split('..') : [given, 'now'];
  const [fromMs, toMs] = [readTime(from, nowMs), to === undefined ? undefined : readTime(to, nowMs)];
  if (fromMs === undefined || toMs === undefined)
    throw usageError(
      `--${name} must be a file that is there, or a time such as 14d..7d, 7d or 2026-11-01..2026-11-08, not "${given}".`,
      command,
    );
  if (fromMs >= toMs) throw usageError(`--${name} ${given} ends before it begins.`, command);
  return analytics.snapshot(store, { fromMs, toMs, where });
};
