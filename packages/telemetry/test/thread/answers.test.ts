import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { summary } from '../../src/analytics/summary.ts';
import { openEventStore } from '../../src/store/event-store.ts';
import { createAnswers } from '../../src/thread/answers.ts';
import { openEventStoreThread } from '../../src/thread/event-store-thread.ts';
import { midnight, storeOf } from '../analytics/support.ts';

let folder: string;
const path = (): string => join(folder, 'events.sqlite');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'answers-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const period = { fromMs: midnight, toMs: midnight + 86_400_000 };
const counted = (answer: unknown): number =>
  (answer as { readonly total: { readonly requests: number } }).total.requests;

describe('answers', () => {
  it('are held until anybody writes', async () => {
    const [own, other] = [openEventStore({ path: path() }), openEventStore({ path: path() })];
    await storeOf([{ atMs: midnight }], own);
    const ask = createAnswers(own, () => midnight);
    const first = ask('summary', period);
    expect(counted(first)).toBe(1);
    expect(ask('summary', period)).toBe(first);
    expect(ask('summary', { ...period, by: 'model' })).not.toBe(first);
    await storeOf([{ atMs: midnight }], own);
    expect(counted(ask('summary', period))).toBe(2);
    await storeOf([{ atMs: midnight }], other);
    expect(counted(ask('summary', period))).toBe(3);
    await Promise.all([own.close(), other.close()]);
  });

  it('that end now are held for five minutes', async () => {
    const store = await storeOf([{ atMs: midnight }]);
    let nowMs = midnight + 1000;
    const ask = createAnswers(store, () => nowMs);
    const first = ask('summary', { days: 1 });
    nowMs += 200_000;
    expect(ask('summary', { days: 1 })).toBe(first);
    nowMs += 100_000;
    expect(ask('summary', { days: 1 })).not.toBe(first);
  });

  it('are no more than are worth their memory', async () => {
    const ask = createAnswers(await storeOf([]), () => midnight);
    const first = ask('top', { ...period, limit: 1 });
    for (let limit = 2; limit <= 65; limit += 1) ask('top', { ...period, limit });
    expect(ask('top', { ...period, limit: 65 })).toBe(ask('top', { ...period, limit: 65 }));
    expect(ask('top', { ...period, limit: 1 })).not.toBe(first);
  });

  it('to what changes the store are never held', async () => {
    const store = openEventStore({ path: ':memory:', now: () => midnight + 30 * 86_400_000 });
    const ask = createAnswers(store, () => midnight);
    expect(ask('prune', undefined)).toBe(0);
    await storeOf([{ atMs: midnight }], store);
    expect(ask('prune', undefined)).toBeGreaterThan(0);
    expect(() => ask('weather', undefined)).toThrow('nobody knows');
  });

  it('come out of the thread as they are', async () => {
    const store = openEventStore({ path: path() });
    await storeOf([{ atMs: midnight, names: { outcome: 'failed', code: 'X' } }, { atMs: midnight }], store);
    const thread = openEventStoreThread({ store: { path: path() } });
    try {
      expect(await thread.ask('summary', { ...period, by: 'model' })).toEqual(
        summary(store, { ...period, by: 'model' }),
      );
      expect(await thread.ask('errors', period)).toMatchObject({ failed: 1, entries: [{ code: 'X' }] });
      const asked = [
        thread.ask('top', period),
        thread.ask('cost', period),
        thread.ask('savings', period),
        thread.ask('runs', period),
        thread.ask('patterns', period),
        thread.ask('snapshot', period),
        thread.ask('compare', { baseline: period, current: period }),
      ];
      for (const answer of await Promise.all(asked)) expect(answer).toMatchObject({ version: 1 });
      await expect(thread.ask('summary', { ...period, by: 'colour' })).rejects.toMatchObject({
        code: 'TELEMETRY_QUERY_INVALID',
      });
    } finally {
      await thread.close();
      await store.close();
    }
  });
});
