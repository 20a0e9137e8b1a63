import { getText } from './get-text.ts';
import { createMetricsReader } from './prometheus.ts';
import { type Reading, readSamples } from './reading.ts';

/** What a gateway told, or why it told nothing. */
export type Scrape = { readonly reading: Reading } | { readonly problem: string };

export interface ScrapeOptions {
  /** Without a slash at its end. */
  readonly url: string;
  /** For what stands before the gateway: its metrics themselves need none. Never shown. */
  readonly key: string | undefined;
  /** How long it may take, milliseconds. */
  readonly timeoutMs: number;
}

const reasonOf = (error: unknown, timeoutMs: number): string => {
  const { name, message, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
  if (name === 'TimeoutError') return `silent for ${timeoutMs / 1000} s`;
  return cause?.code ?? cause?.message ?? message;
};

/** Asks for the metrics of a gateway, again and again. What it returns never rejects, but for `signal`. */
export const createScraper = ({ url, key, timeoutMs }: ScrapeOptions): ((signal: AbortSignal) => Promise<Scrape>) => {
  const reader = createMetricsReader();
  const headers = { accept: 'text/plain', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
  return async (signal) => {
    try {
      const { status, text } = await getText(`${url}/metrics`, {
        headers,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (status === 401 || status === 403) {
        return {
          problem: `${url}/metrics answers ${status}: what stands before the gateway wants a key (--key).`,
        };
      }
      if (status !== 200) return { problem: `${url}/metrics answers ${status}.` };
      const reading = readSamples(reader.read(text));
      // Each gateway tells when its process began.
      return reading.startedAt === undefined ? { problem: `${url}/metrics are not those of a gateway.` } : { reading };
    } catch (error) {
      signal.throwIfAborted();
      return { problem: `${url} does not answer (${reasonOf(error, timeoutMs)}). Looking for it again.` };
    }
  };
};
