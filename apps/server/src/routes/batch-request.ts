import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject, Protocol } from '@hotpath/runtime';
import { agentOf } from '../agent.ts';
import type { NewBatch } from '../batches/batches.ts';
import { bodyInvalid, fieldInvalid } from '../batches/errors.ts';
import type { FileFields, FilePage } from '../batches/files.ts';
import { batchEndpoints } from '../batches/openai-dialect.ts';
import type { Page } from '../batches/store.ts';
import { endToEnd, pick } from './answers.ts';

type Fields = Readonly<Record<string, unknown>>;

const textOf = (given: Fields, name: string): string | undefined => {
  const value = given[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw fieldInvalid(name, 'must be one text.');
  return value;
};

const limitOf = (given: Fields, usual: number, most: number): number => {
  const text = textOf(given, 'limit');
  const limit = text === undefined ? usual : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  throw fieldInvalid('limit', `must be a whole number from 1 to ${most}.`);
};

/** One more than is asked for tells whether there are more. */
export const readFileList = (query: unknown): FilePage => {
  const given = query as Fields;
  const [order = 'desc', purpose] = [textOf(given, 'order'), textOf(given, 'purpose')];
  if (order !== 'asc' && order !== 'desc') throw fieldInvalid('order', 'must be "asc" or "desc".');
  return {
    after: textOf(given, 'after'),
    limit: limitOf(given, 10_000, 10_000),
    ascending: order === 'asc',
    ...(purpose !== undefined && { purpose }),
  };
};

export const readBatchList = (query: unknown): Page => {
  const given = query as Fields;
  return { after: textOf(given, 'after'), limit: limitOf(given, 20, 100) };
};

export const readMessageBatchList = (query: unknown): Page => {
  const given = query as Fields;
  const [after, before] = [textOf(given, 'after_id'), textOf(given, 'before_id')];
  if (after !== undefined && before !== undefined)
    throw fieldInvalid('before_id', 'and "after_id" exclude each other.');
  return { after, before, limit: limitOf(given, 20, 1000) };
};

/** How long something is kept, by its `anchor` and `seconds`. */
const keepMsOf = (name: string, anchor: unknown, seconds: unknown): number => {
  if (anchor !== 'created_at') throw fieldInvalid(`${name}.anchor`, 'must be "created_at".');
  const read = Number(seconds);
  if (Number.isInteger(read) && read >= 3600 && read <= 2_592_000) return read * 1000;
  throw fieldInvalid(`${name}.seconds`, 'must be a whole number from 3600 (an hour) to 2592000 (30 days).');
};

export const readFileFields = (fields: FileFields): { keepMs?: number } => {
  const { purpose, 'expires_after[anchor]': anchor, 'expires_after[seconds]': seconds } = fields;
  if (purpose === undefined) throw fieldInvalid('purpose', 'is missing. Send it as "batch".');
  if (purpose !== 'batch') {
    throw fieldInvalid(
      'purpose',
      `is "${purpose.slice(0, 40)}", but this gateway keeps files for batches alone. Send "batch".`,
    );
  }
  if (anchor === undefined && seconds === undefined) return {};
  return { keepMs: keepMsOf('expires_after', anchor, seconds) };
};

const objectOf = (raw: unknown): Fields => {
  const bytes = raw as Buffer | undefined;
  if (!bytes || bytes.byteLength === 0) throw bodyInvalid('it is empty. Send a JSON object.');
  let value: unknown;
  try {
    value = isUtf8(bytes) ? JSON.parse(bytes.toString()) : undefined;
  } catch {
    // Told below.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bodyInvalid('it is not a JSON object. Check its quotes, commas and encoding.');
  }
  return value as Fields;
};

/** Sixteen pairs of texts, as OpenAI allows. */
const metadataOf = (metadata: unknown): JsonObject | null => {
  if (metadata === undefined || metadata === null) return null;
  const isObject = typeof metadata === 'object' && !Array.isArray(metadata);
  const pairs = isObject ? Object.entries(metadata as Fields) : [];
  const isGood = pairs.every(([key, value]) => key.length <= 64 && typeof value === 'string' && value.length <= 512);
  if (isObject && pairs.length <= 16 && isGood) return metadata as JsonObject;
  throw fieldInvalid('metadata', 'must be at most 16 pairs of a key of up to 64 and a text of up to 512 characters.');
};

/** Headers that travel with every line of a batch. */
export const lineHeaders = (headers: IncomingHttpHeaders, protocol: Protocol): Record<string, string> =>
  pick(headers, endToEnd[protocol]);

export const readNewBatch = (raw: unknown, headers: IncomingHttpHeaders): NewBatch => {
  const body = objectOf(raw);
  const { endpoint, completion_window: window, output_expires_after: expiry } = body;
  const inputFileId = textOf(body, 'input_file_id');
  if (inputFileId === undefined)
    throw fieldInvalid('input_file_id', 'is missing. Upload the requests with POST /v1/files.');
  if (typeof endpoint !== 'string' || !batchEndpoints.includes(endpoint)) {
    throw fieldInvalid('endpoint', `must be one of ${batchEndpoints.map((path) => `"${path}"`).join(', ')}.`);
  }
  if (window !== '24h') throw fieldInvalid('completion_window', 'must be "24h".');
  const metadata = metadataOf(body.metadata);
  const sent = { headers: lineHeaders(headers, 'openai-chat'), agent: agentOf(headers) };
  const base = { inputFileId, endpoint, metadata, ...sent };
  if (expiry === undefined || expiry === null) return base;
  const { anchor, seconds } = expiry as Fields;
  return { ...base, keepMs: keepMsOf('output_expires_after', anchor, seconds) };
};
