import type { ServerResponse } from 'node:http';
import type { Live } from './live.ts';

/** What a slow reader may be behind with, bytes: it is told no more until it has taken that. */
const mostBehind = 1_000_000;

export interface LiveStreamOptions {
  /** Keeps it alive, milliseconds. */
  readonly commentMs: number;
  /** Whether whoever listens still may: looked at with each comment. */
  readonly mayListen: () => boolean;
}

/** Tells a client what happens now, as server-sent events `figures` and `request`. Returns what ends it. */
export const streamLive = (
  response: ServerResponse,
  live: Live,
  { commentMs, mayListen }: LiveStreamOptions,
): (() => void) => {
  const write = (event: string, value: unknown): void => {
    if (response.writableLength < mostBehind) response.write(`event: ${event}\ndata: ${JSON.stringify(value)}\n\n`);
  };
  const unwatch = live.watch({
    figures: (figures) => write('figures', figures),
    request: (request) => write('request', request),
  });
  const comments = setInterval(() => (mayListen() ? response.write(': waiting\n\n') : stop()), commentMs);
  const stop = (): void => {
    unwatch();
    clearInterval(comments);
    response.end();
  };
  response.once('close', stop);
  // The headers go out at once: the page knows that it is connected.
  response.write(': connected\n\n');
  return stop;
};
