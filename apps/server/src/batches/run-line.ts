import type { Ask, LineExchange } from './ask-line.ts';
import type { Outcome } from './dialect.ts';
import type { Hold } from './hold.ts';

export interface LineRunOptions {
  readonly ask: Ask;
  /** Resolves after a time, or when the hold changes. */
  readonly wait: (ms: number, hold: Hold) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** After a failure that may pass, a line is asked again so often at most. Our own limits do not count: they always pass. */
const mostRetries = 3;
const firstWaitMs = 1000;
const leastWaitMs = 100;
const longestWaitMs = 60_000;

export const waitFor: LineRunOptions['wait'] = (ms, hold) =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    // A batch is no reason for a process to go on.
    const timer = setTimeout(end, ms).unref();
    const stop = hold.listen(end);
  });

/**
 * Asks a line until it has an answer or a failure that stays. Undefined where it was left before: what becomes of it is then
 * not its own doing. `onLane` tells when it waits in the economy lane.
 */
export const runLine = async (
  line: LineExchange,
  hold: Hold,
  { ask, wait, random }: LineRunOptions,
  onLane: (lane: 'batch' | 'live') => void,
): Promise<Outcome | undefined> => {
  for (let retries = 0; hold.state === 'wanted'; ) {
    let isParked = false;
    const asked = ask(line, (lane) => {
      isParked = lane === 'batch';
      onLane(lane);
    });
    const stop = hold.listen(() => {
      if (hold.state === 'left' || isParked) asked.leave();
    });
    const attempt = await asked.attempt;
    stop();
    if (!attempt) return undefined;
    const { retryAfterMs, isOurLimit = false, ...outcome } = attempt;
    if (retryAfterMs === undefined || (!isOurLimit && retries === mostRetries)) return outcome;
    // Jitter, so that the lines of a batch do not come back all at once.
    const backoffMs = firstWaitMs * 4 ** retries * (0.5 + random());
    if (!isOurLimit) retries += 1;
    const askedMs = Number.isFinite(retryAfterMs) ? Math.max(retryAfterMs, leastWaitMs) : backoffMs;
    await wait(Math.min(askedMs, longestWaitMs), hold);
  }
  return undefined;
};
