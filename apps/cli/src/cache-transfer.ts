import type { CacheEntry } from '@hotpath/runtime';

/** What the first line of an export says. */
const format = 'hotpath-cache';
const version = 1;

export interface TransferredEntry {
  readonly key: string;
  readonly entry: CacheEntry<Uint8Array>;
}

export const transferHeader = (now: number): string =>
  `${JSON.stringify({ format, version, exportedAt: new Date(now).toISOString() })}\n`;

/** One entry as a line of JSON. Fields without a value are left out, and so is an end that never comes. */
export const transferLine = (key: string, entry: CacheEntry<Uint8Array>): string => {
  const { value, createdAt, expiresAt, staleAt, loadMs, costUsd, tags } = entry;
  const { buffer, byteOffset, byteLength } = value;
  const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  const line = {
    key,
    createdAt,
    ...(Number.isFinite(expiresAt) && { expiresAt }),
    staleAt,
    loadMs,
    costUsd,
    tags,
    value: base64,
  };
  return `${JSON.stringify(line)}\n`;
};

const parse = (line: string): Readonly<Record<string, unknown>> => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new Error('it is not valid JSON. The file may be cut short: export it again.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Error('it is no JSON object. Give a file that "hotpath cache export" has written.');
  return parsed as Readonly<Record<string, unknown>>;
};

/** Throws for a first line that is not one of an export that this release can read. */
export const checkTransferHeader = (line: string): void => {
  const head = parse(line);
  if (head.format !== format)
    throw new Error('it is not the first line of an export. Give a file that "hotpath cache export" has written.');
  if (head.version !== version)
    throw new Error(
      `it is an export of version ${String(head.version)}, and this release reads ${version}. Update hotpath.`,
    );
};

const time = (fields: Readonly<Record<string, unknown>>, name: string): number | undefined => {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`"${name}" is ${JSON.stringify(value)}, not a number of 0 or more.`);
};

/** The entry of a line. Throws an error that names the field at fault. */
export const parseTransferLine = (line: string): TransferredEntry => {
  const fields = parse(line);
  const { key, tags, value } = fields;
  if (typeof key !== 'string') throw new Error('"key" is missing.');
  const createdAt = time(fields, 'createdAt');
  if (createdAt === undefined) throw new Error('"createdAt" is missing.');
  if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === 'string' && tag !== '')))
    throw new Error('"tags" is not a list of names.');
  // Node skips whatever is not base64: only writing it again tells.
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  if (bytes === undefined || bytes.toString('base64') !== value) throw new Error('"value" is not base64.');
  const entry: CacheEntry<Uint8Array> = {
    value: new Uint8Array(bytes),
    createdAt,
    expiresAt: time(fields, 'expiresAt') ?? Number.POSITIVE_INFINITY,
    staleAt: time(fields, 'staleAt'),
    loadMs: time(fields, 'loadMs'),
    costUsd: time(fields, 'costUsd'),
    tags: tags as readonly string[] | undefined,
  };
  return { key, entry };
};
