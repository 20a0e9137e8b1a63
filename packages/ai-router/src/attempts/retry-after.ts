/** Headers in lower case, as Node and undici hand them over. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * How long a provider asks to be left alone, in milliseconds, never below 0; undefined where it does not say. `now` is
 * the time of day, epoch milliseconds. In this order: `retry-after-ms` (OpenAI, Azure) and `x-ms-retry-after-ms`;
 * `retry-after` in seconds or as a date (RFC 9110, 10.2.3); the reset of the limits that are used up, the latest of them
 * (`x-ratelimit-…`: OpenAI, Groq, Azure, Cerebras, OpenRouter; `anthropic-ratelimit-…`). A reset whose limit has something
 * left says nothing about this failure.
 */
export function retryAfterMs(headers: ResponseHeaders, now: number): number | undefined {
  return (
    milliseconds(first(headers['retry-after-ms'])) ??
    milliseconds(first(headers['x-ms-retry-after-ms'])) ??
    delay(first(headers['retry-after']), now) ??
    untilReset(headers, now)
  );
}

/** The wait that an error's message tells, where no header does: OpenAI, Groq ("try again in 7.66s"), Gemini, Azure. */
export function retryAfterInMessage(message: string): number | undefined {
  const told = /(?:try again|retry) (?:in|after) (\d[\d.a-zµ]*)( milliseconds?| ms)?/i.exec(message);
  if (!told) return undefined;
  const value = (told[1] as string).replace(/\.$/, '');
  return told[2] === undefined ? (duration(value) ?? seconds(value)) : milliseconds(value);
}

const first = (value: string | readonly string[] | undefined): string | undefined =>
  (typeof value === 'string' ? value : value?.[0])?.trim();

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;

function milliseconds(text: string | undefined): number | undefined {
  const value = number(text);
  return value === undefined ? undefined : Math.max(0, value);
}

function seconds(text: string | undefined): number | undefined {
  const value = number(text);
  return value === undefined ? undefined : Math.max(0, value * 1000);
}

/** Numbers are seconds, unless so large that they can only be a time since 1970, in seconds or milliseconds. */
function delay(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const value = number(text);
  if (value !== undefined && value >= 1e9) return Math.max(0, (value >= 1e11 ? value : value * 1000) - now);
  return seconds(text) ?? duration(text) ?? until(text, now);
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Go's notation, which OpenAI and Groq use: `20ms`, `1s`, `6m0s`, `2m59.56s`. */
function duration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, value, unit] of text.matchAll(/([\d.]+)([a-zµ]+)/g)) {
    total += Number(value) * (unitMs[unit as string] ?? 0);
  }
  return total;
}

const rfc3339 = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/i;
const weekday = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/** `Date.parse` takes almost anything for a date, so only what looks like one is handed to it. */
function until(text: string, now: number): number | undefined {
  if (!rfc3339.test(text) && !weekday.test(text)) return undefined;
  // The oldest form of HTTP's dates has no zone, and is in GMT all the same.
  const at = Date.parse(weekday.test(text) && !/GMT|UTC|[+-]\d{4}/.test(text) ? `${text} GMT` : text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

const openaiRemaining = /^(x-)?ratelimit-remaining(-.+)?$/;
const anthropicLimit = /^anthropic-ratelimit-(.+)-(remaining|status)$/;

function untilReset(headers: ResponseHeaders, now: number): number | undefined {
  let longest: number | undefined;
  for (const name in headers) {
    const reset = resetOf(name);
    if (reset === undefined || !isUsedUp(first(headers[name]))) continue;
    const wait = delay(first(headers[reset]), now);
    if (wait !== undefined && wait >= (longest ?? 0)) longest = wait;
  }
  return longest;
}

/** The header that tells when the limit that this one speaks of starts anew. */
function resetOf(name: string): string | undefined {
  const openai = openaiRemaining.exec(name);
  if (openai) return `${openai[1] ?? ''}ratelimit-reset${openai[2] ?? ''}`;
  const anthropic = anthropicLimit.exec(name);
  return anthropic ? `anthropic-ratelimit-${anthropic[1]}-reset` : undefined;
}

/** Azure sends -1 for a limit that it does not know. */
const isUsedUp = (value: string | undefined): boolean => value === 'rejected' || number(value) === 0;
