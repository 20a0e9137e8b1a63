import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @boundaries-ignore the loopback provider stands in for a real one in the tests of every package
import { startUpstream, type Upstream } from '../../../tests/upstream/index.ts';
import { expectPaidOnce } from './batch-killing.ts';
import { batchMachine, promptsOf } from './batch-machine.ts';
import { outcomeOf } from './built.ts';

describe('hotpath batch that is killed', () => {
  it('answers every row once, whenever that happens', async () => {
    await expectPaidOnce({ rows: 60, kills: 4, random: Math.random });
  });
});

const economy = 'economy: { windowMs: 50, pollMs: 20, leastWaitMs: 100, liveReserveMs: 1m }\n';

describe('hotpath batch --economy', () => {
  let upstream: Upstream;
  let machine: ReturnType<typeof batchMachine>;
  beforeEach(async () => {
    upstream = await startUpstream({ batchPolls: Number.POSITIVE_INFINITY });
    machine = batchMachine(upstream, economy);
    machine.write('in.txt', Array.from({ length: 40 }, (_, at) => `Question ${at + 1}\n`).join(''));
  });
  afterEach(() => upstream.close());

  const untilPolled = () =>
    upstream.waitFor(({ requests }) => requests.some(({ path }) => path.startsWith('/v1/batches/')), {
      timeoutMs: 20_000,
    });

  it.each([
    ['SIGKILL', null, '0'],
    ['SIGINT', 130, '0'],
    // Nothing is cached: each answer is its asker's own.
    ['SIGKILL', null, '1'],
  ] as const)('submits nothing twice after %s', async (signal, expected, temperature) => {
    const args = ['in.txt', '--economy', '--yes', '--temperature', temperature];
    const first = machine.start(args);
    const left = outcomeOf(first);
    await untilPolled();
    first.kill(signal);
    expect((await left).code).toBe(expected);
    upstream.finishBatches();
    expect(await machine.run(args)).toMatchObject({ code: 0 });
    expect(upstream.batches.map(({ customIds }) => customIds.length)).toEqual([40]);
    expect(promptsOf(upstream)).toEqual([]);
    const results = machine.results('in.txt.answers.jsonl');
    expect(results).toHaveLength(40);
    expect(results[0]).toMatchObject({ lane: 'batch', costUsd: expect.any(Number) });
    expect(new Set(results.map(({ answer }) => answer)).size).toBe(40);
  });

  it('estimates half the price', async () => {
    const live = await machine.run(['in.txt', '--dry-run', '--json']);
    const half = await machine.run(['in.txt', '--dry-run', '--json', '--deadline', '6h']);
    expect(JSON.parse(half.stdout).costUsd).toBeCloseTo(JSON.parse(live.stdout).costUsd / 2, 10);
  });

  it('asks live what no batch takes, so many at a time', async () => {
    upstream.injectBatch('refuse');
    upstream.set({ firstTokenMs: 50 });
    let most = 0;
    const asked = () => upstream.requests.filter(({ path }) => path === '/v1/chat/completions');
    const watching = upstream.waitFor(
      () => {
        most = Math.max(most, asked().filter(({ closedAt }) => closedAt === undefined).length);
        return asked().filter(({ closedAt }) => closedAt !== undefined).length === 40;
      },
      { timeoutMs: 30_000 },
    );
    const args = ['in.txt', '--deadline', '6h', '--yes', '--concurrency', '3'];
    expect(await machine.run(args)).toMatchObject({ code: 0 });
    await watching;
    // The provider may hear of the next row before it has closed the one before.
    expect(most).toBeLessThanOrEqual(6);
    expect(promptsOf(upstream)).toHaveLength(40);
    expect(upstream.requests.some(({ aborted }) => aborted)).toBe(false);
    expect(machine.results('in.txt.answers.jsonl')).toHaveLength(40);
  });
});
