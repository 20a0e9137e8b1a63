import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineKind, type EventKind } from '../../src/kind.ts';
import { lookupKind } from '../../src/kinds/cache.ts';
import { requestKind } from '../../src/kinds/request.ts';
import { type EventStore, openEventStore } from '../../src/store/event-store.ts';

const noon = 495_000 * 3_600_000;
const range = { fromMs: noon, toMs: noon + 3_600_000 };
/** Requests as a release knew them that had fewer names, figures and texts, and no other kinds. */
const olderKind = defineKind({
  name: requestKind.name,
  about: requestKind.about,
  dimensions: { model: requestKind.dimensions.model },
  measures: { duration: requestKind.measures.duration, cost: requestKind.measures.cost },
  texts: { request_id: 'Its id.' },
});

let folder: string;
let store: EventStore | undefined;
const open = (options: { readonly isReadOnly?: boolean; readonly kinds?: readonly EventKind[] }): EventStore => {
  store = openEventStore({ path: join(folder, 'events.sqlite'), ...options });
  return store;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'older-'));
  const older = open({ kinds: [olderKind] });
  const rows = Float64Array.of(noon, 0, 2000, 7);
  older.write([{ kind: olderKind, count: 1, rows, texts: ['r1'], namesOf: () => ['small'] }]);
  await older.close();
});
afterEach(async () => {
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each([{ isReadOnly: true }, { isReadOnly: false }])(
  'a store of an older release, opened with %j',
  (options) => {
    it('reads as one that has nothing of what is new', () => {
      const { aggregate, list, oldestMs } = open(options);
      const [group, ...others] = aggregate(requestKind, { ...range, by: ['model', 'cache'] });
      expect(others).toEqual([]);
      expect(group).toMatchObject({ names: { model: 'small', cache: '' }, count: 1, totals: { cost: 7 } });
      expect(group?.totals).not.toHaveProperty('input');
      expect(group?.spreads.duration?.quantile(1)).toBeGreaterThan(1900);
      expect(group?.spreads).not.toHaveProperty('first_token');
      // Ends within five minutes are read from single events.
      const [exact] = aggregate(requestKind, { fromMs: noon, toMs: noon + 1 });
      expect(exact).toMatchObject({ count: 1, totals: { duration: 2000, cost: 7 } });
      expect(list(requestKind, range)).toMatchObject([
        { names: { model: 'small', provider: '' }, figures: { duration: 2000, cost: 7 }, texts: { request_id: 'r1' } },
      ]);
      expect(oldestMs(requestKind)).toBe(noon);
      expect(aggregate(lookupKind, range)).toEqual([]);
      expect(oldestMs(lookupKind)).toBeUndefined();
    });
  },
);

it('is changed by nobody who only reads it', async () => {
  const reader = open({ isReadOnly: true });
  await reader.close();
  // As it was: whoever writes finds what is missing.
  const older = open({ kinds: [olderKind] });
  expect(() => older.aggregate(lookupKind, range)).toThrow('no such table');
});
