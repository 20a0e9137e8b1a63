import { type Credential, withoutKey } from './credential.ts';
import type { Provider } from './provider.ts';
import type { ErrorInfo, Json } from './wire-format.ts';

/** Puts `***` in place of keys in a text. */
export type Redact = (text: string) => string;

/**
 * Keys that APIs take are longer. A shorter one, such as servers in one's own house are given, may be a word of any text:
 * it is a key where the text says so.
 */
const shortest = 6;
/** What stands before a key that is quoted: `Bearer abc`, `api_key="abc"`, `Incorrect API key provided: abc`, `ACCESS_TOKEN=abc`. */
const before = String.raw`(?<=(?:\b|_)(?:bearer|basic|(?:api[ _-]?)?(?:key|token)s?|secret|password|authorization)(?: (?:provided|is|was))?["']?\s{0,2}[:=]?\s{0,2}["'\x60]?)`;

/** What looks like a key: of providers, AWS and GitHub, tokens of the web, and whatever is called a bearer's. */
const keyLike =
  /\b(?:sk|pk|rk|xai|gsk|pplx|r8|nvapi|hf|csk|ghp|gho|github_pat)[-_][\w-]{6,}|\bA(?:KIA|IZA|SIA)[\w-]{12,}|\beyJ[\w-]{8,}[\w.-]*|(?<=\bBearer\s)[\w.~+/=-]{6,}/gi;

/** Takes what looks like a key out of a text, for want of knowing the key. */
const redactKeyLike: Redact = (text) => text.replace(keyLike, '***');

/** Takes these keys out of texts. */
export function createRedact(keys: readonly string[]): Redact {
  // The longest first: one may hold another.
  const known = [...new Set(keys)].filter((key) => key !== '').sort((a, b) => b.length - a.length);
  const long = known.filter(({ length }) => length >= shortest);
  const short = known.slice(long.length).map((key) => new RegExp(`${before}${escaped(key)}(?![\\w-])`, 'giu'));
  return (text) => {
    const rest = long.reduce((of, key) => of.replaceAll(key, '***'), text);
    return short.reduce((of, key) => of.replace(key, '***'), rest);
  };
}

/** Takes these keys out of texts, and what else looks like a key. */
export function createWideRedact(keys: readonly string[]): Redact {
  const known = createRedact(keys);
  return (text) => redactKeyLike(known(text));
}

const escaped = (key: string): string => key.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** What a provider says of a failed call may quote the key that it came with, the provider's own or a client's. */
export const redactFor =
  (provider: Pick<Provider, 'redact'>, credential: Credential | undefined): Redact =>
  (text) =>
    withoutKey(provider.redact?.(text) ?? text, credential);

export const redactError = (error: ErrorInfo, redact: Redact): ErrorInfo => ({
  ...error,
  message: redact(error.message),
  type: redact(error.type),
  ...(error.code !== undefined && { code: redact(error.code) }),
  ...(error.param !== undefined && { param: redact(error.param) }),
});

/**
 * Takes keys out of an error in JSON, or of events with JSON. In its strings, since there they may be written with escapes. The
 * bytes stay as they are where there is no key in them.
 */
export function redactBytes(bytes: Buffer, redact: Redact): Buffer {
  const text = bytes.toString();
  const redacted =
    redactJson(text, redact) ??
    text
      .split('\n')
      .map((line) => redactLine(line, redact))
      .join('\n');
  return redacted === text ? bytes : Buffer.from(redacted);
}

function redactLine(line: string, redact: Redact): string {
  const [, field = '', data = '', end = ''] = /^(data: ?)(.*?)(\r?)$/.exec(line) ?? [];
  const redacted = field === '' ? undefined : redactJson(data, redact);
  return redacted === undefined ? redact(line) : field + redacted + end;
}

/** Undefined for what is not JSON. */
function redactJson(text: string, redact: Redact): string | undefined {
  let isFound = false;
  /** What it is called says what it is. */
  const member = (name: string, value: string): Json => {
    const before = `${name}: `;
    const both = redact(before + value);
    const redacted = both.startsWith(before) ? both.slice(before.length) : redact(value);
    isFound ||= redacted !== value;
    return redacted;
  };
  const visit = (value: Json): Json => {
    if (typeof value === 'string') {
      const redacted = redact(value);
      isFound ||= redacted !== value;
      return redacted;
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(visit);
    return Object.fromEntries(
      Object.entries(value).map(([name, of]) => [
        visit(name),
        typeof of === 'string' ? member(name, of) : visit(of as Json),
      ]),
    );
  };
  try {
    const redacted = visit(JSON.parse(text) as Json);
    return isFound ? JSON.stringify(redacted) : text;
  } catch {
    return undefined;
  }
}
