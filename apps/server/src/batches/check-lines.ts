import { isUtf8 } from 'node:buffer';
import { createLineIndex, type LineIndex } from './line-index.ts';
import { isBlank, readLines } from './read-lines.ts';
import type { LineFault } from './records.ts';

export interface LineChecks {
  /** The path that every line must be for. */
  readonly endpoint: string;
  readonly maxLines: number;
  readonly maxLineBytes: number;
}

/** So many faults are told; the rest are as a rule the same. */
const mostFaults = 100;
const longestCustomId = 512;

const parse = (bytes: Buffer): unknown => {
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Fault = Omit<LineFault, 'line'>;

const fault = (code: string, message: string, param: string | null = null): Fault => ({ code, message, param });

const notJson = fault('invalid_json_line', 'This line is not parseable as valid JSON.');

const missing = (param: string): Fault =>
  fault('missing_required_parameter', `Missing required parameter: '${param}'.`, param);

/** What is wrong with a line by itself, or its custom id. */
const checkLine = (bytes: Buffer | undefined, { endpoint, maxLineBytes }: LineChecks): Fault | string => {
  if (!bytes) return fault('line_too_long', `This line has more than ${maxLineBytes} bytes.`);
  const line = parse(bytes);
  if (!isObject(line)) return notJson;
  const { custom_id: customId, method, url, body } = line;
  if (customId === undefined) return missing('custom_id');
  if (typeof customId !== 'string' || customId === '' || customId.length > longestCustomId) {
    return fault(
      'invalid_custom_id',
      `The custom_id must be a text of 1 to ${longestCustomId} characters.`,
      'custom_id',
    );
  }
  if (method === undefined) return missing('method');
  if (method !== 'POST') return fault('invalid_method', "The method must be 'POST'.", 'method');
  if (url === undefined) return missing('url');
  if (url !== endpoint) {
    const found = String(url).slice(0, 100);
    return fault('url_mismatch', `The url '${found}' differs from the batch's endpoint '${endpoint}'.`, 'url');
  }
  if (body === undefined) return missing('body');
  return isObject(body) ? customId : fault('invalid_body', 'The body must be an object.', 'body');
};

const withoutMark = (bytes: Buffer): Buffer =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;

/**
 * Checks a whole input file of OpenAI's kind before anything of it is asked, as OpenAI does: one bad line, and nothing is.
 * The codes and messages are those that OpenAI reports, where it is known to report any.
 */
export const checkLines = async (
  path: string,
  checks: LineChecks,
): Promise<{ readonly index: LineIndex; readonly faults: readonly LineFault[] }> => {
  const index = createLineIndex();
  const faults: LineFault[] = [];
  const seen = new Set<string>();
  for await (const { number, offset, length, bytes: whole } of readLines(path, checks.maxLineBytes)) {
    // Windows' editors begin a file with a mark.
    const bytes = number === 1 && whole ? withoutMark(whole) : whole;
    if (bytes && isBlank(bytes)) continue;
    if (index.count === checks.maxLines) {
      const message = `The file has more than ${checks.maxLines} requests. Split it.`;
      return { index, faults: [{ ...fault('too_many_tasks', message), line: null }] };
    }
    const marked = length - (bytes?.byteLength ?? length);
    index.add(offset + marked, length - marked);
    const found = checkLine(bytes, checks);
    if (typeof found !== 'string') {
      faults.push({ ...found, line: number });
    } else if (seen.has(found)) {
      const message = `The custom_id '${found}' is used by an earlier line. Each must be unique.`;
      faults.push({ ...fault('duplicate_custom_id', message, 'custom_id'), line: number });
    } else {
      seen.add(found);
    }
    if (faults.length === mostFaults) break;
  }
  if (index.count === 0) faults.push({ ...fault('empty_file', 'The input file has no requests.'), line: null });
  return { index, faults };
};
