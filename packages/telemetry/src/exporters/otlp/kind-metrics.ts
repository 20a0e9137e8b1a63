import type { EventKind, Unit } from '../../kind.ts';
import { sampleKind } from '../../kinds/process.ts';
import { boundsOf, scales } from '../prometheus/families.ts';
import type { EventRow } from '../rows.ts';
import { HistogramInstrument, type Labelled, labelled, NumberInstrument } from './instruments.ts';

/** By UCUM. */
const units: Readonly<Record<Unit, string>> = {
  microseconds: 's',
  'micro-dollars': 'USD',
  tokens: '{token}',
  'tokens-per-second': '{token}/s',
  bytes: 'By',
  'per-mille': '1',
  count: '1',
  status: '1',
};

/** What the conventions call the samples of a process. */
const sampled: Readonly<Record<string, string>> = {
  cpu: 'process.cpu.utilization',
  memory: 'process.memory.usage',
  heap: 'v8js.memory.heap.used',
  loop_delay: 'nodejs.eventloop.delay.p99',
  loop_busy: 'nodejs.eventloop.utilization',
};

type Instrument = NumberInstrument | HistogramInstrument;

/** The metrics of one kind: how many events there were, and their figures, by names of our own. */
export interface KindMetrics {
  readonly instruments: readonly Instrument[];
  record(row: EventRow): void;
}

/** `dimensions`: those that are told apart. @default all */
export const createKindMetrics = (
  kind: EventKind,
  dimensions: readonly string[] = kind.dimensionNames,
): KindMetrics => {
  const isSample = kind.name === sampleKind.name;
  const bySeries = new Map<EventRow['names'], Labelled>();
  const labelsOf = ({ names }: EventRow): Labelled => {
    const known = bySeries.get(names);
    if (known !== undefined) return known;
    const values = dimensions.map((name) => [`hotpath.${name}`, names[kind.dimensionAt[name] as number] ?? '']);
    const made = labelled(isSample ? {} : Object.fromEntries(values.filter(([, value]) => value !== '')));
    bySeries.set(names, made);
    return made;
  };

  const events = new NumberInstrument('counter', {
    name: `hotpath.${kind.name}.events`,
    description: kind.about,
    unit: '{event}',
  });
  const figures = kind.measureNames.flatMap((measure, place) => {
    const { unit, keep, about } = kind.measures[measure] as EventKind['measures'][string];
    if (keep === 'none' || keep === 'highest') return [];
    const scale = scales[unit] ?? 1;
    const names = {
      name: isSample ? (sampled[measure] ?? `hotpath.sample.${measure}`) : `hotpath.${kind.name}.${measure}`,
      description: about,
      unit: units[unit],
    };
    const instrument = isSample
      ? new NumberInstrument('gauge', names)
      : keep === 'sum'
        ? new NumberInstrument('counter', names)
        : new HistogramInstrument(
            names,
            boundsOf(unit).map((bound) => bound / scale),
          );
    return [{ place, scale, instrument }];
  });

  return {
    instruments: [...(isSample ? [] : [events]), ...figures.map(({ instrument }) => instrument)],
    record(row) {
      const labels = labelsOf(row);
      if (!isSample) events.record(labels, row.count);
      for (const { place, scale, instrument } of figures) {
        const value = row.figure(place);
        if (!Number.isNaN(value)) instrument.record(labels, value / scale);
      }
    },
  };
};
