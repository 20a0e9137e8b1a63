/**
 * Which failures are tried again. `transient`: those that say so (`isRetryable`), and those of networks and busy systems; `always`:
 * every one; `never`: none.
 */
export type RetryClass = 'never' | 'transient' | 'always';

export interface RetryPolicy {
  /** @default 'transient' */
  readonly retry?: RetryClass | undefined;
  /** Attempts after the first. @default 2 */
  readonly retries?: number | undefined;
  /** Wait before the second attempt, milliseconds; it doubles with each, up to 30 s, and a random part of it is waited. @default 200 */
  readonly retryDelayMs?: number | undefined;
}

const transientCodes = new Set([
  'EAGAIN',
  'EAI_AGAIN',
  'EBUSY',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENFILE',
  'EPIPE',
  'ETIMEDOUT',
  'ETXTBSY',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

interface Described {
  readonly isRetryable?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly retryAfterMs?: unknown;
}

/** Whether another attempt may end otherwise: where the error says so itself, that holds. */
const isTransient = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false;
  const { isRetryable, code, status } = error as Described;
  if (typeof isRetryable === 'boolean') return isRetryable;
  if (typeof code === 'string' && transientCodes.has(code)) return true;
  return typeof status === 'number' && (status === 408 || status === 429 || status >= 500);
};

const maxDelayMs = 30_000;

/** How long to wait before the next attempt, milliseconds; `undefined`: there is none. Full jitter, as in "Exponential Backoff And Jitter" (AWS, 2015). */
export const delayBeforeRetry = (
  { retry = 'transient', retries = 2, retryDelayMs = 200 }: RetryPolicy,
  attempt: number,
  error: unknown,
  random: () => number,
): number | undefined => {
  if (retry === 'never' || attempt > retries || (retry === 'transient' && !isTransient(error))) return undefined;
  const asked = (error as Described | undefined)?.retryAfterMs;
  if (typeof asked === 'number' && asked >= 0 && Number.isFinite(asked)) return asked;
  return random() * Math.min(maxDelayMs, retryDelayMs * 2 ** (attempt - 1));
};
