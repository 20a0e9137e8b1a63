import type { Collector } from '../../collector/collector.ts';
import type { LogHistogram } from '../../collector/log-histogram.ts';
import type { EventKind } from '../../kind.ts';
import { type Exposition, labelsOf, type Sample, type Spread } from './exposition.ts';
import { boundsOf, type Family, familiesOf, type Grouping, ownFamilies, scales } from './families.ts';
import { type Group, Groups } from './groups.ts';

/** What a collector holds, as metrics. */
export interface Figures {
  /** Requests, calls, tokens and money by the names that dashboards know, then all other kinds by their own. */
  write(exposition: Exposition): void;
}

const joined = (one: string, other: string): string => (one === '' || other === '' ? one + other : `${one},${other}`);

const totalOf = ({ series }: Group, place: number): number => {
  let total = 0;
  for (const { totals } of series) total += totals[place] as number;
  return total;
};

function* counts(groups: readonly Group[]): Generator<Sample> {
  for (const { labels, series } of groups) {
    let count = 0;
    for (const each of series) count += each.count;
    yield [labels, count];
  }
}

/** Figures that nothing was added to are left out: that no provider bills is no cost of 0. */
function* sums(groups: readonly Group[], { figures = {}, label, grouping: { kind } }: Family): Generator<Sample> {
  for (const [figure, value] of Object.entries(figures)) {
    const place = kind.measureAt[figure] as number;
    const scale = scaleOf(kind, figure);
    const own = label === undefined ? '' : labelsOf({ [label]: value });
    for (const group of groups) {
      const total = totalOf(group, place);
      if (total > 0) yield [joined(group.labels, own), total / scale];
    }
  }
}

function* spreads(groups: readonly Group[], place: number): Generator<readonly [string, Spread]> {
  for (const group of groups) {
    const histograms = group.series
      .map((series) => series.histograms[place])
      .filter((histogram): histogram is LogHistogram => histogram !== undefined && histogram.count > 0);
    if (histograms.length > 0) yield [group.labels, { histograms, sum: totalOf(group, place) }];
  }
}

const scaleOf = ({ measures }: EventKind, figure: string): number =>
  scales[(measures[figure] as EventKind['measures'][string]).unit] ?? 1;

export const createFigures = (collector: Collector): Figures => {
  const groups = new Map<Grouping, Groups>();
  const others = new Map<string, readonly Family[]>();

  const groupsOf = (grouping: Grouping): Groups => {
    const known = groups.get(grouping) ?? new Groups(grouping);
    groups.set(grouping, known);
    return known;
  };
  const othersOf = (kind: EventKind): readonly Family[] => {
    const known = others.get(kind.name) ?? familiesOf(kind);
    others.set(kind.name, known);
    return known;
  };

  const writeFamily = (
    exposition: Exposition,
    family: Family,
    seriesOf: ReadonlyMap<string, Parameters<Groups['follow']>[0]>,
  ): void => {
    const { name, help, grouping, spread } = family;
    const { kind } = grouping;
    const found = groupsOf(grouping).follow(seriesOf.get(kind.name) ?? []);
    if (spread !== undefined) {
      const { unit } = kind.measures[spread] as EventKind['measures'][string];
      const buckets = { bounds: boundsOf(unit), scale: scaleOf(kind, spread) };
      exposition.histogram(name, help, buckets, spreads(found, kind.measureAt[spread] as number));
    } else exposition.counter(name, help, family.figures ? sums(found, family) : counts(found));
  };

  return {
    write(exposition) {
      const recorded = collector.recorded();
      const seriesOf = new Map(recorded.map(({ kind, series }) => [kind.name, series]));
      for (const family of ownFamilies) writeFamily(exposition, family, seriesOf);
      for (const { kind } of recorded) for (const family of othersOf(kind)) writeFamily(exposition, family, seriesOf);
      exposition.counter(
        'hotpath_telemetry_overflow_total',
        'Events that were counted under "other", for want of room.',
        recorded.map(({ kind, overflowed }) => [labelsOf({ kind: kind.name }), overflowed] as const),
      );
      exposition.counter(
        'hotpath_telemetry_lost_events_total',
        'Events that did not reach where they are kept or sent.',
        [...collector.lost()].map(([exporter, lost]) => [labelsOf({ exporter }), lost] as const),
      );
    },
  };
};
