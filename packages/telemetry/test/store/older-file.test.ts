import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCollector } from '../../src/collector/collector.ts';
import { defineKind } from '../../src/kind.ts';
import { openEventStore } from '../../src/store/event-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'events-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const about = 'A thing happened.';
const size = { unit: 'count', keep: 'sum', about } as const;
const older = defineKind({
  name: 'thing',
  about,
  dimensions: { model: about },
  measures: { size },
  texts: { request_id: about },
});
const newer = defineKind({
  name: 'thing',
  about,
  dimensions: { model: about, agent: about },
  measures: { size },
  texts: { request_id: about, shape: about },
});
const hour = 3_600_000;
const noon = 495_000 * hour;
const path = (): string => join(folder, 'events.sqlite');

it('a file of an older release is written on; what it did not know is empty of what it has', async () => {
  const before = openEventStore({ path: path(), kinds: [older] });
  const first = createCollector({ exporters: [before], flushMs: 'never' });
  const recorder = first.recorder(older);
  recorder.names[0] = 'small';
  recorder.values[0] = 1;
  recorder.push(noon, 'one');
  await first.close();

  const store = openEventStore({ path: path(), kinds: [newer] });
  const second = createCollector({
    exporters: [{ ...store, export: store.export, close: async () => {} }],
    flushMs: 'never',
  });
  const later = second.recorder(newer);
  for (const agent of ['', 'reviewer']) {
    later.names[0] = 'small';
    later.names[1] = agent;
    later.values[0] = 10;
    later.push(noon + 1, 'two', 'shape');
  }
  await second.close();
  const period = { fromMs: noon, toMs: noon + hour };
  expect(store.list(newer, { ...period, isOldestFirst: true })).toMatchObject([
    { names: { model: 'small', agent: '' }, texts: { request_id: 'one' } },
    { names: { model: 'small', agent: '' }, texts: { request_id: 'two', shape: 'shape' } },
    { names: { model: 'small', agent: 'reviewer' } },
  ]);
  // What says nothing of itself is one series, whether the release knew that it might.
  const groups = store.aggregate(newer, { ...period, by: ['agent'], totals: ['size'] });
  expect(groups.map(({ names, count, totals }) => [names.agent, count, totals.size])).toEqual([
    ['', 2, 11],
    ['reviewer', 1, 10],
  ]);
  expect(store.list(newer, { ...period, where: { agent: 'reviewer' } })).toHaveLength(1);
  await store.close();
});

it('a file of an older release is looked through as if all were there', async () => {
  const store = openEventStore({ path: path(), kinds: [older] });
  const collector = createCollector({ exporters: [store], flushMs: 'never' });
  const recorder = collector.recorder(older);
  recorder.names[0] = 'small';
  recorder.push(noon, 'one');
  await collector.flush();
  const period = { fromMs: noon, toMs: noon + hour };
  const seen: unknown[] = [];
  store.scan(newer, { ...period, columns: ['request_id', 'shape'] }, (...event) => seen.push(event));
  expect(seen).toMatchObject([[noon, { model: 'small', agent: '' }, ['one', null]]]);
  expect(store.frequentTexts(newer, { ...period, text: 'shape', atLeast: 1, limit: 1 })).toEqual([]);
  await collector.close();
});
