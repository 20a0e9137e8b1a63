import type { Recorded } from '../collector/collector.ts';
import { LogHistogram } from '../collector/log-histogram.ts';
import type { Series } from '../collector/series.ts';
import { overflowName } from '../collector/series-table.ts';
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
  draft: Draft | undefined;
}

/** A tally that is being made, of the first members so far. */
interface Draft {
  readonly histogram: LogHistogram | undefined;
  /** Members that it is made of: those that came meanwhile are for the next one. */
  readonly until: number;
  next: number;
  count: number;
  part: number;
  total: number;
}

/**
 * Sums up the series that a rule is about, by subject. What nothing has happened to is not looked at again. `most`: spreads that are added up at
 * once; of a subject that has more series, the tally of before is told until all of them were looked at.
 */
export const createTallies = (
  rule: AlertRule,
): ((recorded: Recorded | undefined, most?: number) => ReadonlyMap<string, Tally>) => {
  const kind = kindsByName.get(rule.kind);
  const isMeant = testOf(rule.kind, rule.where);
  const isPart = testOf(rule.kind, rule.part);
  const measureAt = rule.measure === undefined ? undefined : kind?.measureAt[rule.measure];
  const byAt = rule.by === undefined ? undefined : kind?.dimensionAt[rule.by];
  const isSpread = rule.figure === 'quantile' || rule.figure === 'highest' || rule.figure === 'mean';
  const subjects = new Map<string, Subject>();
  /** The same, in the order in which they are looked at: those that were not reached come first the next time. */
  const inTurn: Subject[] = [];
  let turn = 0;
  /** Series are only ever added. */
  let seen = 0;

  const subjectOf = (series: Series): Subject => {
    const name = byAt === undefined ? '' : (series.names[byAt] as string);
    const own = subjects.get(name);
    if (own !== undefined) return own;
    const isRoom = subjects.size < mostSubjects;
    const others = isRoom ? undefined : subjects.get(overflowName);
    const made: Subject = others ?? { members: [], tally: noTally, draft: undefined };
    if (made !== others) inTurn.push(made);
    subjects.set(isRoom ? name : overflowName, made);
    return made;
  };

  const draftOf = ({ members }: Subject): Draft => {
    const histogram = isSpread ? new LogHistogram() : undefined;
    return { histogram, until: members.length, next: 0, count: 0, part: 0, total: 0 };
  };

  /** Adds some members, and tells how many. */
  const goOn = ({ members }: Subject, draft: Draft, most: number): number => {
    const start = draft.next;
    for (const end = Math.min(draft.until, start + most); draft.next < end; draft.next += 1) {
      const { series, isPart: counts } = members[draft.next] as Member;
      draft.count += series.count;
      if (counts) draft.part += series.count;
      if (measureAt === undefined) continue;
      draft.total += series.totals[measureAt] as number;
      const own = series.histograms[measureAt];
      if (own !== undefined) draft.histogram?.merge(own);
    }
    return draft.next - start;
  };

  return (recorded, most = Number.POSITIVE_INFINITY) => {
    const all = recorded?.series ?? [];
    for (; seen < all.length; seen += 1) {
      const series = all[seen] as Series;
      if (isMeant(series)) subjectOf(series).members.push({ series, isPart: isPart(series) });
    }
    // What has no spread is added up in no time.
    let left = isSpread ? most : Number.POSITIVE_INFINITY;
    for (let looked = 0; looked < inTurn.length && left > 0; looked += 1) {
      const subject = inTurn[turn % inTurn.length] as Subject;
      if (subject.draft === undefined) {
        const count = subject.members.reduce((sum, { series }) => sum + series.count, 0);
        if (count !== subject.tally.count) subject.draft = draftOf(subject);
      }
      const { draft } = subject;
      if (draft !== undefined) {
        left -= goOn(subject, draft, left);
        // It is the first one the next time.
        if (draft.next < draft.until) break;
        const { count, part, total, histogram } = draft;
        subject.tally = { count, part, total, histogram };
        subject.draft = undefined;
      }
      turn = (turn + 1) % inTurn.length;
    }
    return new Map([...subjects].map(([name, { tally }]) => [name, tally]));
  };
};
