import { mkdtempSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followStore } from '../../src/monitor/follow-store.ts';
import { type MadeRequest, recordRequests } from '../analytics-machine.ts';

const hourMs = 3_600_000;
const now = Date.UTC(2026, 10, 21, 15, 32);

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-follow-'));
  path = join(folder, 'events.sqlite');
});
afterEach(() => rm(folder, { recursive: true }));

const asked = (agoMs: number, names: MadeRequest['names'] = {}, figures: MadeRequest['figures'] = {}): MadeRequest => ({
  atMs: now - agoMs,
  names,
  figures: { duration: 2e6, first_token: 5e5, cost: 30_000, input: 100, output: 20, ...figures },
  id: `req_${agoMs}`,
});

describe('the follower of the local store', () => {
  it('tells what a gateway would: requests, latencies, tokens, cost, savings, hits and errors', async () => {
    await recordRequests(path, [
      asked(1_000),
      asked(2_000, { outcome: 'failed', code: 'HTTP_503' }),
      asked(60_000, { cache: 'hit' }, { duration: 1000, cost: Number.NaN, saved_cache: 30_000 }),
      asked(600_000, { model: 'other' }),
      asked(3 * hourMs),
    ]);
    const { figures, storeProblem } = (await followStore(path)).look(now, hourMs);
    expect(storeProblem).toBeNull();
    expect(figures).toMatchObject({
      requests: { total: 4, failed: 1, perSecond: 0.4, failedPerSecond: 0.2 },
      tokens: { in: 400, out: 80, inPerSecond: 40, outPerSecond: 8 },
      costUsd: { total: 0.09, perHour: 0.09 },
      savedUsd: { total: 0.03, cache: 0.03 },
      hitShare: 0.25,
      targets: [
        { provider: 'openai', model: 'gpt-5-mini', calls: 3, errorShare: 1 / 3 },
        { provider: 'openai', model: 'other', calls: 1 },
      ],
      recent: [
        { id: 'req_1000', outcome: 'complete', durationMs: 2000, costUsd: 0.03 },
        { id: 'req_2000', outcome: 'failed', code: 'HTTP_503' },
        { id: 'req_60000', cache: 'hit', durationMs: 1 },
        { id: 'req_600000', model: 'other' },
      ],
    });
    expect(figures?.durationMs?.p95).toBeCloseTo(2000, -2);
    expect(figures?.firstByteMs?.p50).toBeCloseTo(500, -1);
    expect(figures?.byInterval.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  it('looks back as far as it is told', async () => {
    await recordRequests(path, [asked(1_000), asked(3 * hourMs)]);
    const follower = await followStore(path);
    expect(follower.look(now, hourMs).figures?.requests.total).toBe(1);
    expect(follower.look(now, 24 * hourMs).figures?.requests.total).toBe(2);
  });

  it('sees what another writes while it looks, and rates that fade', async () => {
    await recordRequests(path, [asked(1_000)]);
    const follower = await followStore(path);
    expect(follower.look(now, hourMs).figures?.requests).toMatchObject({ total: 1, perSecond: 0.2 });
    await recordRequests(path, [asked(0), asked(0)]);
    await expect.poll(() => follower.look(now, hourMs).figures?.requests.total).toBe(3);
    expect(follower.look(now + 60_000, hourMs).figures?.requests).toMatchObject({ total: 3, perSecond: 0 });
  });

  it('waits for a file, and reads the one that takes its place', async () => {
    const follower = await followStore(path);
    expect(follower.look(now, hourMs)).toEqual({ figures: null, storeProblem: null });
    await recordRequests(path, [asked(0)]);
    expect(follower.look(now, hourMs).figures?.requests.total).toBe(1);
    const other = join(folder, 'other.sqlite');
    await recordRequests(other, [asked(0), asked(1), asked(2)]);
    await rename(other, path);
    expect(follower.look(now, hourMs).figures?.requests.total).toBe(3);
    await rm(path);
    expect(follower.look(now, hourMs).figures).toBeNull();
  });

  it('says what is wrong with a file, and reads it once that is mended', async () => {
    await writeFile(path, 'no database, whatever its name says');
    const follower = await followStore(path);
    expect(follower.look(now, hourMs)).toMatchObject({ figures: null, storeProblem: expect.stringContaining(path) });
    await rm(path);
    await recordRequests(path, [asked(0)]);
    expect(follower.look(now, hourMs).figures?.requests.total).toBe(1);
  });
});
