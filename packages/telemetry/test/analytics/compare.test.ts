import { beforeAll, describe, expect, it } from 'vitest';
import { type Comparison, compare } from '../../src/analytics/compare.ts';
import { type Snapshot, SnapshotBuilder, snapshot, snapshotProblem } from '../../src/analytics/snapshot.ts';
import { normalOf, seeded } from '../support/random.ts';
import type { TrafficOptions } from '../support/traffic.ts';
import { day, midnight, storeOf, storeWithTraffic } from './support.ts';

const shot = async (options: Partial<TrafficOptions> = {}): Promise<Snapshot> => {
  const store = await storeWithTraffic({ requests: 6000, fromMs: midnight, days: 1, ...options });
  return snapshot(store, { fromMs: midnight, toMs: midnight + day });
};
const verdicts = ({ figures }: Comparison) =>
  Object.fromEntries(figures.map(({ figure, verdict }) => [figure, verdict]));

describe('a snapshot', () => {
  it('has all that is compared, and comes back from JSON as it was', async () => {
    const taken = await shot();
    expect(taken).toMatchObject({ format: 'hotpath-analytics', version: 1, requests: 6000 });
    const answered = 6000 - taken.failed - (taken.left ?? 0);
    expect(answered).toBeLessThan(6000);
    expect(taken.spreads.duration.reduce((sum, [, count]) => sum + count, 0)).toBe(answered);
    const read: unknown = JSON.parse(JSON.stringify(taken));
    expect(read).toEqual(taken);
    expect(snapshotProblem(read)).toBeUndefined();
  });

  it.each([
    [null, 'no JSON object'],
    [{ requests: 1 }, '"format"'],
    [{ version: 2 }, 'version 2'],
    [{ failed: -1 }, '"failed"'],
    [{ left: -1 }, '"left"'],
    [{ cost: 'much' }, '"cost"'],
    [
      {
        spreads: {
          duration: [[1, 1]],
          first_token: [],
          token_rate: [
            [5, 1],
            [4, 1],
          ],
        },
      },
      '"token_rate"',
    ],
    [{ spreads: { duration: [[1, 0.5]], first_token: [], token_rate: [] } }, '"duration"'],
  ])('is not %j', async (change, problem) => {
    const taken = snapshot(await storeOf([]), { fromMs: 0, toMs: 1 });
    const given = change === null ? null : 'requests' in change ? change : { ...taken, ...change };
    expect(snapshotProblem(given)).toContain(problem);
  });
});

describe('a comparison', () => {
  let before: Snapshot;
  beforeAll(async () => {
    before = await shot();
  });

  it('finds nothing between two days of the same traffic', async () => {
    const answer = compare(before, await shot({ seed: 2 }));
    expect(new Set(Object.values(verdicts(answer)))).toEqual(new Set(['same']));
    expect(answer.verdict).toBe('same');
  });

  it('finds what has become slower, in all quantiles, and how sure that is', async () => {
    const answer = compare(before, await shot({ seed: 2, slowness: 1.25 }));
    expect(answer.verdict).toBe('worse');
    expect(verdicts(answer)).toMatchObject({
      duration_p95: 'worse',
      duration_p99: 'worse',
      first_token_p95: 'worse',
      error_rate: 'same',
      hit_rate: 'same',
    });
    const tail = answer.figures.find(({ figure }) => figure === 'duration_p95');
    expect(tail?.change).toBeGreaterThan(0.15);
    expect(tail?.adjustedP).toBeLessThan(0.001);
    expect(tail?.current.low ?? 0).toBeGreaterThan(tail?.baseline.high ?? Number.POSITIVE_INFINITY);
    // Slower answers write fewer tokens a second.
    expect(verdicts(answer).token_rate_p50).toBe('worse');
    expect(compare(await shot({ seed: 2, slowness: 1.25 }), before).verdict).toBe('better');
  });

  it('finds what fails more, and what is answered from the cache less', async () => {
    const answer = compare(before, await shot({ seed: 2, failing: 0.05, repeating: 0.35 }));
    expect(verdicts(answer)).toMatchObject({ error_rate: 'worse', hit_rate: 'worse' });
    const [rate] = answer.figures.filter(({ figure }) => figure === 'error_rate');
    expect(rate?.unit).toBe('share');
    expect(rate?.baseline.value).toBeCloseTo(before.failed / (before.requests - (before.left ?? 0)), 12);
  });

  it('calls nothing worse that changed by less than the tolerance', async () => {
    const slower = await shot({ seed: 2, slowness: 1.25 });
    expect(compare(before, slower, { tolerance: 0.6 }).verdict).toBe('same');
  });

  it('tells of the answers alone how long they took, and of those that were not left which share failed', async () => {
    const asked = (outcome: string, duration: number, count: number) =>
      Array.from({ length: count }, () => ({ atMs: midnight, names: { outcome }, figures: { duration } }));
    const slow = asked('complete', 900_000, 40);
    const taken = snapshot(await storeOf([...slow, ...asked('failed', 1000, 10), ...asked('left', 2000, 50)]), {
      fromMs: midnight,
      toMs: midnight + 1,
    });
    const { figures } = compare(taken, taken);
    const figureOf = (name: string) => figures.find(({ figure }) => figure === name)?.current;
    expect(figureOf('duration_p50')?.count).toBe(40);
    expect(figureOf('duration_p50')?.value).toBeCloseTo(900, -2);
    expect(figureOf('error_rate')).toMatchObject({ count: 50, value: 0.2 });
    const { left: _, ...older } = taken;
    expect(snapshotProblem(older)).toBeUndefined();
  });

  it('says where there is too little to tell', async () => {
    const few = snapshot(await storeOf([{ atMs: midnight, figures: { duration: 5 } }]), {
      fromMs: midnight,
      toMs: midnight + 1,
    });
    const answer = compare(few, few);
    expect(answer.verdict).toBe('unknown');
    expect(answer.figures[0]).toMatchObject({ figure: 'duration_p50', p: null, verdict: 'unknown' });
    expect(answer.figures[0]?.baseline).toEqual({ count: 1, value: 0.005, low: null, high: null });
    expect(compare(snapshot(await storeOf([])), snapshot(await storeOf([]))).figures).toEqual([]);
  });

  it('is wrong no more often than it says, over all its figures together', () => {
    const random = seeded(21);
    const drawn = (): Snapshot => {
      const builder = new SnapshotBuilder();
      for (let request = 0; request < 400; request += 1) {
        const outcome = random() < 0.05 ? 'failed' : 'complete';
        builder.count({ outcome, cache: random() < 0.5 ? 'hit' : 'miss' }, {});
        const first = 4e5 * Math.exp(0.5 * normalOf(random));
        builder.record('first_token', outcome, first);
        builder.record('duration', outcome, first + 1e6 * Math.exp(normalOf(random)));
        builder.record('token_rate', outcome, 80 * Math.exp(0.3 * normalOf(random)));
      }
      return builder.build({ fromMs: 0, toMs: 1 }, {});
    };
    const rounds = 400;
    let wrong = 0;
    for (let round = 0; round < rounds; round += 1)
      if (compare(drawn(), drawn(), { tolerance: 0 }).verdict !== 'same') wrong += 1;
    // Five of a hundred at most, and three standard deviations; figures that go together make it fewer.
    expect(wrong / rounds).toBeLessThan(0.083);
    expect(wrong).toBeGreaterThan(2);
  });
});
