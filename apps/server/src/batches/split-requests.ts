import { isUtf8 } from 'node:buffer';
import type { JsonObject } from '@hotpath/runtime';
import { batchTooLarge, bodyInvalid, fieldInvalid } from './errors.ts';
import { onOneLine } from './one-line.ts';

export interface SplitRequest {
  readonly value: JsonObject;
  /** Its own bytes, on one line. */
  readonly bytes: Buffer;
}

/** Takes the body of a batch apart as it arrives: `{"requests": [{…}, {…}]}`. */
export interface RequestSplitter {
  /** The requests that these bytes completed. Throws what `bodyInvalid` and `batchTooLarge` make. */
  push(chunk: Buffer): readonly SplitRequest[];
  /** The end of the body. Throws for one that is not JSON, or in which requests are missing. */
  end(): void;
}

export interface SplitLimits {
  /** Of one request. */
  readonly maxBytes: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openers = new Set([0x5b, 0x7b]);
const closers = new Set([0x5d, 0x7d]);
const list = 0x5b;
const brace = 0x7b;

/** What is not a request: names, brackets and commas. */
const mostElsewhere = 4_194_304;
/** Longer names than this are none that is looked for. */
const longestName = 32;

const parseRequest = (bytes: Buffer, index: number): SplitRequest => {
  if (!isUtf8(bytes)) throw bodyInvalid(`requests.${index} is not UTF-8.`);
  try {
    return { value: JSON.parse(bytes.toString()) as JsonObject, bytes: onOneLine(bytes) };
  } catch {
    throw bodyInvalid(`requests.${index} is not JSON. Check its quotes and commas.`);
  }
};

/**
 * A scan for strings and brackets, so that a body of any size is read with one request in memory. Each request is then parsed
 * by itself, and what is around them, with a 0 in the place of each, as a whole: together that is as strict as parsing all
 * at once.
 */
export const createRequestSplitter = ({ maxBytes }: SplitLimits): RequestSplitter => {
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  let inRequests = false;
  /** The member's name at depth 1, and the string that may become it. */
  let name = '';
  let text = '';
  let count = 0;
  let pieces: Buffer[] | undefined;
  let held = 0;
  const around: Buffer[] = [];
  let aroundBytes = 0;

  const keep = (chunk: Buffer, start: number, end: number): void => {
    if (end <= start) return;
    if (pieces) {
      held += end - start;
      if (held > maxBytes) throw batchTooLarge(`${maxBytes} bytes in one request`);
      pieces.push(chunk.subarray(start, end));
      return;
    }
    aroundBytes += end - start;
    if (aroundBytes > mostElsewhere) throw bodyInvalid('it has more around its "requests" than a batch has.');
    around.push(Buffer.from(chunk.subarray(start, end)));
  };

  return {
    push(chunk) {
      const found: SplitRequest[] = [];
      let start = 0;
      for (let at = 0; at < chunk.byteLength; at++) {
        const byte = chunk[at] as number;
        if (inString) {
          if (isEscaped) isEscaped = false;
          else if (byte === backslash) isEscaped = true;
          else if (byte === quote) inString = false;
          else if (depth === 1 && text.length < longestName) text += String.fromCharCode(byte);
        } else if (byte === quote) {
          inString = true;
          text = '';
        } else if (openers.has(byte)) {
          if (depth === 1 && byte === list && name === 'requests') inRequests = true;
          if (inRequests && depth === 2 && byte === brace && !pieces) {
            keep(chunk, start, at);
            start = at;
            pieces = [];
            held = 0;
          }
          depth += 1;
        } else if (closers.has(byte)) {
          depth -= 1;
          if (depth === 2 && pieces) {
            keep(chunk, start, at + 1);
            start = at + 1;
            const whole = Buffer.concat(pieces);
            pieces = undefined;
            found.push(parseRequest(whole, count));
            count += 1;
            around.push(Buffer.from('0'));
          } else if (depth === 1) inRequests = false;
        } else if (depth === 1 && byte === colon) name = text;
        else if (depth === 1 && byte === comma) name = '';
      }
      keep(chunk, start, chunk.byteLength);
      return found;
    },
    end() {
      let rest: unknown;
      try {
        rest = JSON.parse(Buffer.concat(pieces ? [...around, ...pieces] : around).toString());
      } catch (error) {
        throw bodyInvalid(`${(error as Error).message}. Check its quotes, commas and encoding.`);
      }
      const { requests, ...others } = (rest ?? {}) as Readonly<Record<string, unknown>>;
      if (!Array.isArray(requests)) throw fieldInvalid('requests', 'must be a list of requests.');
      if (requests.length === 0) throw fieldInvalid('requests', 'must hold at least one request.');
      const [other] = Object.keys(others);
      if (other !== undefined)
        throw fieldInvalid(other.slice(0, 40), 'is not known here. A batch takes "requests" alone.');
      if (requests.length !== count) throw fieldInvalid('requests', 'must hold objects alone, and be there once.');
    },
  };
};
