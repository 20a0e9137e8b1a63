import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requestKind } from '../../src/kinds/request.ts';
import { openEventStore } from '../../src/store/event-store.ts';
import { killed } from '../support/killed.ts';

const script = new URL('./children/record.ts', import.meta.url);

it('keeps all that was acknowledged by processes that are killed, each event in its sums', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'events-'));
  const path = join(folder, 'events.sqlite');
  // Two at once, several lives each.
  const lives = await Promise.all(
    ['one', 'other'].flatMap((name) =>
      [3, 7].map((lines) => killed(script, path, name, lines).then((safe) => ({ name, safe }))),
    ),
  );
  const store = openEventStore({ path });
  const range = { fromMs: Date.now() - 7_200_000, toMs: Date.now() + 7_200_000, by: ['model'] };
  const kept = new Map(store.aggregate(requestKind, range).map(({ names, count }) => [names.model, count]));
  for (const name of ['one', 'other']) {
    const safe = lives.filter((life) => life.name === name).reduce((sum, life) => sum + life.safe, 0);
    expect(kept.get(name)).toBeGreaterThanOrEqual(safe);
  }
  // Sums and events come of the same transactions.
  for (const group of store.aggregate(requestKind, { ...range, stepMs: 3_600_000 }))
    expect(group.totals.cost).toBe(group.count);
  const events = store.aggregate(requestKind, { ...range, fromMs: range.fromMs + 1, toMs: range.toMs + 1 });
  expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(
    [...kept.values()].reduce((sum, count) => sum + count, 0),
  );
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
