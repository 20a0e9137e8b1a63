import type { Params } from './place.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const ranges = [
  { name: '15m', title: 'Last 15 min', lengthMs: 15 * minuteMs },
  { name: '1h', title: 'Last hour', lengthMs: hourMs },
  { name: '6h', title: 'Last 6 h', lengthMs: 6 * hourMs },
  { name: '24h', title: 'Last 24 h', lengthMs: dayMs },
  { name: '7d', title: 'Last 7 days', lengthMs: 7 * dayMs },
  { name: '30d', title: 'Last 30 days', lengthMs: 30 * dayMs },
] as const;

export interface Range {
  readonly from: number;
  readonly to: number;
  /** Of one that moves on with the time; `null` for one that stays. */
  readonly name: (typeof ranges)[number]['name'] | null;
}

const usual = ranges[1];
/** What is asked within so long is asked of the same time: it is summed up once, whoever of the page asks. */
const togetherMs = 5_000;

/** The time that an address asks for: `range=6h`, or `from` and `to` in milliseconds; otherwise the last hour. */
export const rangeOf = (params: Params, now: number): Range => {
  const [from, to] = [Number(params.from ?? Number.NaN), Number(params.to ?? Number.NaN)];
  if (params.range === undefined && Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from < to)
    return { from, to, name: null };
  const { name, lengthMs } = ranges.find((each) => each.name === params.range) ?? usual;
  const end = Math.ceil(now / togetherMs) * togetherMs;
  return { from: end - lengthMs, to: end, name };
};

/** What a chart asks for whose reader has marked a part of it. */
export const zoomTo = (from: number, to: number) => ({
  range: undefined,
  from: String(Math.floor(from)),
  to: String(Math.ceil(to)),
});

/** How often what is shown is asked for anew, milliseconds: often enough to see its last interval grow. */
export const refreshOf = ({ from, to, name }: Range): number | undefined =>
  name === null ? undefined : Math.min(60_000, Math.max(5_000, (to - from) / 360));

export const baselines = [
  { name: 'before', title: 'Just before' },
  { name: 'day', title: 'A day earlier' },
  { name: 'week', title: 'A week earlier' },
] as const;

/** What a range is compared with. */
export const baselineOf = ({ from, to }: Pick<Range, 'from' | 'to'>, name: string | undefined) => {
  const back = name === 'day' ? dayMs : name === 'week' ? 7 * dayMs : to - from;
  return { from: from - back, to: to - back };
};
