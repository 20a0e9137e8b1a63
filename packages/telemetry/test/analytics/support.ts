import { createCollector } from '../../src/collector/collector.ts';
import type { EventKind } from '../../src/kind.ts';
import { requestKind } from '../../src/kinds/request.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { openEventStore } from '../../src/store/event-store.ts';
import { recordTraffic, type TrafficOptions } from '../support/traffic.ts';

export const hour = 3_600_000;
export const day = 24 * hour;
/** The beginning of a day: 2026-06-18. */
export const midnight = 20_622 * day;

/** Dollars, milliseconds and names of a request; what is not given is as in most. */
export interface Asked {
  readonly atMs: number;
  readonly names?: Readonly<Record<string, string>>;
  readonly figures?: Readonly<Record<string, number>>;
  readonly id?: string;
  readonly shape?: string;
  readonly exact?: string;
}

const usual: Readonly<Record<string, string>> = {
  protocol: 'openai-chat',
  provider: 'openai',
  model: 'small',
  asked: 'small',
  key: 'laptop',
  agent: '',
  command: 'serve',
  outcome: 'complete',
  cache: 'miss',
  lane: '',
  stream: 'no',
  code: '',
  finish: 'stop',
};

const handOn = (store: EventStore) => ({
  name: store.name,
  export: store.export.bind(store),
  close: async () => {},
});

/** A store with these requests. */
export const storeOf = async (
  requests: readonly Asked[],
  store = openEventStore({ path: ':memory:' }),
  mostSeries?: number,
): Promise<EventStore> => {
  const collector = createCollector({ exporters: [handOn(store)], flushMs: 'never', mostSeries });
  const recorder = collector.recorder(requestKind);
  for (const { atMs, names = {}, figures = {}, id, shape, exact } of requests) {
    for (const [name, value] of Object.entries({ ...usual, ...names }))
      recorder.names[requestKind.dimensionAt[name as keyof typeof requestKind.dimensionAt]] = value;
    for (const [name, value] of Object.entries(figures))
      recorder.values[requestKind.measureAt[name as keyof typeof requestKind.measureAt]] = value;
    recorder.push(atMs, id, undefined, shape, exact);
  }
  await collector.close();
  return store;
};

/** A store with events of any kinds: names, and figures in their units. */
export const storeOfEvents = async (
  events: readonly (readonly [
    kind: EventKind,
    names: Readonly<Record<string, string>>,
    figures?: Readonly<Record<string, number>>,
    text?: string,
  ])[],
): Promise<EventStore> => {
  const store = openEventStore({ path: ':memory:' });
  const collector = createCollector({ exporters: [handOn(store)], flushMs: 'never' });
  for (const [kind, names, figures = {}, text] of events) {
    const recorder = collector.recorder(kind);
    for (const [name, value] of Object.entries(names)) recorder.names[kind.dimensionAt[name] as number] = value;
    for (const [name, value] of Object.entries(figures)) recorder.values[kind.measureAt[name] as number] = value;
    recorder.push(midnight + hour, text);
  }
  await collector.close();
  return store;
};

/** A store with the traffic of a small team. */
export const storeWithTraffic = async (
  options: TrafficOptions,
  store = openEventStore({ path: ':memory:' }),
): Promise<EventStore> => {
  const collector = createCollector({ exporters: [handOn(store)], flushMs: 'never', flushEvents: 10_000 });
  await recordTraffic(collector, options);
  await collector.close();
  return store;
};
