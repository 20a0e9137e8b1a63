export interface BackoffOptions {
  /** The longest wait before the first retry, milliseconds. @default 250 */
  readonly baseMs?: number;
  /** No wait of our own is longer, milliseconds. @default 8000 */
  readonly capMs?: number;
  /** From 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * How long to wait before retry 1, 2, …, milliseconds. `leastMs`: what the provider asked for; it is waited in full, and
 * the jitter comes on top, so that those who were told the same do not come back together.
 */
export type Backoff = (retry: number, leastMs?: number) => number;

/**
 * Exponential backoff with full jitter: anything from nothing to the exponential wait. Of the ways to spread retries it
 * ends soonest with the fewest calls (Marc Brooker, "Exponential Backoff And Jitter",
 * aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
 */
export function createBackoff({ baseMs = 250, capMs = 8000, random = Math.random }: BackoffOptions = {}): Backoff {
  return (retry, leastMs = 0) => leastMs + random() * Math.min(capMs, baseMs * 2 ** (retry - 1));
}
