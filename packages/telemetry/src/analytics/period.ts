/** A time, milliseconds since 1970; `toMs` is not itself within. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The time that is asked for. */
export interface PeriodQuery {
  /** So many days until `toMs`, where `fromMs` is not given. @default 7 */
  readonly days?: number | undefined;
  /** Milliseconds since 1970. */
  readonly fromMs?: number | undefined;
  /** Milliseconds since 1970. @default now */
  readonly toMs?: number | undefined;
  /** What is now, milliseconds since 1970. @default Date.now() */
  readonly nowMs?: number | undefined;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
/** Events are summed up by it. */
export const shortestStepMs = 5 * minuteMs;

/** The end of the five minutes that are going on: what is asked again meanwhile is the same question. */
export const endOfNow = (nowMs: number = Date.now()): number =>
  Math.ceil((nowMs + 1) / shortestStepMs) * shortestStepMs;

export const periodOf = ({ days = 7, fromMs, toMs, nowMs }: PeriodQuery): Period => {
  const end = toMs ?? endOfNow(nowMs);
  return { fromMs: fromMs ?? end - days * dayMs, toMs: end };
};

/** The time of the same length before it. */
export const periodBefore = ({ fromMs, toMs }: Period): Period => ({ fromMs: 2 * fromMs - toMs, toMs: fromMs });

const steps = [
  shortestStepMs,
  ...[10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 4, 6, 12].map((hours) => hours * hourMs),
  ...[1, 2, 5, 7, 14, 28].map((days) => days * dayMs),
];
const mostIntervals = 60;

const longestStepMs = 28 * dayMs;

/** Length of the intervals in which a time is drawn: at most 60 of them, of as many times four weeks as that takes. */
export const stepOf = ({ fromMs, toMs }: Period): number =>
  steps.find((step) => (toMs - fromMs) / step <= mostIntervals) ??
  Math.ceil((toMs - fromMs) / mostIntervals / longestStepMs) * longestStepMs;

/** When each interval of a time begins. */
export const intervalsOf = ({ fromMs, toMs }: Period, stepMs: number): readonly number[] => {
  const first = Math.floor(fromMs / stepMs);
  return Array.from({ length: Math.ceil(toMs / stepMs) - first }, (_, index) => (first + index) * stepMs);
};
