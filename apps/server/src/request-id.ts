import crypto from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The header in which a request may bring an id of its own. */
const requestIdHeader = 'x-request-id';
/** The header in which each answer tells the id. `x-request-id` itself is the provider's there, and is passed on. */
export const ownRequestIdHeader = 'x-hotpath-request-id';

export interface RequestIdOptions {
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Tells this process from others that make ids in the same millisecond, 7 characters. @default random */
  readonly source?: string | undefined;
}

// Crockford's base 32 in lower case: ids of fixed length sort by its digits as by the numbers they spell.
const digits = '0123456789abcdefghjkmnpqrstvwxyz';
const timeLength = 9;
const countLength = 4;
const mostCount = 32 ** countLength;

const spell = (number: number, length: number): string => {
  let text = '';
  for (let left = number; text.length < length; left = Math.floor(left / 32)) text = digits[left % 32] + text;
  return text;
};

const randomSource = (): string => Array.from(crypto.randomBytes(7), (byte) => digits[byte % 32]).join('');

/** Visible ASCII: safe in a header, in a log and on a terminal. */
const acceptable = /^[\x21-\x7e]{1,128}$/;

/**
 * Names requests: by the `x-request-id` they came with, where it has 1 to 128 visible characters, else by a new id. Those
 * are of 20 characters and sort by when they were made; of one process no two are the same, also when its clock is set back.
 */
export const createRequestIds = ({
  now = Date.now,
  source = randomSource(),
}: RequestIdOptions = {}): ((headers: IncomingHttpHeaders) => string) => {
  let at = 0;
  let time = spell(0, timeLength);
  let count = 0;

  const next = (): string => {
    const present = now();
    count += 1;
    if (present > at || count === mostCount) {
      at = Math.max(present, at + 1);
      time = spell(at, timeLength);
      count = 0;
    }
    return time + spell(count, countLength) + source;
  };

  return (headers) => {
    const given = headers[requestIdHeader];
    return typeof given === 'string' && acceptable.test(given) ? given : next();
  };
};
