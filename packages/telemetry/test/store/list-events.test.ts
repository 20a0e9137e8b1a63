import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lookupKind } from '../../src/kinds/cache.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { type EventStore, openEventStore } from '../../src/store/event-store.ts';
import { exportRequests } from './support.ts';

let store: EventStore;
const noon = 495_000 * 3_600_000;
const range = { fromMs: noon, toMs: noon + 3_600_000 };
const idsOf = (query: object) => store.list(requestKind, { ...range, ...query }).map(({ texts }) => texts.request_id);

beforeEach(async () => {
  store = openEventStore({ path: ':memory:' });
  await exportRequests(store, [
    { atMs: noon, id: 'a1', costMicroUsd: 7 },
    { atMs: noon + 5, id: 'a2', model: 'large' },
    { atMs: noon + 5, id: 'b1', outcome: 'failed' },
    { atMs: noon + 3_600_000, id: 'late' },
  ]);
});
afterEach(() => store.close());

describe('the list of events', () => {
  it('has the newest first, as they were recorded', () => {
    expect(idsOf({})).toEqual(['b1', 'a2', 'a1']);
    const first = store.list(requestKind, range).at(-1);
    expect(first).toMatchObject({ atMs: noon, names: { model: 'small' }, figures: { cost: 7, duration: 1000 } });
    expect(first?.figures.first_token).toBeUndefined();
  });

  it('goes on from where a page has ended', () => {
    const page = store.list(requestKind, { ...range, limit: 2 });
    expect(page.map(({ texts }) => texts.request_id)).toEqual(['b1', 'a2']);
    expect(idsOf({ limit: 2, before: page.at(-1)?.id })).toEqual(['a1']);
  });

  it('finds by names and by text', () => {
    expect(idsOf({ where: { model: 'small' } })).toEqual(['b1', 'a1']);
    expect(idsOf({ where: { outcome: ['failed', 'left'], model: 'small' } })).toEqual(['b1']);
    expect(idsOf({ textPrefix: 'a' })).toEqual(['a2', 'a1']);
    expect(idsOf({ textPrefix: 'a%' })).toEqual([]);
    expect(idsOf({ text: 'a' })).toEqual([]);
    expect(idsOf({ text: 'a1' })).toEqual(['a1']);
  });

  it('refuses names that there are not, and has nothing of what is only counted', () => {
    expect(() => idsOf({ where: { colour: 'red' } })).toThrow('no "colour"');
    expect(store.list(lookupKind, range)).toEqual([]);
  });
});
