import { usageError } from '../errors.ts';

const dated = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?<zone>Z|[+-]\d{2}:?\d{2})?)?$/i;

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of `90m`, `36h`, `14d` or `2w`. */
export const readAgo = (text: string): number | undefined => {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([mhdw])$/.exec(text) ?? [];
  const length = units[unit];
  return amount === undefined || length === undefined ? undefined : Number(amount) * length;
};

/** Epoch milliseconds of a date in UTC, of how long ago something was, or of `now`; undefined for anything else. */
export const readTime = (text: string, nowMs: number): number | undefined => {
  if (text === 'now') return nowMs;
  const agoMs = readAgo(text);
  if (agoMs !== undefined) return nowMs - agoMs;
  const match = dated.exec(text);
  if (match === null) return undefined;
  const isZoned = text.length === 10 || match.groups?.zone !== undefined;
  const time = Date.parse(text.replace(' ', 'T') + (isZoned ? '' : 'Z'));
  return Number.isFinite(time) ? time : undefined;
};

export interface PeriodFlags {
  readonly days: number | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** The time that is asked for. Throws a usage error. */
export const readPeriod = (
  { days, from, to }: PeriodFlags,
  command: string,
  nowMs: number,
): { readonly days?: number; readonly fromMs?: number; readonly toMs?: number; readonly nowMs: number } => {
  const read = (name: string, text: string): number => {
    const time = readTime(text, nowMs);
    if (time !== undefined) return time;
    throw usageError(
      `--${name} must be a time such as 2026-11-20, 2026-11-20T08:00 or 36h (ago), not "${text}".`,
      command,
    );
  };
  if (days !== undefined && from !== undefined)
    throw usageError('--days and --from both say when it begins: give one of them.', command);
  const fromMs = from === undefined ? undefined : read('from', from);
  // What is asked until now ends a little later, so that it is the same question for a while.
  const toMs = to === undefined || to === 'now' ? undefined : read('to', to);
  if (fromMs !== undefined && fromMs >= (toMs ?? nowMs))
    throw usageError(`--from ${from} is not before ${to === undefined ? 'now' : `--to ${to}`}.`, command);
  return {
    nowMs,
    ...(days !== undefined && { days }),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
  };
};
