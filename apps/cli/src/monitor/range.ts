import { readAgo } from '../analytics/read-time.ts';
import { usageError } from '../errors.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Events are summed up by it: no time that is looked at ends within. */
const stepMs = 5 * minuteMs;

/** How far back the local store is looked at, in the order in which a key goes through them. */
const ranges = [hourMs, dayMs, 7 * dayMs, 30 * dayMs] as const;
export const usualRange = ranges[0];

/** The next longer of them; the shortest after the longest. */
export const nextRange = (rangeMs: number): number => ranges.find((each) => each > rangeMs) ?? usualRange;

/** Milliseconds of `90m`, `36h`, `14d` or `2w`, in whole five minutes. Throws a usage error. */
export const readRange = (text: string): number => {
  const ms = readAgo(text.trim());
  if (ms !== undefined && ms >= stepMs && ms <= 400 * dayMs) return Math.ceil(ms / stepMs) * stepMs;
  throw usageError(`--range takes a time from 5m to 400d, such as 24h, not "${text}".`, 'monitor');
};

/** `5 min`, `hour`, `24 h`, `7 days`: what follows "the last". */
export const showRange = (rangeMs: number): string => {
  if (rangeMs === hourMs) return 'hour';
  if (rangeMs < 2 * hourMs) return `${rangeMs / minuteMs} min`;
  return rangeMs < 2 * dayMs
    ? `${Number((rangeMs / hourMs).toFixed(1))} h`
    : `${Number((rangeMs / dayMs).toFixed(1))} days`;
};
