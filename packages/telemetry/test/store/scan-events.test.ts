import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCollector } from '../../src/collector/collector.ts';
import { lookupKind } from '../../src/kinds/cache.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { type EventStore, openEventStore } from '../../src/store/event-store.ts';

const hour = 3_600_000;
const noon = 495_000 * hour;
const period = { fromMs: noon, toMs: noon + hour };

let store: EventStore;
beforeEach(async () => {
  store = openEventStore({ path: ':memory:' });
  const collector = createCollector({ exporters: [{ ...store, close: async () => {} }], flushMs: 'never' });
  const recorder = collector.recorder(requestKind);
  const { dimensionAt, measureAt } = requestKind;
  for (const [at, model, shape] of [
    [0, 'small', 'a'],
    [1, 'large', 'b'],
    [2, 'small', 'b'],
    [3, 'small', undefined],
    [hour, 'small', 'c'],
  ] as const) {
    recorder.names[dimensionAt.model] = model;
    if (at === 2) recorder.values[measureAt.cost] = 7;
    recorder.push(noon + at, `r${at}`, undefined, shape);
  }
  await collector.close();
});
afterEach(() => store.close());

describe('single events', () => {
  it('are visited in the order of their times, with what is asked for of them', () => {
    const seen: unknown[] = [];
    store.scan(requestKind, { ...period, columns: ['cost', 'shape'] }, (atMs, names, columns) =>
      seen.push([atMs - noon, names.model, ...columns]),
    );
    expect(seen).toEqual([
      [0, 'small', null, 'a'],
      [1, 'large', null, 'b'],
      [2, 'small', 7, 'b'],
      [3, 'small', null, null],
    ]);
  });

  it('are those that the filter lets through', () => {
    const timesOf = (
      where: Readonly<Record<string, string | readonly string[]>>,
      among?: { readonly text: string; readonly values: readonly string[] },
    ) => {
      const times: number[] = [];
      store.scan(requestKind, { ...period, where, among, columns: [] }, (atMs) => times.push(atMs - noon));
      return times;
    };
    expect(timesOf({ model: 'small' })).toEqual([0, 2, 3]);
    expect(timesOf({ model: ['small', 'large'], agent: '' })).toHaveLength(4);
    expect(timesOf({ model: 'small', agent: 'x' })).toEqual([]);
    expect(timesOf({ model: 'small' }, { text: 'shape', values: ['b', 'c'] })).toEqual([2]);
    expect(timesOf({}, { text: 'colour', values: ['red'] })).toEqual([]);
    expect(() => timesOf({ colour: 'red' })).toThrow(expect.objectContaining({ code: 'TELEMETRY_QUERY_INVALID' }));
  });

  it('are visited once each, however many there are', async () => {
    const collector = createCollector({ exporters: [{ ...store, close: async () => {} }], flushMs: 'never' });
    const recorder = collector.recorder(requestKind);
    const later = { fromMs: noon + 2 * hour, toMs: noon + 3 * hour };
    for (let number = 0; number < 12_345; number += 1)
      recorder.push(later.fromMs + Math.floor(number / 7), `n${number}`);
    await collector.close();
    const ids: unknown[] = [];
    store.scan(requestKind, { ...later, columns: ['request_id'] }, (_, __, [id]) => ids.push(id));
    expect(ids).toEqual(Array.from({ length: 12_345 }, (_, number) => `n${number}`));
  });

  it('of a kind that is only counted are none', () => {
    store.scan(lookupKind, { ...period, columns: [] }, () => expect.unreachable());
  });
});

describe('texts of events', () => {
  const frequent = (query: object = {}) =>
    store.frequentTexts(requestKind, { ...period, text: 'shape', atLeast: 1, limit: 9, ...query });

  it('are the most frequent first, within a time and a filter', () => {
    expect(frequent()).toEqual(['b', 'a']);
    expect(frequent({ toMs: noon + 2 * hour })).toEqual(['b', 'a', 'c']);
    expect(frequent({ atLeast: 2 })).toEqual(['b']);
    expect(frequent({ limit: 1 })).toEqual(['b']);
    expect(frequent({ where: { model: ['small'], agent: '' } })).toEqual(['a', 'b']);
    expect(() => frequent({ where: { colour: 'red' } })).toThrow('have no');
  });

  it('are none where events have no such text', () => {
    expect(frequent({ text: 'colour' })).toEqual([]);
  });
});
