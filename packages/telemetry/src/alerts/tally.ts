import type { Recorded } from '../collector/collector.ts';
import { LogHistogram } from '../collector/log-histogram.ts';
import type { Series } from '../collector/series.ts';
import { overflowName } from '../collector/series.ts';
import { type AlertFilter, type AlertRule, kindsByName } from './rule.ts';

/** What a rule needs of all events of a subject since the process began. It never changes. */
export interface Tally {
  readonly count: number;
  /** Of a ratio: those that are part of it. */
  readonly part: number;
  readonly total: number;
  readonly histogram: LogHistogram | undefined;
}

export const noTally: Tally = { count: 0, part: 0, total: 0, histogram: undefined };

/** Further ones share an alert: each takes memory for its window. */
const mostSubjects = 50;

type Test = (series: Series) => boolean;

const testOf = (kind: string, filter: AlertFilter): Test => {
  const tests = Object.entries(filter).map(
    ([name, allowed]) =>
      [
        kindsByName.get(kind)?.dimensionAt[name] ?? -1,
        new Set(typeof allowed === 'string' ? [allowed] : allowed),
      ] as const,
  );
  return ({ names }) => tests.every(([place, allowed]) => allowed.has(names[place] ?? ''));
};

interface Member {
  readonly series: Series;
  readonly isPart: boolean;
}
interface Subject {
  readonly members: Member[];
  tally: Tally;
}

/** Sums up the series that a rule is about, by subject. What nothing has happened to is not looked at again. */
export const createTallies = (rule: AlertRule): ((recorded: Recorded | undefined) => ReadonlyMap<string, Tally>) => {
  const kind = kindsByName.get(rule.kind);
  const isMeant = testOf(rule.kind, rule.where);
  const isPart = testOf(rule.kind, rule.part);
  const measureAt = rule.measure === undefined ? undefined : kind?.measureAt[rule.measure];
  const byAt = rule.by === undefined ? undefined : kind?.dimensionAt[rule.by];
  const isSpread = rule.figure === 'quantile' || rule.figure === 'highest' || rule.figure === 'mean';
  const subjects = new Map<string, Subject>();
  /** Series are only ever added. */
  let seen = 0;

  const subjectOf = (series: Series): Subject => {
    const name = byAt === undefined ? '' : (series.names[byAt] as string);
    const own = subjects.get(name);
    if (own !== undefined) return own;
    const isRoom = subjects.size < mostSubjects;
    const made = (isRoom ? undefined : subjects.get(overflowName)) ?? { members: [], tally: noTally };
    subjects.set(isRoom ? name : overflowName, made);
    return made;
  };

  const sumUp = ({ members }: Subject, count: number): Tally => {
    let part = 0;
    let total = 0;
    const histogram = isSpread ? new LogHistogram() : undefined;
    for (const { series, isPart: counts } of members) {
      if (counts) part += series.count;
      if (measureAt === undefined) continue;
      total += series.totals[measureAt] as number;
      const own = series.histograms[measureAt];
      if (own !== undefined) histogram?.merge(own);
    }
    return { count, part, total, histogram };
  };

  return (recorded) => {
    const all = recorded?.series ?? [];
    for (; seen < all.length; seen += 1) {
      const series = all[seen] as Series;
      if (isMeant(series)) subjectOf(series).members.push({ series, isPart: isPart(series) });
    }
    for (const subject of subjects.values()) {
      const count = subject.members.reduce((sum, { series }) => sum + series.count, 0);
      if (count !== subject.tally.count) subject.tally = sumUp(subject, count);
    }
    return new Map([...subjects].map(([name, { tally }]) => [name, tally]));
  };
};
